/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/*
 * A thread that works for the one that made it and takes no signals: they are for the one that
 * waits in system calls, which they shall end, and that can stop the run.
 */

#include <pthread.h>

/* 0, or the number of an error as errno has them; *out is there to be joined where it is 0. */
int thread_start(pthread_t *out, void *(*run)(void *), void *ctx);

#endif
