/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/report.h"

#include <string.h>

#include "base/text.h"
#include "verify/custody.h"

enum { REPORT_NAME_MAX = 1024 };

static void
put_escaped(struct buf *out, const char *s)
{
	char text[REPORT_NAME_MAX];

	text_escape(text, sizeof text, s, strlen(s));
	buf_str(out, text);
}

static void
put_hex(struct buf *out, const uint8_t sha256[SHA256_SIZE])
{
	char hex[SHA256_HEX];

	text_hex(hex, sha256, SHA256_SIZE);
	buf_str(out, hex);
}

void
report_line(const struct result *r, const char *archive, struct buf *out)
{
	buf_printf(out, "%s ", verdict_name(r->verdict));
	put_escaped(out, archive);
	buf_printf(out, ": %s\n", verdict_meaning(r->verdict));
}

static void
put_genesis(const struct result *r, struct buf *out)
{
	static const char *const from[] = {
		[ANCHOR_NONE] = "as found: not given, not remembered here, and so not proven",
		[ANCHOR_GIVEN] = "given",
		[ANCHOR_REMEMBERED] = "remembered on this machine",
		[ANCHOR_CLOSED] = "",
	};

	buf_str(out, "  genesis   ");
	if (r->genesis_known || (r->count > 0 && r->segments[0].manifest != NULL))
		put_hex(out, r->genesis);
	else
		buf_str(out, "unknown");
	buf_printf(out, " (%s)\n", from[r->genesis_anchor]);
}

static void
put_head(const struct result *r, struct buf *out)
{
	static const char *const from[] = {
		[ANCHOR_NONE] = "not anchored: no head was given or is remembered here",
		[ANCHOR_GIVEN] = "a head was given",
		[ANCHOR_REMEMBERED] = "a head is remembered on this machine",
		[ANCHOR_CLOSED] = "closed: nothing can follow",
	};

	if (!r->head.known)
		return;
	buf_printf(out, "  head      %llu:", (unsigned long long)r->head.sequence);
	put_hex(out, r->head.sha256);
	buf_printf(out, " (%s)\n", from[r->anchor]);
	if (r->anchor == ANCHOR_GIVEN && r->given.sequence < r->head.sequence)
		buf_printf(out, "            the given head is %llu: what lies beyond is unanchored\n",
		    (unsigned long long)r->given.sequence);
	if (r->anchor == ANCHOR_REMEMBERED && r->remembered.sequence < r->head.sequence)
		buf_printf(out, "            the remembered head is %llu: what lies beyond is "
		    "unanchored\n", (unsigned long long)r->remembered.sequence);
}

/* What the anchors and keys are worth. */
static void
put_caveats(const struct result *r, struct buf *out)
{
	if (r->genesis_anchor == ANCHOR_REMEMBERED || r->anchor == ANCHOR_REMEMBERED)
		buf_str(out, "  note      a remembered anchor proves nothing against whoever controls "
		    "this machine\n");
	if (r->keys_in_files)
		buf_str(out, "  note      signing keys lay in files while they were in use\n");
}

/* The archive that the genesis names, and what became of it. */
static void
put_older(const struct result *r, struct buf *out)
{
	if (!r->is_continuation)
		return;
	buf_printf(out, "  continues %s, head %llu:", r->continues.archive,
	    (unsigned long long)r->continues.sequence);
	put_hex(out, r->continues.manifest_sha256);
	if (r->older != NULL)
		buf_printf(out, " (%s, see below)\n", verdict_name(r->older->verdict));
	else
		buf_str(out, r->older_path != NULL ? " (it could not be checked)\n" :
		    " (not found, not checked: --older tells where it lies)\n");
}

static void
put_totals(const struct result *r, struct buf *out)
{
	size_t passed = 0;
	size_t sealed = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->segments[i].sequence == 0)
			continue;
		sealed++;
		passed += r->segments[i].findings.verdict == VERDICT_VERIFIED &&
		    r->segments[i].manifest != NULL;
	}
	buf_printf(out, "  segments  %zu, of which %zu are as they were sealed\n", sealed, passed);
	buf_printf(out, "  files     %llu hashed, %llu bytes\n", (unsigned long long)r->files,
	    (unsigned long long)r->bytes);
}

static void
put_findings(const struct segment *s, struct buf *out)
{
	buf_printf(out, "segment %llu: %s\n", (unsigned long long)s->sequence,
	    verdict_name(s->verdict));
	for (size_t i = 0; i < s->findings.count; i++) {
		const struct finding *x = &s->findings.list[i];

		buf_printf(out, "  %s %s%s", finding_name(x->code), x->file,
		    x->file[0] != '\0' ? ": " : "");
		buf_printf(out, "%s\n", x->text);
	}
	if (s->findings.dropped > 0)
		buf_printf(out, "  and %llu more\n", (unsigned long long)s->findings.dropped);
}

static void
put_notices(const struct result *r, struct buf *out)
{
	if (r->notices.count > 0)
		buf_str(out, "notices, which do not change the verdict:\n");
	for (size_t i = 0; i < r->notices.count; i++) {
		const struct notice *x = &r->notices.list[i];

		buf_printf(out, "  %s %s%s%s\n", notice_name(x->code), x->file,
		    x->file[0] != '\0' ? ": " : "", x->text);
	}
	if (r->notices.dropped > 0)
		buf_printf(out, "  and %llu more\n", (unsigned long long)r->notices.dropped);
}

void
report_text(const struct result *r, const char *archive, struct buf *out, report_drain drain)
{
	report_line(r, archive, out);
	buf_printf(out, "  archive   %s\n", r->archive[0] != '\0' ? r->archive : "unknown");
	put_genesis(r, out);
	put_head(r, out);
	put_totals(r, out);
	put_older(r, out);
	put_caveats(r, out);
	for (size_t i = 0; i < r->count; i++)
		if (r->segments[i].findings.count > 0) {
			put_findings(&r->segments[i], out);
			if (drain != NULL)
				drain(out);
		}
	put_notices(r, out);
	if (r->custody != NULL)
		custody_check_text(r->custody, out);
	if (r->older == NULL)
		return;
	buf_str(out, "the archive that it continues:\n");
	report_text(r->older, r->older_path, out, drain);
}
