/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory ends at the k-th allocation, once or for good, for every k of a verification: the
 * verdict is the right one or ERROR, and what cannot be computed condemns nothing.
 */
#include <errno.h>

#include "tests/verify/expect.h"
#include "tests/verify/tweak.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define CAN_FAIL 1
#elif !__has_feature(address_sanitizer)
#define CAN_FAIL 1
#endif
#endif

#ifdef CAN_FAIL

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

/* The allocation that fails, counted from 1; 0: none.  All after it as well where for_good. */
static struct {
	long left;
	bool for_good;
	bool failed;
} fault_plan;

static bool
fails(void)
{
	if (fault_plan.left == 0)
		return fault_plan.failed && fault_plan.for_good;
	if (--fault_plan.left > 0)
		return false;
	fault_plan.failed = true;
	return true;
}

/* These stand before the C library's in all that is linked, OpenSSL and jansson included. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

void *
malloc(size_t size)
{
	if (!fails())
		return __libc_malloc(size);
	errno = ENOMEM;
	return NULL;
}

void *
calloc(size_t count, size_t size)
{
	if (!fails())
		return __libc_calloc(count, size);
	errno = ENOMEM;
	return NULL;
}

void *
realloc(void *old, size_t size)
{
	if (!fails())
		return __libc_realloc(old, size);
	errno = ENOMEM;
	return NULL;
}

/* The first finding, for who must find out why. */
static const char *
first_finding(const struct result *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->segments[i].findings.count > 0)
			return r->segments[i].findings.list[0].text;
	return "nothing";
}

/* One check with the k-th allocation failing; true where it was reached. */
static bool
check_with_fault(const struct check_options *o, long k, bool for_good, enum verdict want)
{
	struct result r = { .count = 0 };
	struct fault f = { .status = STATUS_OK };
	enum status rc;

	fault_plan.left = k;
	fault_plan.for_good = for_good;
	fault_plan.failed = false;
	rc = check_archive(o, &r, &f);
	fault_plan.left = 0;
	fault_plan.for_good = false;
	if (rc != STATUS_OK)
		assert_int_equal(rc, STATUS_NO_MEMORY);
	else if (r.verdict != want && r.verdict != VERDICT_ERROR)
		fail_msg("allocation %ld%s: %s, not %s: %s", k, for_good ? " and all after it" : "",
		    verdict_name(r.verdict), verdict_name(want), first_finding(&r));
	if (rc == STATUS_OK && !fault_plan.failed)
		assert_int_equal(r.verdict, want);
	result_free(&r);
	return fault_plan.failed;
}

static void
check_all(const struct forge *g, enum verdict want)
{
	struct check_options o = forge_options(g);

	o.threads = 1;
	expect_verdict(&o, want); /* and what the libraries allocate once is there */
	for (int for_good = 0; for_good < 2; for_good++) {
		long k = 1;

		while (check_with_fault(&o, k, for_good, want))
			k++;
		assert_in_range(k, 500, 1000000);
	}
}

static void
small(struct forge *g)
{
	forge_open(g, ID);
	g->big = 30;
	g->small = 12;
	for (int i = 0; i < 3; i++)
		forge_segment(g, NULL);
}

static void
test_as_sealed(void **state)
{
	struct forge g;

	(void)state;
	small(&g);
	check_all(&g, VERDICT_VERIFIED);
	forge_free(&g);
}

static void
test_damaged_manifest(void **state)
{
	struct forge g;

	(void)state;
	small(&g);
	forge_flip(&g, forge_name(&g, 2, MANIFEST), 300);
	check_all(&g, VERDICT_MODIFIED);
	forge_free(&g);
}

static void
test_damaged_genesis(void **state)
{
	struct forge g;

	(void)state;
	small(&g);
	forge_flip(&g, "genesis.sig", 3);
	check_all(&g, VERDICT_MODIFIED);
	forge_free(&g);
}

static void
test_absent(void **state)
{
	struct forge g;

	(void)state;
	small(&g);
	forge_remove(&g, forge_name(&g, 2, MANIFEST));
	check_all(&g, VERDICT_INCOMPLETE);
	forge_free(&g);
}

static void
test_malformed(void **state)
{
	struct forge g;

	(void)state;
	forge_open(&g, ID);
	g.big = 30;
	g.small = 12;
	forge_segment(&g, NULL);
	forge_segment(&g, counts_tweak);
	check_all(&g, VERDICT_MALFORMED);
	forge_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_sealed),
		cmocka_unit_test(test_damaged_manifest),
		cmocka_unit_test(test_damaged_genesis),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int
main(void)
{
	return 0; /* a sanitizer has its own allocator, and other C libraries other names */
}

#endif
