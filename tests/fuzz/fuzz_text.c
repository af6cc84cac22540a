/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parsers of base/text.h on one string, and its octets as numbers, times, addresses: what
 * is parsed prints as something that parses to the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
nanos(int64_t v)
{
	char text[TEXT_TIME_MAX];
	int64_t again = 0;

	must(text_time_nanos(text, v) == strlen(text));
	must(text_parse_time(text, &again) && again == v);
	must(text_time_micros(text, v) == strlen(text));
	/* beyond the years of four digits: the number itself, in seconds */
	must(text[0] != '@' || (text[1] == '-') == (v < 0));
	if (text_parse_time(text, &again))
		must(again / 1000 == v && again % 1000 == 0);
}

static void
duration(int64_t v)
{
	char text[32];
	int64_t again = 0;

	must(v >= 0);
	(void)snprintf(text, sizeof text, "%lldns", (long long)v);
	must(text_parse_duration(text, &again) && again == v);
}

static void
number(uint64_t v)
{
	char text[24];
	uint64_t again = 0;

	must(text_u64(text, v) == strlen(text));
	must(text_parse_u64(text, v, &again) && again == v);
	must(v == 0 || !text_parse_u64(text, v - 1, &again));
	must(text_i64(text, (int64_t)v) == strlen(text));
	must(strtoll(text, NULL, 10) == (int64_t)v);
}

static void
address(const struct address *a)
{
	char text[TEXT_ADDRESS_MAX];
	struct address again = { .family = 0 };

	must(text_address(text, a) == strlen(text) && strlen(text) < sizeof text);
	must(text_parse_address(text, &again) && again.family == a->family);
	must(memcmp(again.octets, a->octets, a->family == 4 ? 4 : 16) == 0);
}

/* As long as `size` lets it be, and nothing in it that moves a terminal. */
static void
escape(const uint8_t *data, size_t len, size_t size)
{
	char *out = malloc(size + (size == 0));
	size_t n;

	must(out != NULL);
	n = text_escape(out, size, data, len);
	must(size == 0 ? n == 0 : n < size && strlen(out) == n && utf8_valid(out, n));
	for (size_t i = 0; i < n; i++)
		must((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
	free(out);
}

static void
parse(const char *s, size_t len)
{
	struct address a;
	uint8_t *octets = malloc(len / 2 + 1);
	char *hex = malloc(len + 1);
	uint64_t u;
	int64_t v;

	must(octets != NULL && hex != NULL);
	if (text_parse_time(s, &v))
		nanos(v);
	if (text_parse_duration(s, &v))
		duration(v);
	if (text_parse_u64(s, UINT64_MAX, &u))
		number(u);
	if (text_parse_address(s, &a))
		address(&a);
	if (text_parse_hex(s, octets, len / 2)) {
		text_hex(hex, octets, len / 2);
		must(strcmp(hex, s) == 0);
	}
	free(hex);
	free(octets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a = { .family = 6 };
	char *text = malloc(size + 1);
	int64_t v = 0;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	parse(text, strlen(text));
	free(text);
	if (size >= sizeof v) {
		memcpy(&v, data, sizeof v);
		nanos(v);
		number((uint64_t)v);
	}
	if (size >= sizeof a.octets) {
		memcpy(a.octets, data, sizeof a.octets);
		address(&a);
		a.family = 4;
		address(&a);
	}
	escape(data, size, 4 * size + 1);
	escape(data, size, size);
	return 0;
}
