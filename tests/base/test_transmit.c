/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/transmit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

enum { LARGEST = 1400 };

/* A receiver on the loopback, and a socket connected to it. */
static void
make_pair(int *receiver, struct transmitter *t)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct timeval patience = { 5, 0 };
	socklen_t len = sizeof in;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*receiver = socket(AF_INET, SOCK_DGRAM, 0);
	*t = (struct transmitter){ .fd = socket(AF_INET, SOCK_DGRAM, 0) };
	assert_true(*receiver >= 0 && t->fd >= 0);
	assert_int_equal(bind(*receiver, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(getsockname(*receiver, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(setsockopt(*receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
	assert_int_equal(connect(t->fd, (struct sockaddr *)&in, sizeof in), 0);
}

/* Of one length, of many, shorter at the end, longer at the end: each arrives as it was. */
static void
all_lengths(void **state)
{
	static const size_t lens[][8] = { { 100, 100, 100, 100, 100, 100, 100, 100 },
		{ 100, 100, 100, 40, 100, 100, 7, 1400 }, { 1, 2, 3, 4, 5, 6, 7, 8 },
		{ 8, 7, 6, 5, 4, 3, 2, 1 }, { 1400, 1400, 1400, 1400, 1400, 1400, 1400, 1399 } };
	static uint8_t octets[8][LARGEST], got[LARGEST + 1];
	struct transmitter t;
	int receiver;

	(void)state;
	make_pair(&receiver, &t);
	for (size_t i = 0; i < 8; i++)
		memset(octets[i], (int)('a' + i), LARGEST);
	for (size_t c = 0; c < ARRAY_LEN(lens); c++) {
		struct transmit v[8];
		size_t sent;

		for (size_t i = 0; i < 8; i++)
			v[i] = (struct transmit){ octets[i], lens[c][i] };
		assert_int_equal(transmit_batch(&t, v, 8, &sent, NULL), STATUS_OK);
		assert_int_equal(sent, 8);
		for (size_t i = 0; i < 8; i++) {
			assert_int_equal(recv(receiver, got, sizeof got, 0), lens[c][i]);
			assert_memory_equal(got, octets[i], lens[c][i]);
		}
	}
	close(receiver);
	close(t.fd);
}

/* That nobody listens is told of an earlier datagram; whichever call hears it passes it on. */
static void
refusals_are_told(void **state)
{
	static const uint8_t octets[100];
	struct transmit v[8];
	struct transmitter t;
	struct fault f = { 0 };
	enum status st = STATUS_OK;
	size_t sent, refused = 0;
	int receiver;

	(void)state;
	make_pair(&receiver, &t);
	close(receiver);
	for (size_t i = 0; i < 8; i++)
		v[i] = (struct transmit){ octets, sizeof octets };
	for (int round = 0; round < 20; round++) {
		f = (struct fault){ 0 };
		st = transmit_batch(&t, v, 8, &sent, &f);
		assert_true(st == STATUS_OK || (st == STATUS_ABSENT && f.err == ECONNREFUSED));
		assert_true(st == STATUS_OK ? sent == 8 : sent < 8);
		refused += st == STATUS_ABSENT;
	}
	assert_true(refused >= 9); /* at least every second call hears of the one before it */
	close(t.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_lengths),
		cmocka_unit_test(refusals_are_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
