/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

/*
 * Text forms of addresses, times, numbers and bytes, both ways.  Writers put a NUL-ended
 * string into out and return its length; parsers return false and leave *out untouched.
 * Times out are UTC with Z; a time in without a zone is UTC.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IP address in network byte order: family 4 uses octets[0..3], family 6 all, 0 none. */
struct address {
	uint8_t octets[16];
	uint8_t family;
};

enum {
	TEXT_ADDRESS_MAX = 46,
	TEXT_MAC_MAX = 18,
	TEXT_TIME_MAX = 40
};

size_t text_address(char out[TEXT_ADDRESS_MAX], const struct address *a); /* RFC 5952 */
size_t text_mac(char out[TEXT_MAC_MAX], const uint8_t mac[6]);            /* lower case, colons */
size_t text_u64(char out[24], uint64_t v);
size_t text_i64(char out[24], int64_t v);

/* 2026-11-23T07:44:00.123456Z; years outside 0000..9999 print as "@[-]SECONDS.FRACTION". */
size_t text_time_micros(char out[TEXT_TIME_MAX], int64_t micros);
size_t text_time_nanos(char out[TEXT_TIME_MAX], int64_t nanos);

/* "1.2.3.4" or "2001:db8::1"; nothing else (no names). */
bool text_parse_address(const char *s, struct address *out);
/* "1.2.3.4" of len octets, as text_address writes it; false for all else, whatever it is. */
bool text_parse_ipv4(const uint8_t *s, size_t len, struct address *out);
/* RFC 3339, 2026-11-23, @epoch[.fraction], nfdump's 2026/11/23.07:44:00[.mmm]; nanoseconds. */
bool text_parse_time(const char *s, int64_t *nanos);
/* "300", "90s", "5m", "2h", "7d", "1.5s", "200ms": nanoseconds, never negative. */
bool text_parse_duration(const char *s, int64_t *nanos);
/* Decimal, the whole string, at most max. */
bool text_parse_u64(const char *s, uint64_t max, uint64_t *out);
/* Lower-case hex, exactly len octets. */
bool text_parse_hex(const char *s, void *out, size_t len);
/* The same as people type it and other programs print it: capitals as well. */
bool text_parse_hex_typed(const char *s, void *out, size_t len);
void text_hex(char *out, const void *data, size_t len); /* 2 * len + 1 bytes */

/*
 * Escapes for terminals, logs and reports: control characters, DEL, C1, bidi and
 * invalid UTF-8 become \xNN, octet by octet; cut to size - 1 bytes on a character's border.
 */
size_t text_escape(char *out, size_t size, const void *data, size_t len);

#endif
