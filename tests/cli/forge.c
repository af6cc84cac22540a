/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forge DIR KIND: an archive of three segments made by hand, for scripts.  Prints the
 * genesis fingerprint and the head.  KIND says what is wrong with the second segment, or
 * "plain", "closed", "expired" (a fourth says that the first is), "fork" (a second third).
 */
#include "tests/verify/tweak.h"

static const struct {
	const char *kind;
	forge_tweak second;
	forge_tweak third;
	forge_tweak fourth;
} kinds[] = {
	{ "plain", NULL, NULL, NULL },
	{ "closed", NULL, forge_close_tweak, NULL },
	{ "expired", NULL, NULL, late_expiry_tweak },
	{ "fork", NULL, NULL, NULL },
	{ "weak", weak_key_tweak, NULL, NULL },
	{ "reuse", reuse_tweak, NULL, NULL },
	{ "counts", counts_tweak, NULL, NULL },
	{ "previous", previous_tweak, NULL, NULL },
	{ "archive", archive_tweak, NULL, NULL },
	{ "sequence", sequence_tweak, NULL, NULL },
};

static void
make(struct forge *g, size_t kind)
{
	forge_open(g, "00112233445566778899aabbccddeeff");
	forge_segment(g, NULL);
	forge_segment(g, kinds[kind].second);
	forge_segment(g, kinds[kind].third);
	if (kinds[kind].fourth != NULL)
		forge_segment(g, kinds[kind].fourth);
}

/* The same key seals another text for sequence 3 under another name. */
static void
fork_third(const struct forge *g)
{
	static const char *const suffixes[] = { ".manifest.json", ".manifest.sig" };
	struct forge twin = *g;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		char from[FILE_PATH_MAX];
		char to[64];

		snprintf(from, sizeof from, "%s", forge_path(g, forge_name(g, 3, suffixes[i])));
		snprintf(to, sizeof to, "2026/11/23/twin%s", suffixes[i]);
		assert_int_equal(rename(from, forge_path(g, to)), 0);
	}
	twin.count = 2;
	forge_segment(&twin, forge_close_tweak);
}

int
main(int argc, char **argv)
{
	char genesis[SHA256_HEX];
	char head[SHA256_HEX];
	struct forge g;

	for (size_t i = 0; argc == 3 && i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].kind, argv[2]) != 0)
			continue;
		make(&g, i);
		if (strcmp(argv[2], "fork") == 0)
			fork_third(&g);
		if (rename(g.archive, argv[1]) != 0)
			return 2;
		text_hex(genesis, g.sha256[0], SHA256_SIZE);
		text_hex(head, g.sha256[g.count], SHA256_SIZE);
		printf("%s %u:%s\n", genesis, (unsigned)g.count, head);
		forge_free(&g);
		return 0;
	}
	fprintf(stderr, "usage: forge DIR KIND\n");
	return 2;
}
