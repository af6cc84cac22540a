/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "archive/cmd_seal.h"
#include "base/clock.h"
#include "base/log.h"
#include "nfseal.h"

static const struct option table[] = {
	{ SEAL_OPTION_STATE, '\0', "state", "DIR", "the state directory: keys and remembered heads" },
	{ SEAL_OPTION_JSON, '\0', "json", NULL, "the receipt as one JSON document" },
	{ SEAL_OPTION_HELP, 'h', "help", NULL, "this text" },
	{ 0, '\0', NULL, NULL, NULL },
};

/* A last segment without flows, whose manifest names no next key. */
static enum status
seal_last(struct writer *w, struct receipt *receipt, struct fault *f)
{
	const struct segment_facts facts = { .source = "close" };
	enum status rc = writer_begin(w, clock_wall_nanos(), f);

	return rc == STATUS_OK ? writer_seal(w, &facts, true, receipt, f) : rc;
}

int
cmd_close(int argc, char **argv)
{
	struct seal_arguments a;
	struct writer *w = NULL;
	struct receipt receipt;
	struct fault f = { 0 };
	enum status rc = seal_arguments_read(&a, table, argc, argv, &f);

	if (rc == STATUS_OK && a.help) {
		option_usage(table, "nfseal close [--state DIR] [--json] ARCHIVE", stdout);
		return 0;
	}
	if (rc == STATUS_OK)
		rc = seal_open(&a, false, &w, &f);
	if (rc == STATUS_OK)
		rc = seal_last(w, &receipt, &f);
	if (rc == STATUS_OK)
		rc = seal_print(&receipt, a.json, &f);
	writer_free(w);
	return rc == STATUS_OK ? 0 : log_exit(&f);
}
