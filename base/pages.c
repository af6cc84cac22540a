/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

static void *
map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* More than asked for, cut at both ends so that the rest begins on a huge page. */
static void *
map_aligned(size_t len)
{
	uint8_t *p = map(len + PAGES_HUGE);
	size_t before;

	if (p == NULL)
		return NULL;
	before = (PAGES_HUGE - (uintptr_t)p % PAGES_HUGE) % PAGES_HUGE;
	if (before > 0)
		(void)munmap(p, before);
	if (PAGES_HUGE - before > 0)
		(void)munmap(p + before + len, PAGES_HUGE - before);
	return p + before;
}

void *
pages_alloc(size_t len, bool huge)
{
	void *p;

	if (!huge || len < PAGES_HUGE || len % PAGES_HUGE != 0 || len > SIZE_MAX - PAGES_HUGE)
		return map(len);
	p = map_aligned(len);
#ifdef MADV_HUGEPAGE
	if (p != NULL)
		(void)madvise(p, len, MADV_HUGEPAGE);
#endif
	return p;
}

void
pages_free(void *p, size_t len)
{
	if (p != NULL)
		(void)munmap(p, len);
}
