/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/receive.h"

static uint8_t buffer[RECEIVE_BATCH * RECEIVE_OCTETS_MAX];

static struct receiver *
listen_on(const char *host, uint64_t octets)
{
	const struct receive_options o = { .host = host, .port = "0", .buffer = octets };
	struct receiver *r = NULL;

	assert_int_equal(receive_open(&o, &r, NULL), STATUS_OK);
	assert_true(receive_port(r) != 0);
	return r;
}

/* A socket that sends to the receiver over IPv4 or IPv6; -1 where there is no IPv6. */
static int
sender_to(const struct receiver *r, int family)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(receive_port(r)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(receive_port(r)),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(family, SOCK_DGRAM, 0);
	int rc = family == AF_INET ? connect(fd, (struct sockaddr *)&in, sizeof in)
	                           : connect(fd, (struct sockaddr *)&in6, sizeof in6);

	if (fd >= 0 && rc != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static size_t
get(struct receiver *r, struct received *out, size_t max)
{
	struct pollfd p = { .fd = receive_fd(r), .events = POLLIN };
	size_t count = 0;

	assert_int_equal(poll(&p, 1, 2000), 1);
	assert_int_equal(receive_batch(r, 77, buffer, sizeof buffer, max, out, &count, NULL), STATUS_OK);
	return count;
}

static void
what_came_and_whence(void **state)
{
	(void)state;
	struct receiver *r = listen_on("127.0.0.1", 0);
	int fd = sender_to(r, AF_INET);
	struct sockaddr_in own;
	socklen_t len = sizeof own;
	struct received got[RECEIVE_BATCH];
	static uint8_t large[60000];

	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	memset(large, 7, sizeof large);
	assert_int_equal(send(fd, "one", 3, 0), 3);
	assert_int_equal(send(fd, "", 0, 0), 0);
	assert_int_equal(send(fd, large, sizeof large, 0), sizeof large);
	assert_int_equal(get(r, got, RECEIVE_BATCH), 3);
	assert_int_equal(got[0].len, 3);
	assert_memory_equal(got[0].data, "one", 3);
	assert_int_equal(got[1].len, 0);
	assert_int_equal(got[2].len, sizeof large);
	assert_memory_equal(got[2].data, large, sizeof large);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(got[i].from.family, 4);
		assert_int_equal(got[i].from.octets[3], 1);
		assert_int_equal(got[i].from_port, ntohs(own.sin_port));
		assert_false(got[i].cut);
#ifdef __linux__
		assert_int_equal(got[i].to.family, 4);
		assert_int_equal(got[i].to.octets[0], 127);
		assert_true(got[i].time > INT64_C(1600000000000000000)); /* the kernel's */
#endif
	}
	/* nothing more: it does not wait */
	size_t count = 9;
	assert_int_equal(receive_batch(r, 77, buffer, sizeof buffer, 9, got, &count, NULL), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(receive_dropped(r), 0);
	close(fd);
	receive_close(r);
}

static void
no_more_than_fits(void **state)
{
	(void)state;
	struct receiver *r = listen_on("127.0.0.1", 0);
	int fd = sender_to(r, AF_INET);
	struct received got[RECEIVE_BATCH];
	size_t count;

	for (int i = 0; i < 5; i++)
		assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(get(r, got, 2), 2);
	assert_int_equal(receive_batch(r, 1, buffer, RECEIVE_OCTETS_MAX + 5, 9, got, &count, NULL),
	    STATUS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(receive_batch(r, 1, buffer, 5, 9, got, &count, NULL), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(get(r, got, 9), 2);
	close(fd);
	receive_close(r);
}

static void
both_families(void **state)
{
	(void)state;
	struct receiver *r = listen_on(NULL, 0);
	int four = sender_to(r, AF_INET), six = sender_to(r, AF_INET6);
	struct received got[RECEIVE_BATCH];

	assert_true(four >= 0);
	assert_int_equal(send(four, "4", 1, 0), 1);
	assert_int_equal(get(r, got, 9), 1);
	assert_int_equal(got[0].from.family, 4);
	assert_int_equal(got[0].from.octets[0], 127);
	close(four);
	if (six >= 0) {
		assert_int_equal(send(six, "6", 1, 0), 1);
		assert_int_equal(get(r, got, 9), 1);
		assert_int_equal(got[0].from.family, 6);
		assert_int_equal(got[0].from.octets[15], 1);
		close(six);
	}
	receive_close(r);
}

#ifdef __linux__
/* More than the socket holds: what the kernel dropped is told with what comes next. */
static void
drops_are_counted(void **state)
{
	(void)state;
	enum { SENT = 2000 };
	struct receiver *r = listen_on("127.0.0.1", 1 << 16);
	int fd = sender_to(r, AF_INET);
	struct received got[RECEIVE_BATCH];
	size_t count, all = 0;
	static uint8_t octets[1000];

	for (int i = 0; i < SENT; i++)
		assert_int_equal(send(fd, octets, sizeof octets, 0), sizeof octets);
	do {
		assert_int_equal(receive_batch(r, 1, buffer, sizeof buffer, RECEIVE_BATCH, got, &count,
		                     NULL), STATUS_OK);
		all += count;
	} while (count > 0);
	assert_true(all < SENT);
	assert_int_equal(send(fd, octets, sizeof octets, 0), sizeof octets);
	all += get(r, got, 9);
	assert_int_equal(all + receive_dropped(r), SENT + 1);
	close(fd);
	receive_close(r);
}
#endif

static void
refuses(void **state)
{
	(void)state;
	struct receiver *r = listen_on("127.0.0.1", 0), *again = NULL;
	char port[8];
	struct receive_options o = { .host = "127.0.0.1", .port = port };
	struct fault f = { 0 };
	int pipes[2];

	snprintf(port, sizeof port, "%u", receive_port(r));
	assert_int_equal(receive_open(&o, &again, &f), STATUS_IO);
	assert_non_null(strstr(f.text, "cannot listen on 127.0.0.1 port"));
	assert_null(again);
	f = (struct fault){ 0 };
	o.port = "no-port";
	assert_int_equal(receive_open(&o, &again, &f), STATUS_USAGE);
	o = (struct receive_options){ .host = "127.0.0.1", .port = "0", .group = "10.0.0.1" };
	f = (struct fault){ 0 };
	assert_int_not_equal(receive_open(&o, &again, &f), STATUS_OK);
	assert_int_equal(pipe(pipes), 0);
	f = (struct fault){ 0 };
	assert_int_equal(receive_adopt(pipes[0], 0, &again, &f), STATUS_USAGE);
	close(pipes[0]);
	close(pipes[1]);
	receive_close(r);
	receive_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_and_whence),
		cmocka_unit_test(no_more_than_fits),
		cmocka_unit_test(both_families),
#ifdef __linux__
		cmocka_unit_test(drops_are_counted),
#endif
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
