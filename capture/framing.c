/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/framing.h"

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

/* A first set whose id is possible and which lies within the message; or none. */
static bool
is_message(const uint8_t *data, size_t left)
{
	struct cursor c = cursor_over(data, left);
	size_t said, set;
	uint16_t id;

	if (cursor_be16(&c) != DIALECT_IPFIX)
		return false;
	said = cursor_be16(&c);
	cursor_skip(&c, IPFIX_HEADER_SIZE - FRAMING_LOOK);
	id = cursor_be16(&c);
	set = cursor_be16(&c);
	if (said == IPFIX_HEADER_SIZE)
		return true;
	return cursor_ok(&c) && said >= IPFIX_HEADER_SIZE + IPFIX_SET_HEADER_SIZE &&
	    (id == TEMPLATE_SET || id == OPTIONS_SET || id >= DATA_SET_MIN) &&
	    set >= IPFIX_SET_HEADER_SIZE && set <= said - IPFIX_HEADER_SIZE;
}

/* What is behind it does not contradict. */
static bool
is_followed(const uint8_t *data, size_t left, bool whole)
{
	size_t said = load_be16(data + 2);

	if (left == said)
		return true;
	if (left < said + 2)
		return !whole;
	return load_be16(data + said) == DIALECT_IPFIX;
}

size_t
framing_find(const uint8_t *data, size_t len, bool whole)
{
	enum { LEAST = IPFIX_HEADER_SIZE + IPFIX_SET_HEADER_SIZE };

	for (size_t at = 1; at < len; at++) {
		if (data[at] != 0)
			continue;
		if (len - at < LEAST) {
			if (!whole)
				return at;
			if (len - at != IPFIX_HEADER_SIZE)
				continue;
		}
		if (is_message(data + at, len - at) && is_followed(data + at, len - at, whole))
			return at;
	}
	return len;
}
