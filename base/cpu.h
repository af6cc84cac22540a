/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CPU_H
#define BASE_CPU_H

/* Processors that this process may run on, at least 1 (its affinity, where the system tells). */
unsigned cpu_usable(void);

#endif
