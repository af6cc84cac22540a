/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PRIORITY_H
#define BASE_PRIORITY_H

/*
 * Which of our threads gets a processor first, where the system has a nice value for each thread
 * (Linux): elsewhere, and without the right to it, nothing happens, and all threads are equal.
 *
 * priority_reserve while there are rights; then each thread by itself, once.
 */

/* For a thread that loses what it does not take in time. */
void priority_raise(void);
/* For one whose work can wait. */
void priority_lower(void);
/* Threads may raise themselves also after rights were given up. */
void priority_reserve(void);

#endif
