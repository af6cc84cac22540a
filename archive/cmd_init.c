/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "archive/cmd_seal.h"
#include "base/log.h"
#include "nfseal.h"

static const struct option table[] = {
	{ SEAL_OPTION_LAYOUT, 'S', "layout", "N", "directories as nfcapd's, 0 to 8 (1: year/month/day)" },
	{ SEAL_OPTION_CONTINUES, '\0', "continues", "OLD", "name this older archive and its head" },
	{ SEAL_OPTION_KEY_STORAGE, '\0', "key-storage", "HOW", "file; memory is for writing commands" },
	{ SEAL_OPTION_STATE, '\0', "state", "DIR", "the state directory: keys and remembered heads" },
	{ SEAL_OPTION_JSON, '\0', "json", NULL, "the receipt as one JSON document" },
	{ SEAL_OPTION_HELP, 'h', "help", NULL, "this text" },
	{ 0, '\0', NULL, NULL, NULL },
};

int
cmd_init(int argc, char **argv)
{
	struct seal_arguments a;
	struct writer *w = NULL;
	struct receipt receipt;
	struct fault f = { 0 };
	enum status rc = seal_arguments_read(&a, table, argc, argv, &f);

	if (rc == STATUS_OK && a.help) {
		option_usage(table, "nfseal init [-S N] [--continues OLD] [--state DIR] [--json] ARCHIVE", stdout);
		return 0;
	}
	if (rc == STATUS_OK)
		rc = seal_open(&a, true, &w, &f);
	if (rc == STATUS_OK) {
		writer_receipt(w, &receipt);
		rc = seal_print(&receipt, a.json, &f);
	}
	writer_free(w);
	return rc == STATUS_OK ? 0 : log_exit(&f);
}
