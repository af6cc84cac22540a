/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blast IF COUNT [PACKETS-A-SECOND [FLOWS [SIZE [FIRST]]]]: sends COUNT UDP packets over IPv4 and Ethernet
 * by a packet socket, of FLOWS flows in turn,
 * which are numbered from FIRST: the low 16 bits are the source port, the others in the address.
 * Prints COUNT, which the kernel took.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { BURST = 64, HEADERS = 42, SIZE_MAX_HERE = 1514 };

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Ethernet, IPv4 with a checksum, UDP without. */
static void
fill(uint8_t *p, unsigned size, unsigned flow)
{
	static const uint8_t head[HEADERS] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0,
		0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1, 0, 0, 0, 53 };
	uint32_t sum = 0;

	memset(p, 0, size);
	memcpy(p, head, sizeof head);
	put16(p + 16, size - 14);
	p[28] = (uint8_t)(flow >> 16);
	put16(p + 34, flow & 0xffff);
	put16(p + 38, size - 34);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(p + 24, ~sum & 0xffff);
}

static int
open_socket(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		perror(name);
		exit(2);
	}
	return fd;
}

/* One burst; what the queue has no room for is tried again. */
static void
send_all(int fd, struct mmsghdr *messages, unsigned count)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (count > 0) {
		int n = sendmmsg(fd, messages, count, 0);

		if (n < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
			perror("sendmmsg");
			exit(2);
		}
		if (n < 0) {
			(void)poll(&p, 1, 10);
			continue;
		}
		messages += n;
		count -= (unsigned)n;
	}
}

int
main(int argc, char **argv)
{
	static uint8_t packets[BURST][SIZE_MAX_HERE];
	struct mmsghdr messages[BURST];
	struct iovec parts[BURST];
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	double rate = argc > 3 ? atof(argv[3]) : 0;
	unsigned flows = argc > 4 ? (unsigned)atoi(argv[4]) : 1;
	unsigned size = argc > 5 ? (unsigned)atoi(argv[5]) : 60;
	unsigned first = argc > 6 ? (unsigned)atoi(argv[6]) : 0;
	int64_t start = clock_monotonic_nanos();
	int fd;

	if (argc < 3 || flows == 0 || size < HEADERS || size > SIZE_MAX_HERE)
		return 2;
	fd = open_socket(argv[1]);
	for (uint64_t sent = 0; sent < count;) {
		unsigned n = count - sent < BURST ? (unsigned)(count - sent) : BURST;

		memset(messages, 0, sizeof messages);
		for (unsigned i = 0; i < n; i++) {
			fill(packets[i], size, first + (unsigned)((sent + i) % flows));
			parts[i] = (struct iovec) { packets[i], size };
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		send_all(fd, messages, n);
		sent += n;
		if (rate > 0)
			clock_sleep_until(start + (int64_t)((double)sent / rate * 1e9));
	}
	printf("%" PRIu64 "\n", count);
	return close(fd) != 0;
}
