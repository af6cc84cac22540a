/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every capture in $NFSEAL_CAPTURES/packets gives as many packets as its INDEX.tsv says
 * (capinfos), and every file in malformed ends, with its inputs hashed.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/source.h"
#include "tests/unit.h"

enum { BATCH = 256, ROW_MAX = 4096 };

static unsigned files;

/* Packets of a file; *told is set if there was any finding. */
static uint64_t
count_packets(const char *path, bool hash, bool *told)
{
	struct source_options o = { .paths = &path, .path_count = 1, .hash = hash };
	struct packet batch[BATCH];
	struct fault f = { 0 };
	const struct source_input *in;
	struct source *s = NULL;
	uint64_t packets = 0, listed = 0;
	volatile uint8_t seen = 0; /* each octet is touched, for the sanitizer */
	enum status st;
	size_t n;

	assert_int_equal(source_open(&o, &s, &f), STATUS_OK);
	while ((st = source_next(s, batch, BATCH, &n, &f)) == STATUS_OK) {
		packets += n;
		for (size_t i = 0; i < n; i++) {
			assert_true(batch[i].captured <= batch[i].wire);
			for (uint32_t k = 0; k < batch[i].captured; k++)
				seen ^= batch[i].data[k];
		}
	}
	(void)seen;
	assert_int_equal(st, STATUS_END);
	in = source_inputs(s, &n);
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(in[i].hashed, hash);
		listed += in[i].packets;
	}
	assert_int_equal(listed, packets);
	(void)source_findings(s, &n);
	*told = n > 0;
	source_close(s);
	files++;
	return packets;
}

static const char *
captures(void)
{
	const char *dir = getenv("NFSEAL_CAPTURES");
	struct stat sb;

	return dir != NULL && stat(dir, &sb) == 0 ? dir : NULL;
}

/* file, type, encapsulation, packets, protocols: the fourth is empty where capinfos failed. */
static void
check_row(const char *dir, char *line)
{
	char path[ROW_MAX * 2], *field[4], *at = line;
	struct stat sb;
	bool told;

	for (size_t i = 0; i < ARRAY_LEN(field); i++) {
		field[i] = strsep(&at, "\t\n");
		if (field[i] == NULL)
			return;
	}
	snprintf(path, sizeof(path), "%s/packets/%s", dir, field[0]);
	if (field[3][0] == '\0' || stat(path, &sb) != 0)
		return;
	if (count_packets(path, false, &told) != strtoull(field[3], NULL, 10))
		fail_msg("%s: not the %s packets that capinfos counts", field[0], field[3]);
}

static void
test_index(void **state)
{
	const char *dir = captures();
	char path[ROW_MAX], line[ROW_MAX];
	FILE *index;

	(void)state;
	if (dir == NULL) {
		printf("skip: no captures at NFSEAL_CAPTURES\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/packets/INDEX.tsv", dir);
	index = fopen(path, "re");
	assert_non_null(index);
	files = 0;
	assert_non_null(fgets(line, sizeof(line), index));
	while (fgets(line, sizeof(line), index) != NULL)
		check_row(dir, line);
	fclose(index);
	assert_true(files > 1000);
}

static int
check_malformed(const char *path, const struct stat *sb, int type, struct FTW *where)
{
	bool told, again;
	uint64_t packets;

	(void)sb;
	(void)where;
	if (type != FTW_F)
		return 0;
	packets = count_packets(path, true, &told);
	assert_int_equal(count_packets(path, false, &again), packets);
	assert_int_equal(told, again);
	assert_true(told || packets > 0);
	return 0;
}

static void
test_malformed(void **state)
{
	const char *dir = captures();
	char path[ROW_MAX];

	(void)state;
	if (dir == NULL) {
		printf("skip: no captures at NFSEAL_CAPTURES\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/malformed", dir);
	files = 0;
	assert_int_equal(nftw(path, check_malformed, 16, FTW_PHYS), 0);
	assert_true(files > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
