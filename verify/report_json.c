/* SPDX-License-Identifier: BSD-2-Clause */
/* report_json of verify/report.h: keys are documented in nfseal-verify(1) and only added to. */
#include "verify/report.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { JSON_NAME_MAX = 4096 };

static void
key_escaped(struct json *j, const char *key, const char *s)
{
	char text[JSON_NAME_MAX];

	text_escape(text, sizeof text, s, strlen(s));
	json_key_str(j, key, text);
}

static void
key_head(struct json *j, const char *key, const struct head *h)
{
	json_key(j, key);
	if (!h->known) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key_u64(j, "sequence", h->sequence);
	json_key_hex(j, "manifest_sha256", h->sha256, SHA256_SIZE);
	json_object_end(j);
}

static void
put_finding(struct json *j, const struct finding *x)
{
	json_object(j);
	json_key_str(j, "code", finding_name(x->code));
	json_key_str(j, "file", x->file[0] != '\0' ? x->file : NULL);
	json_key(j, "offset");
	if (x->placed)
		json_u64(j, x->offset);
	else
		json_null(j);
	json_key(j, "length");
	if (x->placed)
		json_u64(j, x->length);
	else
		json_null(j);
	json_key_str(j, "text", x->text);
	json_object_end(j);
}

static void
put_segment(struct json *j, const struct segment *s)
{
	json_object(j);
	json_key_u64(j, "sequence", s->sequence);
	json_key_str(j, "verdict", verdict_name(s->verdict));
	json_key(j, "findings");
	json_array(j);
	for (size_t i = 0; i < s->findings.count; i++)
		put_finding(j, &s->findings.list[i]);
	json_array_end(j);
	json_key_u64(j, "more_findings", s->findings.dropped);
	if (s->manifest == NULL) {
		json_key_str(j, "manifest", NULL);
		json_key_str(j, "manifest_sha256", NULL);
	} else {
		key_escaped(j, "manifest", s->manifest);
		json_key_hex(j, "manifest_sha256", s->sha256, SHA256_SIZE);
	}
	json_object_end(j);
}

static void
put_notices(struct json *j, const struct result *r)
{
	json_key(j, "notices");
	json_array(j);
	for (size_t i = 0; i < r->notices.count; i++) {
		const struct notice *x = &r->notices.list[i];

		json_object(j);
		json_key_str(j, "code", notice_name(x->code));
		json_key_str(j, "file", x->file[0] != '\0' ? x->file : NULL);
		json_key_str(j, "text", x->text);
		json_object_end(j);
	}
	json_array_end(j);
	json_key_u64(j, "more_notices", r->notices.dropped);
}

static void
put_anchors(struct json *j, const struct result *r)
{
	bool found = r->genesis_known || (r->count > 0 && r->segments[0].manifest != NULL);

	json_key_str(j, "archive", r->archive[0] != '\0' ? r->archive : NULL);
	json_key(j, "genesis");
	if (found)
		json_hex(j, r->genesis, SHA256_SIZE);
	else
		json_null(j);
	key_head(j, "head", &r->head);
	json_key_str(j, "anchor", anchor_name(r->anchor));
	json_key_str(j, "genesis_anchor", anchor_name(r->genesis_anchor));
	key_head(j, "given_head", &r->given);
	key_head(j, "remembered_head", &r->remembered);
	json_key_bool(j, "keys_in_files", r->keys_in_files);
}

void
report_json(const struct result *r, const char *archive, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_object(&j);
	json_key_str(&j, "verdict", verdict_name(r->verdict));
	json_key_u64(&j, "exit_code", (uint64_t)verdict_exit(r->verdict));
	put_anchors(&j, r);
	key_escaped(&j, "path", archive);
	json_key_u64(&j, "files", r->files);
	json_key_u64(&j, "bytes", r->bytes);
	json_key(&j, "segments");
	json_array(&j);
	for (size_t i = 0; i < r->count; i++)
		put_segment(&j, &r->segments[i]);
	json_array_end(&j);
	put_notices(&j, r);
	json_object_end(&j);
	buf_u8(out, '\n');
}
