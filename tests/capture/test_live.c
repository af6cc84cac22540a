/* SPDX-License-Identifier: BSD-2-Clause */
/* In a network namespace of its own, whose loopback interface carries what the test sends. */
#include "capture/live.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

enum { PORT = 4739, BATCH = 64, TURNS = 50 };

/* False where this process may not have a network of its own. */
static bool
own_network(void)
{
#ifdef __linux__
	struct ifreq r = { .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	strcpy(r.ifr_name, "lo");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) != 0)
		return false;
	return close(fd) == 0;
#else
	return false;
#endif
}

static void
send_datagrams(unsigned count, size_t size)
{
	static const uint8_t octets[2000];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int from = socket(AF_INET, SOCK_DGRAM, 0), sink = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(sink, (struct sockaddr *)&to, sizeof to), 0);
	while (count-- > 0)
		assert_int_equal(sendto(from, octets, size, 0, (struct sockaddr *)&to, sizeof to), size);
	close(from);
	close(sink);
}

static const char *const loopback[] = { "lo" };

static struct live *
open_live(uint32_t snap_length, const char *filter)
{
	const struct live_options o = { .interfaces = loopback, .interface_count = 1,
		.snap_length = snap_length, .ring = 2 << 20, .promiscuous = true, .filter = filter };
	struct live *l = NULL;
	struct fault f = { 0 };

	assert_int_equal(live_open(&o, &l, &f), STATUS_OK);
	return l;
}

/* Reads until `count` packets came, or nothing more does; what came. */
static unsigned
read_packets(struct live *l, unsigned count, struct packet *last)
{
	struct packet batch[BATCH];
	struct fault f = { 0 };
	unsigned seen = 0;

	for (int turn = 0; turn < TURNS && seen < count; turn++) {
		size_t n;

		assert_int_equal(live_next(l, batch, BATCH, 100, &n, &f), STATUS_OK);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(batch[i].frame, seen + i + 1);
		seen += (unsigned)n;
		if (n > 0)
			*last = batch[n - 1];
	}
	return seen;
}

static void
what_is_sent_is_read(void **state)
{
	struct live *l = open_live(64, NULL);
	const struct live_interface *in;
	struct packet last;
	size_t count;

	(void)state;
	send_datagrams(300, 500);
	assert_int_equal(read_packets(l, 300, &last), 300);
	assert_int_equal(last.captured, 64);
	assert_int_equal(last.wire, 14 + 20 + 8 + 500);
	assert_int_equal(last.link_type, 1);
	assert_int_equal(last.input, 0);
	assert_true(last.fine);
	assert_true(last.time > INT64_C(1700000000000000000));
	assert_int_equal(last.data[12] << 8 | last.data[13], 0x0800);
	live_stop(l);
	send_datagrams(10, 20);
	assert_int_equal(read_packets(l, 1, &last), 0); /* nothing enters any more */
	live_count(l);
	in = live_interfaces(l, &count);
	assert_int_equal(count, 1);
	assert_string_equal(in->name, "lo");
	assert_int_equal(in->packets, 300);
	/* The loopback interface has each packet on its way out and in; libpcap shows it once. */
	assert_int_equal(in->counts.received, 2 * 300);
	assert_int_equal(in->counts.dropped, 0);
	assert_int_equal(in->snap_length, 64);
	assert_false(in->gone);
	live_close(l);
}

static void
the_filter_is_the_kernels(void **state)
{
	struct live *l = open_live(LIVE_SNAP_MAX, "udp dst port 4739 and greater 400");
	const struct live_interface *in;
	struct packet last;
	size_t count;

	(void)state;
	send_datagrams(20, 500);
	send_datagrams(30, 100);
	assert_int_equal(read_packets(l, 20, &last), 20);
	assert_int_equal(last.captured, last.wire);
	live_count(l);
	in = live_interfaces(l, &count);
	assert_int_equal(in->counts.received, 2 * 20); /* the others never were */
	live_close(l);
}

/* Nobody reads: the ring holds what it can, and all else is counted. */
static void
a_full_ring_is_counted(void **state)
{
	struct live *l = open_live(LIVE_SNAP_MAX, NULL);
	const struct live_interface *in;
	struct packet last;
	unsigned seen;
	size_t count;

	(void)state;
	send_datagrams(6000, 1400);
	live_stop(l);
	seen = read_packets(l, 6000, &last);
	live_count(l);
	in = live_interfaces(l, &count);
	assert_true(in->counts.dropped > 0);
	assert_int_equal(in->counts.received, 2 * 6000);
	assert_in_range(in->counts.dropped + seen, 6000, 2 * 6000);
	live_close(l);
}

static void
mistakes_are_told(void **state)
{
	static const char *const absent[] = { "nosuch0" };
	static const char *const empty[] = { "" };
	struct live_options o = { .interfaces = absent, .interface_count = 1, .snap_length = 64,
		.ring = 1 << 20 };
	struct live *l = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(live_open(&o, &l, &f), STATUS_ABSENT);
	assert_string_equal(f.file, "nosuch0");
	f = (struct fault) { 0 };
	o.interfaces = empty;
	assert_int_equal(live_open(&o, &l, &f), STATUS_USAGE);
	f = (struct fault) { 0 };
	o.interfaces = loopback;
	o.filter = "tcp and port";
	assert_int_equal(live_open(&o, &l, &f), STATUS_USAGE);
	assert_null(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_is_read),
		cmocka_unit_test(the_filter_is_the_kernels),
		cmocka_unit_test(a_full_ring_is_counted),
		cmocka_unit_test(mistakes_are_told),
	};

	if (!own_network()) {
		print_message("skip: no network namespaces in this kernel\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
