/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SECCOMP_H
#define BASE_SECCOMP_H

/*
 * For a process that has opened what it needs and goes on for months: on Linux it can make from
 * then on only the system calls of reading, writing and keeping files, of its sockets, memory and
 * threads.  It starts no program, opens no socket but to a local service, gives no memory the
 * right to be run.  A call that is not allowed fails with ENOSYS, as on a kernel without it.
 */

#include <stdbool.h>

/*
 * For this thread and those that it starts.  False where the system has no such thing (or the
 * build's sanitizer needs more), which is no error.
 */
bool seccomp_confine(void);

#endif
