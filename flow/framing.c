/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/framing.h"

#include "base/cursor.h"
#include "flow/ipfix_decode.h"

enum { TEMPLATE_SET = 2, OPTIONS_SET = 3, DATA_SET_MIN = 256 };

enum status
framing_next(const uint8_t *data, size_t len, size_t *size, struct fault *f)
{
	unsigned version, said;

	*size = FRAMING_LOOK;
	if (len < 2)
		return STATUS_LIMIT;
	version = load_be16(data);
	if (version == 5 || version == DIALECT_NETFLOW9)
		return fault_set(f, STATUS_MALFORMED, NULL, "NetFlow %u has no message length and cannot "
		    "come in a stream: IPFIX, version 10, is expected", version);
	if (version != DIALECT_IPFIX)
		return fault_set(f, STATUS_MALFORMED, NULL,
		    "no IPFIX message begins here: the version is %u, not 10", version);
	if (len < FRAMING_LOOK)
		return STATUS_LIMIT;
	said = load_be16(data + 2);
	if (said < IPFIX_HEADER_SIZE)
		return fault_set(f, STATUS_MALFORMED, NULL,
		    "an IPFIX message of %u octets, which is less than its header has", said);
	*size = said;
	return len < said ? STATUS_LIMIT : STATUS_OK;
}

/* The sets fill it, and their ids are possible; of what is not there nothing is asked. */
static bool
has_sets(struct cursor c, size_t left)
{
	while (left >= IPFIX_SET_HEADER_SIZE && cursor_left(&c) >= IPFIX_SET_HEADER_SIZE) {
		uint16_t id = cursor_be16(&c), len = cursor_be16(&c);

		if (id != TEMPLATE_SET && id != OPTIONS_SET && id < DATA_SET_MIN)
			return false;
		if (len < IPFIX_SET_HEADER_SIZE || len > left)
			return false;
		left -= len;
		len -= IPFIX_SET_HEADER_SIZE;
		cursor_skip(&c, len < cursor_left(&c) ? len : cursor_left(&c));
	}
	return left == 0 || cursor_left(&c) < IPFIX_SET_HEADER_SIZE;
}

bool
framing_here(const uint8_t *data, size_t len, bool whole)
{
	struct cursor c = cursor_over(data, len);
	size_t said;

	if (len == 0 || data[0] != 0)
		return false;
	if (len < IPFIX_HEADER_SIZE)
		return !whole;
	if (cursor_be16(&c) != DIALECT_IPFIX)
		return false;
	said = cursor_be16(&c);
	if (said < IPFIX_HEADER_SIZE || (whole && said > len))
		return false;
	cursor_skip(&c, IPFIX_HEADER_SIZE - FRAMING_LOOK);
	return has_sets(c, said - IPFIX_HEADER_SIZE);
}

size_t
framing_find(const uint8_t *data, size_t len, bool whole)
{
	for (size_t at = 1; at < len; at++)
		if (framing_here(data + at, len - at, whole))
			return at;
	return len;
}
