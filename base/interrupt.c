/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* The signal flags: the only variables at file scope that change (STYLE.md, 5). */
static volatile int ended_by;
static volatile sig_atomic_t status_wanted;
static volatile sig_atomic_t rotate_wanted;

static void
on_end(int signal_number)
{
	__atomic_store_n(&ended_by, signal_number, __ATOMIC_RELAXED);
}

static void
on_status(int signal_number)
{
	(void)signal_number;
	status_wanted = 1;
}

static void
on_rotate(int signal_number)
{
	(void)signal_number;
	rotate_wanted = 1;
}

static void
catch_signal(int number, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	(void)sigaction(number, &sa, NULL);
}

void
interrupt_install(void)
{
	/* No SA_RESTART: a read that waits on a pipe must return. */
	catch_signal(SIGINT, on_end, (int)SA_RESETHAND);
	catch_signal(SIGTERM, on_end, (int)SA_RESETHAND);
	catch_signal(SIGPIPE, SIG_IGN, 0);
	catch_signal(SIGUSR1, on_status, SA_RESTART);
#ifdef SIGINFO
	catch_signal(SIGINFO, on_status, SA_RESTART);
#endif
}

void
interrupt_install_rotate(void)
{
	catch_signal(SIGHUP, on_rotate, SA_RESTART);
}

const volatile int *
interrupt_flag(void)
{
	return &ended_by;
}

bool
interrupt_status_wanted(void)
{
	bool wanted = status_wanted != 0;

	status_wanted = 0;
	return wanted;
}

bool
interrupt_rotate_wanted(void)
{
	bool wanted = rotate_wanted != 0;

	rotate_wanted = 0;
	return wanted;
}
