/* SPDX-License-Identifier: BSD-2-Clause */
/* report_json of verify/report.h: keys are documented in nfseal-verify(1) and only added to. */
#include "verify/report.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "verify/custody.h"

enum { JSON_NAME_MAX = 4096 };

static void
key_escaped(struct jsonw *j, const char *key, const char *s)
{
	char text[JSON_NAME_MAX];

	text_escape(text, sizeof text, s, strlen(s));
	jsonw_key_str(j, key, text);
}

static void
key_head(struct jsonw *j, const char *key, const struct head *h)
{
	if (!h->known) {
		jsonw_key_null(j, key);
		return;
	}
	jsonw_key(j, key);
	jsonw_object(j);
	jsonw_key_u64(j, "sequence", h->sequence);
	jsonw_key_hex(j, "manifest_sha256", h->sha256, SHA256_SIZE);
	jsonw_object_end(j);
}

static void
put_finding(struct jsonw *j, const struct finding *x)
{
	jsonw_object(j);
	jsonw_key_str(j, "code", finding_name(x->code));
	jsonw_key_str(j, "file", x->file[0] != '\0' ? x->file : NULL);
	jsonw_key_u64_if(j, "offset", x->placed, x->offset);
	jsonw_key_u64_if(j, "length", x->placed, x->length);
	jsonw_key_str(j, "text", x->text);
	jsonw_object_end(j);
}

static void
put_segment(struct jsonw *j, const struct segment *s)
{
	jsonw_object(j);
	jsonw_key_u64(j, "sequence", s->sequence);
	jsonw_key_str(j, "verdict", verdict_name(s->verdict));
	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < s->findings.count; i++)
		put_finding(j, &s->findings.list[i]);
	jsonw_array_end(j);
	jsonw_key_u64(j, "more_findings", s->findings.dropped);
	if (s->manifest == NULL) {
		jsonw_key_null(j, "manifest");
		jsonw_key_null(j, "manifest_sha256");
	} else {
		key_escaped(j, "manifest", s->manifest);
		jsonw_key_hex(j, "manifest_sha256", s->sha256, SHA256_SIZE);
	}
	jsonw_object_end(j);
}

static void
put_notices(struct jsonw *j, const struct result *r)
{
	jsonw_key(j, "notices");
	jsonw_array(j);
	for (size_t i = 0; i < r->notices.count; i++) {
		const struct notice *x = &r->notices.list[i];

		jsonw_object(j);
		jsonw_key_str(j, "code", notice_name(x->code));
		jsonw_key_str(j, "file", x->file[0] != '\0' ? x->file : NULL);
		jsonw_key_str(j, "text", x->text);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_key_u64(j, "more_notices", r->notices.dropped);
}

static void
put_anchors(struct jsonw *j, const struct result *r)
{
	bool found = r->genesis_known || (r->count > 0 && r->segments[0].manifest != NULL);

	jsonw_key_str(j, "archive", r->archive[0] != '\0' ? r->archive : NULL);
	jsonw_key_hex_if(j, "genesis", found, r->genesis, SHA256_SIZE);
	key_head(j, "head", &r->head);
	jsonw_key_str(j, "anchor", anchor_name(r->anchor));
	jsonw_key_str(j, "genesis_anchor", anchor_name(r->genesis_anchor));
	key_head(j, "given_head", &r->given);
	key_head(j, "remembered_head", &r->remembered);
	jsonw_key_bool(j, "keys_in_files", r->keys_in_files);
}

static void put_result(struct jsonw *j, const struct result *r, const char *archive,
    report_drain drain);

static void
put_older(struct jsonw *j, const struct result *r, report_drain drain)
{
	if (!r->is_continuation) {
		jsonw_key_null(j, "continues");
		return;
	}
	jsonw_key(j, "continues");
	jsonw_object(j);
	jsonw_key_str(j, "archive", r->continues.archive);
	jsonw_key_hex(j, "genesis", r->continues.genesis, SHA256_SIZE);
	jsonw_key_u64(j, "sequence", r->continues.sequence);
	jsonw_key_hex(j, "manifest_sha256", r->continues.manifest_sha256, SHA256_SIZE);
	jsonw_key(j, "report");
	if (r->older != NULL)
		put_result(j, r->older, r->older_path, drain);
	else
		jsonw_null(j);
	jsonw_object_end(j);
}

static void
put_result(struct jsonw *j, const struct result *r, const char *archive, report_drain drain)
{
	jsonw_object(j);
	jsonw_key_str(j, "verdict", verdict_name(r->verdict));
	jsonw_key_u64(j, "exit_code", (uint64_t)verdict_exit(r->verdict));
	put_anchors(j, r);
	key_escaped(j, "path", archive);
	jsonw_key_u64(j, "files", r->files);
	jsonw_key_u64(j, "bytes", r->bytes);
	jsonw_key(j, "segments");
	jsonw_array(j);
	for (size_t i = 0; i < r->count; i++) {
		put_segment(j, &r->segments[i]);
		if (drain != NULL)
			drain(j->out);
	}
	jsonw_array_end(j);
	put_notices(j, r);
	put_older(j, r, drain);
	if (r->custody != NULL) {
		jsonw_key(j, "custody");
		custody_check_json(r->custody, j);
	}
	jsonw_object_end(j);
}

void
report_json(const struct result *r, const char *archive, struct buf *out, report_drain drain)
{
	struct jsonw j;

	jsonw_init(&j, out);
	put_result(&j, r, archive, drain);
	buf_u8(out, '\n');
}
