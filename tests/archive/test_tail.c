/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

/* More than two of the pieces in which a tail is moved. */
enum { SIZE = 200000, KEEP = 70001, LENGTH = SIZE - KEEP, MOVED = 90000 };

struct place {
	char dir[64];
	char path[96];
	char tail[96];
};

static uint8_t
octet_at(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

static void
write_octets(const char *path, size_t from, size_t to)
{
	uint8_t *all = malloc(to - from + 1);

	assert_non_null(all);
	for (size_t i = from; i < to; i++)
		all[i - from] = octet_at(i);
	assert_int_equal(file_write_new(path, 0644, all, to - from, NULL), STATUS_OK);
	free(all);
}

static void
check_octets(const char *path, size_t from, size_t to)
{
	struct buf got;

	buf_init(&got, 0);
	assert_int_equal(file_slurp(path, SIZE, &got, NULL), STATUS_OK);
	assert_int_equal(got.len, to - from);
	for (size_t i = from; i < to; i++)
		assert_int_equal(got.data[i - from], octet_at(i));
	buf_free(&got);
}

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	snprintf(p->dir, sizeof p->dir, "tail-XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->path, sizeof p->path, "%s/file", p->dir);
	snprintf(p->tail, sizeof p->tail, "%s/file.tail", p->dir);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;

	(void)unlink(p->path);
	(void)unlink(p->tail);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void
cut(const struct place *p)
{
	struct fault f = { .status = STATUS_OK };

	assert_int_equal(tail_cut(p->dir, p->path, p->tail, KEEP, &f), STATUS_OK);
	check_octets(p->path, 0, KEEP);
	check_octets(p->tail, KEEP, SIZE);
}

static void
the_rest_becomes_a_file(void **state)
{
	const struct place *p = *state;

	write_octets(p->path, 0, SIZE);
	cut(p);
	cut(p); /* is done, and stays so */
}

static void
what_is_not_longer_is_left_alone(void **state)
{
	const struct place *p = *state;

	write_octets(p->path, 0, KEEP);
	assert_int_equal(tail_cut(p->dir, p->path, p->tail, KEEP, NULL), STATUS_OK);
	check_octets(p->path, 0, KEEP);
	assert_false(file_exists(p->tail));
}

static void
a_copy_that_was_interrupted_is_made_anew(void **state)
{
	const struct place *p = *state;

	write_octets(p->path, 0, SIZE);
	write_octets(p->tail, 0, LENGTH / 2); /* other octets: they count for nothing */
	cut(p);
}

/* Its end is there already, its beginning still in the file: as on a full disk. */
static void
a_move_that_was_interrupted_goes_on(void **state)
{
	const struct place *p = *state;
	FILE *file;

	write_octets(p->path, 0, SIZE - MOVED);
	file = fopen(p->tail, "wb");
	assert_non_null(file);
	assert_int_equal(fseek(file, LENGTH - MOVED, SEEK_SET), 0);
	for (size_t i = SIZE - MOVED; i < SIZE; i++)
		assert_int_not_equal(fputc(octet_at(i), file), EOF);
	assert_int_equal(fclose(file), 0);
	cut(p);
}

static void
a_file_that_is_absent_is_a_fault(void **state)
{
	const struct place *p = *state;
	struct fault f = { .status = STATUS_OK };

	assert_int_equal(tail_cut(p->dir, p->path, p->tail, 0, &f), STATUS_ABSENT);
	assert_false(file_exists(p->tail));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_rest_becomes_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_longer_is_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_copy_that_was_interrupted_is_made_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_move_that_was_interrupted_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_absent_is_a_fault, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
