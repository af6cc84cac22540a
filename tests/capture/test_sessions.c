/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages out of transport sessions: framing, bounds, times, and how each of them ends. */
#include "capture/sessions.h"

#include "unit.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SECOND INT64_C(1000000000)

struct world {
	struct listener *listener;
	const struct tls *tls[1];
	struct sessions *sessions;
	struct endpoint at;
	sem_t filled;
};

static void
filled(void *ctx)
{
	struct world *w = ctx;

	sem_post(&w->filled);
}

static struct sessions_options
defaults(struct world *w)
{
	return (struct sessions_options){ .listeners = &w->listener, .tls = w->tls,
		.listener_count = 1, .max = 8, .max_per_source = 8, .octets = 1 << 20,
		.handshake = 30 * SECOND, .message = 30 * SECOND, .idle = 60 * SECOND,
		.now = clock_wall_nanos, .clock = clock_monotonic_nanos, .filled = filled, .ctx = w };
}

static void
listen_at(struct world *w)
{
	memset(w, 0, sizeof *w);
	(void)signal(SIGPIPE, SIG_IGN);
	w->at = (struct endpoint){ .scheme = ENDPOINT_TCP, .host = "127.0.0.1", .port = "0" };
	assert_int_equal(listener_open(&w->at, &w->listener, NULL), STATUS_OK);
	snprintf(w->at.port, sizeof w->at.port, "%u", listener_port(w->listener));
	assert_int_equal(sem_init(&w->filled, 0, 0), 0);
}

static void
leave(struct world *w)
{
	sessions_close(w->sessions);
	listener_close(w->listener);
	sem_destroy(&w->filled);
}

static struct stream *
dial(struct world *w)
{
	struct stream *s;
	enum status st;

	assert_int_equal(stream_connect(&w->at, NULL, &s, NULL), STATUS_OK);
	while ((st = stream_open(s, NULL)) == STATUS_LIMIT) {
		struct pollfd p = { .fd = stream_fd(s), .events = POLLOUT };

		assert_int_equal(poll(&p, 1, 5000), 1);
	}
	assert_int_equal(st, STATUS_OK);
	return s;
}

static void
say(struct stream *s, const void *data, size_t len)
{
	size_t put;

	assert_int_equal(stream_write(s, data, len, &put, NULL), STATUS_OK);
	assert_int_equal(put, len);
}

/* The next batch, which has to come. */
static struct sessions_batch *
next(struct world *w)
{
	struct sessions_batch *b = NULL;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	for (;;) {
		assert_int_equal(sessions_take(w->sessions, &b, NULL), STATUS_OK);
		if (b != NULL)
			return b;
		assert_int_equal(sem_timedwait(&w->filled, &until), 0);
	}
}

static void
expect(struct world *w, enum sessions_kind kind, uint64_t session)
{
	struct sessions_batch *b = next(w);

	assert_int_equal(b->kind, kind);
	assert_int_equal(b->way.session, session);
	assert_int_equal(b->way.transport, TRANSPORT_TCP);
	assert_int_equal(b->way.src.octets[0], 127);
	assert_int_not_equal(b->way.src_port, 0);
	sessions_give_back(w->sessions, b);
}

static void
expect_end(struct world *w, uint64_t session, enum session_end end, uint64_t messages, uint64_t lost,
    const char *text)
{
	struct sessions_batch *b = next(w);

	assert_int_equal(b->kind, SESSIONS_CLOSED);
	assert_int_equal(b->way.session, session);
	assert_string_equal(session_end_name(b->end), session_end_name(end));
	assert_int_equal(b->messages, messages);
	assert_int_equal(b->lost, lost);
	assert_non_null(strstr(b->text, text));
	sessions_give_back(w->sessions, b);
}

static void
expect_messages(struct world *w, uint64_t session, const uint8_t *octets, size_t len, size_t count)
{
	size_t got = 0, messages = 0;

	while (got < len) {
		struct sessions_batch *b = next(w);
		struct datagram d;
		size_t at = 0;

		assert_int_equal(b->kind, SESSIONS_MESSAGES);
		assert_int_equal(b->way.session, session);
		assert_true(b->octets <= len - got);
		assert_memory_equal(b->data, octets + got, b->octets);
		while (sessions_message(b, &at, &d)) {
			assert_true(d.len >= 16);
			assert_true(d.received > 0);
			messages++;
		}
		assert_int_equal(at, b->octets);
		got += b->octets;
		sessions_give_back(w->sessions, b);
	}
	assert_int_equal(messages, count);
}

/* An empty message of each session. */
static const uint8_t empty[16] = { 0, 10, 0, 16, 0, 0, 0, 1 };

static void
messages_come_whole_however_they_are_cut(void **state)
{
	enum { COUNT = 40 };
	uint8_t octets[COUNT * 100], *to = octets;
	struct sessions_options o;
	struct world w;
	struct stream *s;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		size_t len = 16 + i * 2;

		memset(to, (int)i, len);
		memcpy(to, (const uint8_t[]){ 0, 10, 0, (uint8_t)len }, 4);
		to += len;
	}
	listen_at(&w);
	o = defaults(&w);
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	s = dial(&w);
	expect(&w, SESSIONS_OPENED, 1);
	for (const uint8_t *at = octets; at < to; at++)
		say(s, at, 1);
	expect_messages(&w, 1, octets, (size_t)(to - octets), COUNT);
	say(s, octets, (size_t)(to - octets));
	expect_messages(&w, 1, octets, (size_t)(to - octets), COUNT);
	stream_close(s);
	expect_end(&w, 1, SESSION_ENDED, 2 * COUNT, 0, "");
	leave(&w);
}

static void
each_end_has_its_name(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		bool reset;
		enum session_end end;
		uint64_t messages;
		uint64_t lost;
		const char *text;
	} cases[] = {
		{ "", 0, false, SESSION_ENDED, 0, 0, "" },
		{ "\0\12\0\20............\0\12\0\20..", 22, false, SESSION_CUT, 1, 6, "" },
		{ "\0\12\0\20............GET / HTTP/1.1", 30, false, SESSION_GARBAGE, 1, 14, "version is 18245" },
		{ "\0\11\0\20............", 16, false, SESSION_GARBAGE, 0, 16, "NetFlow 9 has no message length" },
		{ "\0\12\0\17............", 16, false, SESSION_GARBAGE, 0, 16, "message of 15 octets" },
		{ "\0\12\0\20............", 16, true, SESSION_BROKEN, 1, 0, "reset" },
	};
	struct sessions_options o;
	struct world w;

	(void)state;
	listen_at(&w);
	o = defaults(&w);
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct linger at_once = { .l_onoff = 1 };
		struct stream *s = dial(&w);

		expect(&w, SESSIONS_OPENED, i + 1);
		if (cases[i].len > 0)
			say(s, cases[i].octets, cases[i].len);
		if (cases[i].messages > 0)
			expect_messages(&w, i + 1, (const uint8_t *)cases[i].octets, 16, 1);
		if (cases[i].reset)
			setsockopt(stream_fd(s), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
		stream_close(s);
		expect_end(&w, i + 1, cases[i].end, cases[i].messages, cases[i].lost, cases[i].text);
	}
	leave(&w);
}

static void
who_is_slow_or_silent_is_sent_away(void **state)
{
	struct sessions_options o;
	struct stream *slow, *silent;
	struct world w;

	(void)state;
	listen_at(&w);
	o = defaults(&w);
	o.message = SECOND / 4;
	o.idle = SECOND;
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	silent = dial(&w);
	expect(&w, SESSIONS_OPENED, 1);
	slow = dial(&w);
	expect(&w, SESSIONS_OPENED, 2);
	say(slow, empty, 10);
	expect_end(&w, 2, SESSION_SLOW_MESSAGE, 0, 10, "");
	expect_end(&w, 1, SESSION_IDLE, 0, 0, "");
	stream_close(slow);
	stream_close(silent);
	leave(&w);
}

static void
sessions_are_bounded(void **state)
{
	struct prefix here = { .bits = 32 };
	struct sessions_options o;
	struct stream *s[3];
	struct sessions_batch *b;
	struct world w;

	(void)state;
	assert_true(text_parse_address("127.0.0.1", &here.address));
	listen_at(&w);
	o = defaults(&w);
	o.allowed = &here;
	o.allowed_count = 1;
	o.max_per_source = 2;
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	s[0] = dial(&w);
	expect(&w, SESSIONS_OPENED, 1);
	s[1] = dial(&w);
	expect(&w, SESSIONS_OPENED, 2);
	s[2] = dial(&w);
	b = next(&w);
	assert_int_equal(b->kind, SESSIONS_REFUSED);
	assert_false(b->not_allowed);
	sessions_give_back(w.sessions, b);
	stream_close(s[2]);
	stream_close(s[0]);
	expect_end(&w, 1, SESSION_ENDED, 0, 0, "");
	s[2] = dial(&w);
	expect(&w, SESSIONS_OPENED, 3);
	for (size_t i = 1; i < 3; i++)
		stream_close(s[i]);
	leave(&w);

	here.address.octets[3] = 2;
	listen_at(&w);
	o.listeners = &w.listener;
	o.tls = w.tls;
	o.ctx = &w;
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	s[0] = dial(&w);
	b = next(&w);
	assert_int_equal(b->kind, SESSIONS_REFUSED);
	assert_true(b->not_allowed);
	sessions_give_back(w.sessions, b);
	stream_close(s[0]);
	leave(&w);
}

/* One that has said nothing gives way to another source, one that has not. */
static void
the_silent_give_way(void **state)
{
	struct sessions_options o;
	struct stream *s[4];
	struct world w;

	(void)state;
	listen_at(&w);
	listener_close(w.listener);
	w.at = (struct endpoint){ .scheme = ENDPOINT_TCP, .port = "0" };
	assert_int_equal(listener_open(&w.at, &w.listener, NULL), STATUS_OK);
	snprintf(w.at.port, sizeof w.at.port, "%u", listener_port(w.listener));
	o = defaults(&w);
	o.max = 2;
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	strcpy(w.at.host, "127.0.0.1");
	s[0] = dial(&w);
	expect(&w, SESSIONS_OPENED, 1);
	say(s[0], empty, 16);
	expect_messages(&w, 1, empty, 16, 1);
	s[1] = dial(&w);
	expect(&w, SESSIONS_OPENED, 2);
	strcpy(w.at.host, "::1");
	s[2] = dial(&w);
	expect_end(&w, 2, SESSION_GAVE_WAY, 0, 0, "");
	{
		struct sessions_batch *b = next(&w);

		assert_int_equal(b->kind, SESSIONS_OPENED);
		assert_int_equal(b->way.src.family, 6);
		sessions_give_back(w.sessions, b);
	}
	s[3] = dial(&w); /* the silent one is of the same source */
	{
		struct sessions_batch *b = next(&w);

		assert_int_equal(b->kind, SESSIONS_REFUSED);
		sessions_give_back(w.sessions, b);
	}
	for (size_t i = 0; i < 4; i++)
		stream_close(s[i]);
	leave(&w);
}

static void
nothing_is_lost_where_nobody_takes_it(void **state)
{
	enum { MESSAGES = 400, LEN = 60000 };
	uint8_t *message = calloc(1, LEN);
	struct sessions_options o;
	struct stream *s;
	struct world w;
	size_t sent = 0, refusals = 0, got = 0;

	(void)state;
	memcpy(message, (const uint8_t[]){ 0, 10, LEN >> 8, LEN & 0xff }, 4);
	listen_at(&w);
	o = defaults(&w);
	o.idle = SECOND; /* which does not count while it is the collector that waits */
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	s = dial(&w);
	expect(&w, SESSIONS_OPENED, 1);
	while (sent < (size_t)MESSAGES * LEN) {
		struct pollfd p = { .fd = stream_fd(s), .events = POLLOUT };
		size_t put;
		enum status st = stream_write(s, message + sent % LEN, LEN - sent % LEN, &put, NULL);

		if (st == STATUS_OK) {
			sent += put;
			continue;
		}
		assert_int_equal(st, STATUS_LIMIT);
		/* the sender has to wait, first of all until the silence would have been too long */
		if (poll(&p, 1, refusals == 0 ? 1300 : 1) == 0) {
			struct sessions_batch *b = next(&w);

			refusals++;
			assert_int_equal(b->kind, SESSIONS_MESSAGES);
			got += b->octets;
			sessions_give_back(w.sessions, b);
		}
	}
	assert_true(refusals > 0);
	stream_close(s);
	while (got < sent) {
		struct sessions_batch *b = next(&w);

		assert_int_equal(b->kind, SESSIONS_MESSAGES);
		got += b->octets;
		sessions_give_back(w.sessions, b);
	}
	assert_int_equal(got, sent);
	expect_end(&w, 1, SESSION_ENDED, MESSAGES, 0, "");
	free(message);
	leave(&w);
}

static void
what_had_come_is_taken_at_the_end(void **state)
{
	struct sessions_options o;
	struct stream *s;
	struct world w;

	(void)state;
	listen_at(&w);
	o = defaults(&w);
	o.octets = 1; /* full as soon as there is anything: it stays in the kernel */
	assert_int_equal(sessions_open(&o, &w.sessions, NULL), STATUS_OK);
	s = dial(&w);
	while (sem_wait(&w.filled) != 0)
		;
	say(s, empty, 16);
	say(s, empty, 9);
	sessions_stop(w.sessions);
	expect(&w, SESSIONS_OPENED, 1);
	expect_messages(&w, 1, empty, 16, 1);
	expect_end(&w, 1, SESSION_STOPPED, 1, 9, "");
	stream_close(s);
	leave(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_whole_however_they_are_cut),
		cmocka_unit_test(each_end_has_its_name),
		cmocka_unit_test(who_is_slow_or_silent_is_sent_away),
		cmocka_unit_test(sessions_are_bounded),
		cmocka_unit_test(the_silent_give_way),
		cmocka_unit_test(nothing_is_lost_where_nobody_takes_it),
		cmocka_unit_test(what_had_come_is_taken_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
