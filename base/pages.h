/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

/*
 * Large, zeroed blocks of memory straight from the system.  What is not touched costs
 * nothing.  Those that are read at random (`huge`) are aligned to PAGES_HUGE and advised to
 * use huge pages where the system has them, for fewer TLB misses; memory that only grows is
 * better off without, since it is zeroed in smaller pieces when it is needed.
 */

#include <stdbool.h>
#include <stddef.h>

enum { PAGES_HUGE = 2 * 1024 * 1024 };

/* NULL where there is no memory.  len is rounded up to whole pages by the system. */
void *pages_alloc(size_t len, bool huge);
/* Takes NULL; len as it was given. */
void pages_free(void *p, size_t len);

#endif
