/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

/*
 * SIGINT and SIGTERM ask a command to come to a clean end; SIGUSR1 (and SIGINFO) ask for a
 * status line.  Of those that run for long, SIGHUP asks to begin another segment.  A second SIGINT or SIGTERM kills as usual.  SIGPIPE becomes EPIPE.
 */

#include <stdbool.h>

void interrupt_install(void);
void interrupt_install_rotate(void); /* SIGHUP as well */
/* Non-zero (the signal's number) once asked to end; to be polled, by other threads with
 * __atomic_load_n. */
const volatile int *interrupt_flag(void);
/* True once after each request for a status line. */
bool interrupt_status_wanted(void);
/* True once after each SIGHUP. */
bool interrupt_rotate_wanted(void);

#endif
