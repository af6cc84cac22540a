/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_HOOK_RUNNER_H
#define BASE_HOOK_RUNNER_H

/*
 * The process that base/hook.h forks: takes orders (a label, then the words of a command, each
 * with its NUL) from a socket that keeps messages apart, and answers each with an octet, the
 * status, and the label.  It ends when the other end is closed and all that it started is done.
 */

#include <stdbool.h>
#include <stdnoreturn.h>

noreturn void hook_runner(int fd, bool silent);

#endif
