/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets in memory: found where they are kept, and after use nowhere in the whole process. */
#include "archive/keyring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sanitized.h"
#include "unit.h"

enum { MASK = 0x5a, PAGES = 64 << 10 };

/* Known to this test only in disguise, so that a search finds no copy of the test's own. */
static void
disguised(uint8_t out[KEY_SIZE])
{
	for (size_t i = 0; i < KEY_SIZE; i++)
		out[i] = (uint8_t)((0x31 + 7 * i) ^ MASK);
}

static void
reveal(uint8_t out[KEY_SIZE])
{
	disguised(out);
	for (size_t i = 0; i < KEY_SIZE; i++)
		out[i] ^= MASK;
}

static bool
matches(const uint8_t *p, const uint8_t masked[KEY_SIZE])
{
	for (size_t i = 0; i < KEY_SIZE / 2; i++)
		if ((p[i] ^ MASK) != masked[i])
			return false;
	return true;
}

/* Occurrences of the secret's first half in the memory from..to; the buffer is left out. */
static size_t
count_in(int mem, unsigned long from, unsigned long to, uint8_t *buffer)
{
	uint8_t masked[KEY_SIZE];
	size_t n = 0;

	disguised(masked);
	while (from < to) {
		size_t want = to - from < PAGES ? to - from : PAGES;
		ssize_t got = pread(mem, buffer, want, (off_t)from);

		if (got < (ssize_t)KEY_SIZE)
			break;
		for (ssize_t i = 0; i + KEY_SIZE / 2 <= got; i++)
			n += matches(buffer + i, masked);
		from += (unsigned long)got;
	}
	memset(buffer, 0, PAGES);
	return n;
}

/* In all writable memory of this process, stacks and the libraries' heaps included; -1: no /proc. */
static long
count_copies(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY);
	uint8_t *buffer = calloc(1, PAGES);
	char line[512];
	long n = maps == NULL || mem < 0 || buffer == NULL ? -1 : 0;

	while (n >= 0 && fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char writable;

		if (sscanf(line, "%lx-%lx r%c", &from, &to, &writable) == 3 && writable == 'w')
			n += (long)count_in(mem, from, to, buffer);
	}
	free(buffer);
	if (mem >= 0)
		close(mem);
	if (maps != NULL)
		fclose(maps);
	return n;
}

static void
test_keys_by_sequence(void **state)
{
	struct keyring *r = NULL;
	uint8_t a[KEY_SIZE] = { 1 };
	uint8_t b[KEY_SIZE] = { 2 };
	uint8_t got[KEY_SIZE];

	(void)state;
	assert_int_equal(keyring_open(&r, NULL), STATUS_OK);
	assert_false(keyring_get(r, 0, got));
	assert_int_equal(keyring_put(r, 0, a, NULL), STATUS_OK);
	assert_int_equal(keyring_put(r, 1, b, NULL), STATUS_OK);
	assert_true(keyring_get(r, 0, got));
	assert_memory_equal(got, a, KEY_SIZE);
	assert_true(keyring_get(r, 1, got));
	assert_memory_equal(got, b, KEY_SIZE);
	assert_int_equal(keyring_put(r, 1, a, NULL), STATUS_OK);
	assert_true(keyring_get(r, 1, got));
	assert_memory_equal(got, a, KEY_SIZE);
	keyring_drop(r, 0);
	keyring_drop(r, 0);
	assert_false(keyring_has(r, 0));
	assert_true(keyring_has(r, 1));
	for (uint64_t n = 2; n < KEYRING_MAX + 1; n++)
		assert_int_equal(keyring_put(r, n, a, NULL), STATUS_OK);
	assert_int_equal(keyring_put(r, 99, a, NULL), STATUS_LIMIT);
	assert_false(keyring_has(NULL, 0));
	keyring_free(r);
	keyring_free(NULL);
}

static void
test_memory_that_cannot_be_locked(void **state)
{
	struct keyring *r = NULL;
	struct fault f = { 0 };
	struct rlimit was;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &was), 0);
	if (setrlimit(RLIMIT_MEMLOCK, &(struct rlimit) { 0, was.rlim_max }) != 0) {
		print_message("skip: the limit cannot be set here\n");
		skip();
	}
	if (keyring_open(&r, &f) == STATUS_OK) /* root may lock whatever the limit */
		keyring_free(r);
	else
		assert_non_null(strstr(f.text, "cannot be locked"));
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &was), 0);
}

/* Made, kept, signed with and checked; then dropped. */
static void
use(struct keyring *r, bool *seen)
{
	uint8_t secret[KEY_SIZE];
	uint8_t public[KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];

	reveal(secret);
	assert_int_equal(keyring_put(r, 7, secret, NULL), STATUS_OK);
	key_wipe(secret);
	*seen = count_copies() == 1;
	assert_true(keyring_get(r, 7, secret));
	assert_int_equal(key_public(secret, public, NULL), STATUS_OK);
	assert_int_equal(key_sign(secret, "text", 4, signature, NULL), STATUS_OK);
	key_wipe(secret);
	assert_int_equal(key_verify(public, "text", 4, signature, NULL), STATUS_OK);
	keyring_drop(r, 7);
}

static void
test_nothing_is_left(void **state)
{
#ifdef SANITIZED
	(void)state;
	(void)use;
	print_message("skip: a sanitizer's shadow memory is terabytes, and in this kernel cannot be searched\n");
	skip();
#else
	struct keyring *r = NULL;
	bool seen = false;

	(void)state;
	if (count_copies() < 0) {
		print_message("skip: no /proc/self/mem in this kernel\n");
		skip();
	}
	assert_int_equal(count_copies(), 0);
	assert_int_equal(keyring_open(&r, NULL), STATUS_OK);
	use(r, &seen);
	assert_true(seen); /* so the search can find it */
	assert_int_equal(count_copies(), 0);
	keyring_free(r);
	assert_int_equal(count_copies(), 0);
#endif
}

/* A sanitizer takes no notice of mlock. */
#if defined(__linux__) && !defined(SANITIZED)
#define CAN_LOOK 1
/* VmFlags of the ring's page: locked, not in dumps, not in children. */
static void
test_page_is_private(void **state)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	struct keyring *r = NULL;
	char line[512];
	char here[32];
	bool inside = false;
	bool told = false;

	(void)state;
	if (smaps == NULL) {
		print_message("skip: no /proc/self/smaps in this kernel\n");
		skip();
	}
	fclose(smaps);
	assert_int_equal(keyring_open(&r, NULL), STATUS_OK);
	snprintf(here, sizeof here, "%lx-", (unsigned long)(uintptr_t)r);
	smaps = fopen("/proc/self/smaps", "r");
	assert_non_null(smaps);
	while (fgets(line, sizeof line, smaps) != NULL) {
		if (strncmp(line, here, strlen(here)) == 0)
			inside = true;
		if (!inside || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		assert_non_null(strstr(line, " lo"));
		assert_non_null(strstr(line, " dd"));
		assert_non_null(strstr(line, " dc"));
		told = true;
		inside = false;
	}
	fclose(smaps);
	assert_true(told);
	keyring_free(r);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_by_sequence),
		cmocka_unit_test(test_memory_that_cannot_be_locked),
		cmocka_unit_test(test_nothing_is_left),
#ifdef CAN_LOOK
		cmocka_unit_test(test_page_is_private),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
