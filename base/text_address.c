/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/cursor.h"

static size_t
text_ipv4(char *out, const uint8_t *p)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		unsigned v = p[i];

		if (i > 0)
			out[n++] = '.';
		if (v >= 100)
			out[n++] = (char)('0' + v / 100);
		if (v >= 10)
			out[n++] = (char)('0' + v / 10 % 10);
		out[n++] = (char)('0' + v % 10);
	}
	out[n] = '\0';
	return n;
}

/* RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals. */
static int
longest_zeros(const uint16_t group[8], int *run)
{
	int best = -1, best_len = 1;

	for (int i = 0; i < 8;) {
		int end = i;

		while (end < 8 && group[end] == 0)
			end++;
		if (end - i > best_len) {
			best = i;
			best_len = end - i;
		}
		i = end > i ? end : i + 1;
	}
	*run = best < 0 ? 0 : best_len;
	return best;
}

static size_t
text_group(char *out, uint16_t v)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	if (v >= 0x1000)
		out[n++] = digits[v >> 12];
	if (v >= 0x100)
		out[n++] = digits[v >> 8 & 15];
	if (v >= 0x10)
		out[n++] = digits[v >> 4 & 15];
	out[n++] = digits[v & 15];
	return n;
}

static size_t
text_ipv6(char *out, const uint8_t *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint16_t group[8];
	size_t n = 0;
	int zeros, run;

	for (int i = 0; i < 8; i++)
		group[i] = load_be16(p + 2 * i);
	if (memcmp(p, mapped, sizeof mapped) == 0) {
		memcpy(out, "::ffff:", 7);
		return 7 + text_ipv4(out + 7, p + 12);
	}
	zeros = longest_zeros(group, &run);
	for (int i = 0; i < 8; i++) {
		if (i == zeros) {
			out[n++] = ':';
			if (i == 0)
				out[n++] = ':';
			i += run - 1;
			continue;
		}
		n += text_group(out + n, group[i]);
		if (i < 7)
			out[n++] = ':';
	}
	out[n] = '\0';
	return n;
}

size_t
text_address(char out[TEXT_ADDRESS_MAX], const struct address *a)
{
	if (a->family == 4)
		return text_ipv4(out, a->octets);
	if (a->family == 6)
		return text_ipv6(out, a->octets);
	out[0] = '\0';
	return 0;
}

/* One of the four numbers, at *at, which moves behind it. */
static bool
parse_octet(const uint8_t **at, const uint8_t *end, uint8_t *out)
{
	const uint8_t *p = *at;
	unsigned v = 0;

	while (p < end && *p >= '0' && *p <= '9' && v < 26)
		v = 10 * v + (unsigned)(*p++ - '0');
	if (p == *at || v > 255 || (**at == '0' && p - *at > 1))
		return false;
	*at = p;
	*out = (uint8_t)v;
	return true;
}

bool
text_parse_ipv4(const uint8_t *s, size_t len, struct address *out)
{
	const uint8_t *at = s, *end = s + len;
	struct address a = { .family = 4 };

	for (size_t i = 0; i < 4; i++)
		if ((i > 0 && (at == end || *at++ != '.')) || !parse_octet(&at, end, &a.octets[i]))
			return false;
	if (at != end)
		return false;
	*out = a;
	return true;
}

bool
text_parse_address(const char *s, struct address *out)
{
	struct address a = { .family = 0 };

	if (inet_pton(AF_INET, s, a.octets) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, s, a.octets) == 1)
		a.family = 6;
	else
		return false;
	*out = a;
	return true;
}
