/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_VALUE_H
#define REPLAY_FILTER_VALUE_H

/* The values of the filter language: what a word after a column's name means. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "flow/column.h"

enum filter_value_kind {
	FILTER_VALUE_NUMBER,   /* 80, 0x50, 64k, 1Mi, 1024-65535 */
	FILTER_VALUE_ADDRESS,  /* 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9 */
	FILTER_VALUE_MAC,      /* 00:11:22:33:44:55 */
	FILTER_VALUE_PROTOCOL, /* tcp, 6 */
	FILTER_VALUE_REASON,   /* idle, 1 */
	FILTER_VALUE_FLAGS,    /* S, S/SA, 0x02 */
	FILTER_VALUE_TIME,     /* RFC 3339 and the rest of text_parse_time; microseconds */
	FILTER_VALUE_NANOS,    /* the same in nanoseconds */
	FILTER_VALUE_DURATION, /* 90s, 200ms; a bare number is milliseconds; microseconds */
	FILTER_VALUE_TEXT,
	FILTER_VALUE_OCTETS    /* hexadecimal digits */
};

struct filter_value {
	int64_t low, high;           /* all kinds but addresses; equal unless a range was given */
	struct address first, last;  /* ADDRESS */
};

/* The bits of TCP's flags by letter, FSRPAUEC (RFC 9293 section 3.1), X for all. */
struct filter_flags {
	int32_t mask, want;
	bool letters; /* no mask was given */
};

/* How a column's values are written. */
enum filter_value_kind filter_value_kind(enum column_id id);
/* The largest value that makes sense in the column. */
int64_t filter_value_limit(enum column_id id);
/* "a port number or range"-like words for the message that one is missing. */
const char *filter_value_expected(enum filter_value_kind kind);
/* Not for FLAGS with letters, TEXT and OCTETS. */
bool filter_value_parse(enum filter_value_kind kind, const char *s, size_t len,
    struct filter_value *out);
/* "S", "S/SA". */
bool filter_value_flags(const char *s, size_t len, struct filter_flags *out);
/* A contiguous IPv4 netmask as a prefix length. */
bool filter_value_netmask(const char *s, size_t len, unsigned *prefix);
/* The addresses that share `prefix` bits with *v's first, into *v; false where it is too long. */
bool filter_value_net(struct filter_value *v, unsigned prefix);

#endif
