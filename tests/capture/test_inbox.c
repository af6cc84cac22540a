/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/inbox.h"

static int64_t
now(void)
{
	return 5;
}

struct sockets {
	struct receiver *receivers[2];
	int senders[2];
	struct inbox *inbox;
};

static void
open_sockets(struct sockets *s, size_t octets)
{
	const struct receive_options o = { .host = "127.0.0.1", .port = "0", .buffer = 4 << 20 };
	struct inbox_options io = { .receivers = s->receivers, .receiver_count = 2, .octets = octets,
		.now = now };

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in in = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

		assert_int_equal(receive_open(&o, &s->receivers[i], NULL), STATUS_OK);
		in.sin_port = htons(receive_port(s->receivers[i]));
		s->senders[i] = socket(AF_INET, SOCK_DGRAM, 0);
		assert_int_equal(connect(s->senders[i], (struct sockaddr *)&in, sizeof in), 0);
	}
	assert_int_equal(inbox_open(&io, &s->inbox, NULL), STATUS_OK);
}

static void
close_sockets(struct sockets *s)
{
	inbox_close(s->inbox);
	for (int i = 0; i < 2; i++) {
		receive_close(s->receivers[i]);
		close(s->senders[i]);
	}
}

static void
send_number(int fd, uint32_t n)
{
	uint8_t octets[600] = { (uint8_t)(n >> 8), (uint8_t)n };

	assert_int_equal(send(fd, octets, sizeof octets, 0), sizeof octets);
}

/* All of a socket's datagrams, in order; how many came in this call. */
static size_t
take_all(struct sockets *s, uint32_t next[2], int millis)
{
	struct inbox_batch *batch;
	size_t all = 0;

	for (;;) {
		assert_int_equal(inbox_take(s->inbox, millis, &batch, NULL), STATUS_OK);
		if (batch == NULL)
			return all;
		for (size_t i = 0; i < batch->count; i++) {
			const struct datagram *d = &batch->datagrams[i];
			int which = d->dst_port == receive_port(s->receivers[1]);

			assert_int_equal(d->len, 600);
			assert_int_equal(d->data[0] << 8 | d->data[1], next[which]++);
		}
		all += batch->count;
		assert_int_equal(batch->dropped, 0);
		inbox_give_back(s->inbox, batch);
	}
}

static void
in_order_from_all(void **state)
{
	(void)state;
	enum { EACH = 700 };
	struct sockets s;
	uint32_t next[2] = { 0, 0 };
	size_t got = 0;

	open_sockets(&s, 1 << 24);
	for (uint32_t i = 0; i < EACH; i++) {
		send_number(s.senders[0], i);
		send_number(s.senders[1], i);
		if (i % 100 == 0)
			got += take_all(&s, next, 0);
	}
	inbox_stop(s.inbox); /* what is in the kernel is received */
	got += take_all(&s, next, 1000);
	assert_int_equal(got, 2 * EACH);
	assert_int_equal(next[0], EACH);
	assert_int_equal(next[1], EACH);
	assert_int_equal(inbox_waits(s.inbox), 0);
	close_sockets(&s);
}

/* With room for next to nothing the rest stays in the kernel, and none is lost by it. */
static void
waits_for_room(void **state)
{
	(void)state;
	struct sockets s;
	uint32_t next[2] = { 0, 0 };
	uint64_t waits = 0;
	size_t got = 0;

	open_sockets(&s, 1);
	for (uint32_t i = 0; i < 500; i++)
		send_number(s.senders[0], i);
	/* nothing is taken until it has come to its bound */
	for (int i = 0; i < 500 && waits == 0; i++) {
		waits = inbox_waits(s.inbox);
		(void)poll(NULL, 0, 10);
	}
	assert_true(waits > 0);
	while (got < 500)
		got += take_all(&s, next, 20);
	assert_int_equal(got, 500);
	assert_int_equal(take_all(&s, next, 0), 0);
	close_sockets(&s);
}

static void
closes_with_something_in_it(void **state)
{
	(void)state;
	struct sockets s;

	open_sockets(&s, 1);
	for (uint32_t i = 0; i < 300; i++)
		send_number(s.senders[1], i);
	close_sockets(&s);
	inbox_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_from_all),
		cmocka_unit_test(waits_for_room),
		cmocka_unit_test(closes_with_something_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
