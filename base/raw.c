/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/raw.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/cursor.h"

enum {
	IPV4_OCTETS = 20,
	IPV6_OCTETS = 40,
	UDP_OCTETS = 8,
	HEADERS_MAX = IPV6_OCTETS + UDP_OCTETS,
	HOPS = 64
};

enum status
raw_open(uint8_t family, int *fd, struct fault *f)
{
	int got, on = 1;

#ifndef __linux__
	if (family == 6)
		return fault_set(f, STATUS_UNSUPPORTED, NULL,
		    "this system has no raw sockets on which IPv6 headers can be written");
#endif
	got = socket(family == 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (got < 0 && (errno == EPERM || errno == EACCES))
		return fault_errno(f, NULL, "a source address that is not ours needs a raw socket, and that "
		    "CAP_NET_RAW (or root)");
	if (got < 0)
		return fault_errno(f, NULL, "cannot open a raw socket");
	if (family == 4)
		(void)setsockopt(got, IPPROTO_IP, IP_HDRINCL, &on, sizeof on); /* IPPROTO_RAW implies it here */
	*fd = got;
	return STATUS_OK;
}

/* RFC 1071. */
static uint64_t
add_words(uint64_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += load_be16(p + i);
	return len % 2 != 0 ? sum + ((uint64_t)p[len - 1] << 8) : sum;
}

static uint16_t
fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* RFC 768; RFC 8200 section 8.1. */
static void
put_udp(uint8_t *p, const struct raw_end *from, const struct raw_end *to, const void *data,
    size_t len)
{
	size_t size = from->address.family == 4 ? 4 : 16;
	uint64_t sum = IPPROTO_UDP + UDP_OCTETS + len;
	uint16_t check;

	store_be16(p, from->port);
	store_be16(p + 2, to->port);
	store_be16(p + 4, (uint16_t)(UDP_OCTETS + len));
	store_be16(p + 6, 0);
	sum = add_words(sum, from->address.octets, size);
	sum = add_words(sum, to->address.octets, size);
	sum = add_words(sum, p, UDP_OCTETS);
	check = fold(add_words(sum, data, len));
	store_be16(p + 6, check != 0 ? check : 0xffff);
}

static size_t
put_headers(uint8_t *p, const struct raw_end *from, const struct raw_end *to, const void *data,
    size_t len)
{
	size_t head = from->address.family == 4 ? IPV4_OCTETS : IPV6_OCTETS;

	memset(p, 0, head);
	if (head == IPV4_OCTETS) {
		p[0] = 0x45;
		store_be16(p + 2, (uint16_t)(IPV4_OCTETS + UDP_OCTETS + len));
		p[8] = HOPS;
		p[9] = IPPROTO_UDP;
		memcpy(p + 12, from->address.octets, 4);
		memcpy(p + 16, to->address.octets, 4);
		store_be16(p + 10, fold(add_words(0, p, IPV4_OCTETS)));
	} else {
		p[0] = 0x60;
		store_be16(p + 4, (uint16_t)(UDP_OCTETS + len));
		p[6] = IPPROTO_UDP;
		p[7] = HOPS;
		memcpy(p + 8, from->address.octets, 16);
		memcpy(p + 24, to->address.octets, 16);
	}
	put_udp(p + head, from, to, data, len);
	return head + UDP_OCTETS;
}

static socklen_t
put_name(struct sockaddr_storage *out, const struct raw_end *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof *out);
	if (to->address.family == 4) {
		memcpy(&in.sin_addr, to->address.octets, 4);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
	memcpy(&in6.sin6_addr, to->address.octets, 16); /* its port must be 0 on raw sockets */
	memcpy(out, &in6, sizeof in6);
	return sizeof in6;
}

enum status
raw_send(int fd, const struct raw_end *from, const struct raw_end *to, const void *data, size_t len,
    struct fault *f)
{
	uint8_t headers[HEADERS_MAX];
	struct sockaddr_storage name;
	struct iovec parts[2] = { { headers, 0 }, { NULL, len } };
	struct msghdr m = { .msg_name = &name, .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;
	int err;

	if (len > UINT16_MAX - HEADERS_MAX)
		return fault_set(f, STATUS_IO, NULL, "a datagram of %zu octets", len);
	parts[0].iov_len = put_headers(headers, from, to, data, len);
	memcpy(&parts[1].iov_base, &data, sizeof data);
	m.msg_namelen = put_name(&name, to);
	do {
		n = sendmsg(fd, &m, 0);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return STATUS_OK;
	err = errno;
	(void)fault_errno(f, NULL, "cannot send a datagram of %zu octets", len);
	if (err == EAGAIN || err == ENOBUFS)
		return STATUS_LIMIT;
	return err == EHOSTUNREACH || err == ENETUNREACH ? STATUS_ABSENT : STATUS_IO;
}
