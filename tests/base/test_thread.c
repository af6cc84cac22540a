/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/thread.h"

#include <signal.h>

#include "unit.h"

static void *
look(void *ctx)
{
	pthread_sigmask(SIG_SETMASK, NULL, ctx);
	return ctx;
}

static void
takes_no_signals_and_leaves_them_to_its_maker(void **state)
{
	static const int sent[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGPIPE };
	sigset_t its, own;
	pthread_t thread;
	void *came;

	(void)state;
	sigemptyset(&its);
	sigemptyset(&own);
	sigaddset(&own, SIGUSR2);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &own, NULL), 0);
	assert_int_equal(thread_start(&thread, look, &its), 0);
	assert_int_equal(pthread_join(thread, &came), 0);
	assert_ptr_equal(came, &its);
	pthread_sigmask(SIG_SETMASK, NULL, &own);
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		assert_int_equal(sigismember(&its, sent[i]), 1);
		assert_int_equal(sigismember(&own, sent[i]), 0);
	}
	assert_int_equal(sigismember(&own, SIGUSR2), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_no_signals_and_leaves_them_to_its_maker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
