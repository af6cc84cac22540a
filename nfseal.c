/* SPDX-License-Identifier: BSD-2-Clause */
#include "nfseal.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"

struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct subcommand subcommands[] = {
	{ "capture", cmd_capture, "packets to flows to sealed segments" },
	{ "collect", cmd_collect, "export datagrams to sealed segments" },
	{ "archive", cmd_archive, "IPFIX streams and files to sealed segments" },
	{ "init", cmd_init, "creates an archive and its keys" },
	{ "close", cmd_close, "seals an archive for good" },
	{ "recover", cmd_recover, "seals what an interrupted run left, and explains" },
	{ "info", cmd_info, "what is in an archive or a file" },
	{ "show", cmd_show, "prints and ranks flows" },
	{ "replay", cmd_replay, "exports flows to collectors" },
	{ "verify", cmd_verify, "is an archive what was sealed? the verdict" },
	{ NULL, NULL, NULL },
};

static int
usage(FILE *out, int status)
{
	fputs("usage: nfseal SUBCOMMAND [options]\n\n", out);
	for (const struct subcommand *s = subcommands; s->name != NULL; s++)
		fprintf(out, "  %-9s %s\n", s->name, s->help);
	fputs("\nnfseal SUBCOMMAND --help tells more; man nfseal is the manual.\n", out);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "--version") == 0)
		return printf("nfseal %s (%s)\n", VERSION_TEXT, version_build()) < 0 ? 2 : 0;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout, 0);
	for (const struct subcommand *s = subcommands; s->name != NULL; s++) {
		if (strcmp(argv[1], s->name) == 0) {
			log_name(s->name);
			return s->run(argc - 1, argv + 1);
		}
	}
	fprintf(stderr, "nfseal: unknown subcommand; nfseal --help lists them\n");
	return 2;
}
