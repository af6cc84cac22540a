/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens an archive as every writing command does, with its recovery, and goes away without
 * having written: recovery alone.  usage: recoverer STATE ARCHIVE
 * Prints the status; exits 0 where the archive can be written to, else 1.
 */
#include <stdio.h>

#include "archive/writer.h"
#include "base/clock.h"
#include "capture/cmd_redecode.h"

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)fprintf(stderr, "%s\n", text);
}

int
main(int argc, char **argv)
{
	struct writer_options o = { .layout = 1, .must_exist = true, .now = clock_wall_nanos,
		.redecode = redecode };
	struct writer *w = NULL;
	struct fault f = { 0 };
	enum status rc;

	if (argc != 3)
		return 2;
	o.state = argv[1];
	o.archive = argv[2];
	rc = writer_open(&o, notice, NULL, &w, &f);
	writer_free(w);
	if (rc != STATUS_OK)
		fprintf(stderr, "%s: %s\n", f.file, f.text);
	return puts(status_text(rc)) < 0 || rc != STATUS_OK;
}
