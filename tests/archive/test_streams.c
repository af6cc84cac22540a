/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of an archive's runs, told apart. */
#include "archive/streams.h"

#include "unit.h"

static struct messagemark
mark(enum transport transport, uint64_t session, uint16_t port, enum messagemark_kind kind)
{
	struct messagemark m = { .kind = kind, .way = { .transport = transport, .session = session,
		.src_port = port, .dst_port = 4739, .src = { { 192, 0, 2, 1 }, 4 } } };

	if (transport == TRANSPORT_FILE)
		m.way.src = m.way.dst = (struct address){ .family = 0 };
	return m;
}

static uint64_t
find(struct streams *s, enum transport transport, uint64_t session, uint16_t port,
    enum messagemark_kind kind)
{
	struct messagemark m = mark(transport, session, port, kind);

	return streams_find(s, &m);
}

static void
sessions_go_on_and_end(void **state)
{
	struct streams s = { .count = 0 };
	struct messagemark over = mark(TRANSPORT_TCP, 1, 5000, MESSAGEMARK_ENDED);

	(void)state;
	streams_segment(&s);
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 5000, MESSAGEMARK_RECEIVED), 1);
	assert_int_equal(find(&s, TRANSPORT_TCP, 2, 5001, MESSAGEMARK_RECEIVED), 2);
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 5000, MESSAGEMARK_RECEIVED), 1);
	streams_segment(&s);
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 5000, MESSAGEMARK_RECEIVED), 1);
	streams_end(&s, &over);
	/* another run's first session, though it has the same ends */
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 5000, MESSAGEMARK_RECEIVED), 3);
	/* TLS is another way, and so is another port */
	assert_int_equal(find(&s, TRANSPORT_TLS, 1, 5000, MESSAGEMARK_RECEIVED), 4);
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 5002, MESSAGEMARK_RECEIVED), 5);
	/* one that a whole segment did not know is forgotten */
	streams_segment(&s);
	streams_segment(&s);
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 5002, MESSAGEMARK_RECEIVED), 6);
	streams_free(&s);
}

static void
files_go_on_only_if_something_is_carried(void **state)
{
	struct streams s = { .count = 0 };

	(void)state;
	streams_segment(&s);
	assert_int_equal(find(&s, TRANSPORT_FILE, 1, 0, MESSAGEMARK_RECEIVED), 1);
	streams_segment(&s);
	assert_int_equal(find(&s, TRANSPORT_FILE, 1, 0, MESSAGEMARK_CARRIED), 1);
	assert_int_equal(find(&s, TRANSPORT_FILE, 1, 0, MESSAGEMARK_RECEIVED), 1);
	streams_segment(&s); /* another run */
	assert_int_equal(find(&s, TRANSPORT_FILE, 1, 0, MESSAGEMARK_RECEIVED), 2);
	assert_int_equal(find(&s, TRANSPORT_FILE, 1, 0, MESSAGEMARK_RECEIVED), 2);
	streams_free(&s);
}

static void
not_more_than_the_limit_are_known(void **state)
{
	struct streams s = { .count = 0 };

	(void)state;
	streams_segment(&s);
	for (uint64_t i = 1; i <= STREAMS_MAX + 1; i++)
		assert_int_equal(find(&s, TRANSPORT_TCP, i, 1, MESSAGEMARK_RECEIVED), i);
	assert_int_equal(find(&s, TRANSPORT_TCP, STREAMS_MAX, 1, MESSAGEMARK_RECEIVED), STREAMS_MAX);
	assert_int_equal(find(&s, TRANSPORT_TCP, 1, 1, MESSAGEMARK_RECEIVED), STREAMS_MAX + 2);
	streams_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_go_on_and_end),
		cmocka_unit_test(files_go_on_only_if_something_is_carried),
		cmocka_unit_test(not_more_than_the_limit_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
