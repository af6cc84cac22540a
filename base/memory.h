/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdint.h>

/*
 * Octets that this process may come to use: the machine's memory, or less where a control group
 * (Linux, cgroup v1 and v2: a container, a unit with MemoryMax=) holds it to less; 0 if unknown.
 * root is "" but in tests: /proc and /sys are looked for below it.
 */
uint64_t memory_usable(const char *root);

#endif
