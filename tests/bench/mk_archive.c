/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An archive of segments of some 256 MiB for the benchmark of verify, through the writer but
 * without the time that so many flows would take to meter: few rows with much text in `other`
 * that zstd cannot shrink below three quarters.  usage: mk_archive ARCHIVE STATE SEGMENTS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/writer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"

enum { ROWS = 5000, TEXT = 65536 };

static void
fill_text(char *text, uint64_t *x)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < TEXT; i++) {
		*x = *x * 6364136223846793005ULL + 1442695040888963407ULL;
		text[i] = digits[*x >> 58];
	}
}

static enum status
put_table(struct writer *w, struct table *t, uint64_t *x, struct fault *f)
{
	static char text[TEXT];

	table_reset(t);
	while (t->rows < ROWS) {
		size_t row = table_add_row(t);

		fill_text(text, x);
		table_set_i64(t, COLUMN_FLOW_START, row, (int64_t)row);
		table_set_bytes(t, COLUMN_OTHER, row, text, TEXT);
	}
	return t->failed ? fault_memory(f) : writer_put(w, t, f);
}

static enum status
make_segment(struct writer *w, struct table *t, uint64_t *x, struct fault *f)
{
	struct segment_facts facts = { .source = "files" };
	enum status rc = writer_begin(w, 0, f);

	if (rc == STATUS_OK)
		rc = put_table(w, t, x, f);
	facts.accounting.metered_sum.flows = facts.accounting.emitted.flows = t->rows;
	return rc == STATUS_OK ? writer_seal(w, &facts, false, NULL, f) : rc;
}

int
main(int argc, char **argv)
{
	struct writer_options o = { .now = clock_wall_nanos,
		.version = VERSION_TEXT, .build = version_build() };
	struct fault f = { 0 };
	struct writer *w = NULL;
	struct table *t = NULL;
	uint64_t segments, x = 1;
	enum status rc;

	if (argc != 4 || !text_parse_u64(argv[3], 1000, &segments)) {
		fputs("usage: mk_archive ARCHIVE STATE SEGMENTS\n", stderr);
		return 2;
	}
	o.archive = argv[1];
	o.state = argv[2];
	rc = writer_open(&o, NULL, NULL, &w, &f);
	if (rc == STATUS_OK)
		rc = table_open(ROWS, &t, &f);
	for (uint64_t i = 0; i < segments && rc == STATUS_OK; i++)
		rc = make_segment(w, t, &x, &f);
	table_free(t);
	writer_free(w);
	return rc == STATUS_OK ? 0 : log_exit(&f);
}
