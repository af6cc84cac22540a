/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sender_option.h"

#include <string.h>

#include "base/text.h"

enum { PART_MAX = 32 };

enum status
sender_option_rate(struct sender_options *o, const char *value, struct fault *f)
{
	char digits[PART_MAX];
	size_t len = strlen(value);
	bool datagrams = len > 0 && value[len - 1] == 'd';

	len -= datagrams;
	if (len < sizeof digits) {
		memcpy(digits, value, len);
		digits[len] = '\0';
		if (text_parse_u64(digits, UINT32_MAX, &o->rate)) {
			o->unit = datagrams ? SENDER_DATAGRAMS : SENDER_RECORDS;
			return STATUS_OK;
		}
	}
	return fault_set(f, STATUS_USAGE, NULL,
	    "--rate %s: a number is expected, or a number and d for datagrams", value);
}

enum status
sender_option_mtu(struct sender_options *o, const char *value, struct fault *f)
{
	uint64_t v;

	if (!text_parse_u64(value, SOCKET_PAYLOAD_MAX, &v) || v < PACK_MESSAGE_LEAST)
		return fault_set(f, STATUS_USAGE, NULL, "--mtu %s: a number from %d to %d is expected",
		    value, PACK_MESSAGE_LEAST, SOCKET_PAYLOAD_MAX);
	o->pack.max_octets = (size_t)v;
	return STATUS_OK;
}

/* A bare number counts datagrams, one with a unit is a time. */
static bool
take_refresh(struct sender_options *o, const char *part)
{
	uint64_t v;

	if (part[strspn(part, "0123456789")] != '\0')
		return text_parse_duration(part, &o->refresh);
	if (!text_parse_u64(part, UINT32_MAX, &v))
		return false;
	o->pack.refresh = (uint32_t)v;
	return true;
}

enum status
sender_option_refresh(struct sender_options *o, const char *value, struct fault *f)
{
	const char *rest = value;
	bool ok;

	do {
		char part[PART_MAX];
		size_t len = strcspn(rest, ",");

		ok = len < sizeof part;
		if (ok) {
			memcpy(part, rest, len);
			part[len] = '\0';
			ok = take_refresh(o, part);
		}
		rest += len + (rest[len] == ',' && rest[len + 1] != '\0');
	} while (ok && *rest != '\0');
	if (!ok)
		return fault_set(f, STATUS_USAGE, NULL,
		    "--refresh %s: a number of datagrams, a time such as 60s, or both are expected", value);
	return STATUS_OK;
}
