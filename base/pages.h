/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

/*
 * Large, zeroed blocks of memory for tables that are read at random: straight from the
 * system, aligned to PAGES_HUGE and advised to use huge pages where the system has them
 * (fewer TLB misses), else as they come.  What is not touched costs nothing.
 */

#include <stddef.h>

enum { PAGES_HUGE = 2 * 1024 * 1024 };

/* NULL where there is no memory.  len is rounded up to whole pages by the system. */
void *pages_alloc(size_t len);
/* Takes NULL; len as it was given. */
void pages_free(void *p, size_t len);

#endif
