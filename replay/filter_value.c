/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_value.h"

#include <string.h>
#include <strings.h>

#include "flow/protocol.h"

/* The longest value: two IPv6 addresses with a hyphen between. */
enum { VALUE_MAX = 128 };

/* IANA's flowEndReason (element 136). */
static const struct {
	const char *name;
	int value;
} reasons[] = {
	{ "idle", 1 }, { "active", 2 }, { "end", 3 }, { "forced", 4 }, { "resources", 5 },
};

enum filter_value_kind
filter_value_kind(enum column_id id)
{
	static const enum filter_value_kind by_type[] = {
		[COLUMN_TYPE_TIME] = FILTER_VALUE_TIME,
		[COLUMN_TYPE_INT32] = FILTER_VALUE_NUMBER,
		[COLUMN_TYPE_INT64] = FILTER_VALUE_NUMBER,
		[COLUMN_TYPE_ADDRESS] = FILTER_VALUE_ADDRESS,
		[COLUMN_TYPE_MAC] = FILTER_VALUE_MAC,
		[COLUMN_TYPE_TEXT] = FILTER_VALUE_TEXT,
		[COLUMN_TYPE_OCTETS] = FILTER_VALUE_OCTETS,
	};

	switch (id) {
	case COLUMN_PROTOCOL:
		return FILTER_VALUE_PROTOCOL;
	case COLUMN_END_REASON:
		return FILTER_VALUE_REASON;
	case COLUMN_TCP_FLAGS:
	case COLUMN_REV_TCP_FLAGS:
	case COLUMN_INITIAL_TCP_FLAGS:
	case COLUMN_REV_INITIAL_TCP_FLAGS:
		return FILTER_VALUE_FLAGS;
	case COLUMN_FLOW_START_NS:
	case COLUMN_FLOW_END_NS:
		return FILTER_VALUE_NANOS;
	default:
		return by_type[column_infos[id].type];
	}
}

int64_t
filter_value_limit(enum column_id id)
{
	switch (id) {
	case COLUMN_SRC_PORT:
	case COLUMN_DST_PORT:
	case COLUMN_NAT_SRC_PORT:
	case COLUMN_NAT_DST_PORT:
	case COLUMN_EXPORTER_PORT:
		return UINT16_MAX;
	case COLUMN_PROTOCOL:
	case COLUMN_TOS:
	case COLUMN_REV_TOS:
	case COLUMN_ICMP_TYPE:
	case COLUMN_ICMP_CODE:
		return UINT8_MAX;
	case COLUMN_VLAN:
	case COLUMN_INNER_VLAN:
		return 4095;
	default:
		return INT64_MAX;
	}
}

const char *
filter_value_expected(enum filter_value_kind kind)
{
	static const char *const expected[] = {
		[FILTER_VALUE_NUMBER] = "a number or a range (80, 64k, 1024-65535)",
		[FILTER_VALUE_ADDRESS] = "an address, not a name (10.0.0.1, 10.0.0.0/8, 2001:db8::/32)",
		[FILTER_VALUE_MAC] = "a MAC address (00:11:22:33:44:55)",
		[FILTER_VALUE_PROTOCOL] = "a protocol's name or number (tcp, 47)",
		[FILTER_VALUE_REASON] = "idle, active, end, forced, resources or a number",
		[FILTER_VALUE_FLAGS] = "TCP flags (S, S/SA, 0x02; letters of FSRPAUEC)",
		[FILTER_VALUE_TIME] = "a time (2026-11-23T07:44:00Z, 2026/11/23.07:44:00, @1700000000)",
		[FILTER_VALUE_NANOS] = "a time (2026-11-23T07:44:00Z, 2026/11/23.07:44:00, @1700000000)",
		[FILTER_VALUE_DURATION] = "a duration (90s, 5m, 200ms)",
		[FILTER_VALUE_TEXT] = "a text (\"http\")",
		[FILTER_VALUE_OCTETS] = "hexadecimal digits (0d000050)",
	};

	return expected[kind];
}

/* The factor behind a number: nfdump's powers of 1000, or those of 1024 with an i; 0: unknown. */
static uint64_t
unit(const char *s)
{
	static const char letters[] = "kmgt";
	char letter = (char)(*s | 0x20);
	const char *at = *s == '\0' ? NULL : strchr(letters, letter);
	uint64_t base = 1000, factor = 1;

	if (*s == '\0')
		return 1;
	if (at == NULL || *at == '\0')
		return 0;
	if (s[1] == 'i')
		base = 1024;
	if (s[1] != '\0' && (s[1] != 'i' || s[2] != '\0'))
		return 0;
	for (const char *p = letters; p <= at; p++)
		factor *= base;
	return factor;
}

static bool
parse_hex(const char *s, int64_t *out)
{
	uint64_t v = 0;

	if (*s == '\0' || strlen(s) > 15)
		return false;
	for (; *s != '\0'; s++) {
		const char *digits = "0123456789abcdef";
		const char *at = strchr(digits, *s >= 'A' && *s <= 'F' ? *s | 0x20 : *s);

		if (at == NULL)
			return false;
		v = v << 4 | (uint64_t)(at - digits);
	}
	*out = (int64_t)v;
	return true;
}

static bool
parse_number(const char *s, int64_t *out)
{
	size_t digits = strspn(s, "0123456789");
	char number[24];
	uint64_t v, factor;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return parse_hex(s + 2, out);
	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, s, digits);
	number[digits] = '\0';
	factor = unit(s + digits);
	if (factor == 0 || !text_parse_u64(number, INT64_MAX / factor, &v))
		return false;
	*out = (int64_t)(v * factor);
	return true;
}

static bool
parse_duration(const char *s, int64_t *out)
{
	int64_t nanos;
	uint64_t millis;

	if (text_parse_u64(s, INT64_MAX / 1000, &millis)) {
		*out = (int64_t)millis * 1000;
		return true;
	}
	if (!text_parse_duration(s, &nanos))
		return false;
	*out = nanos / 1000;
	return true;
}

static bool
parse_time(const char *s, bool fine, int64_t *out)
{
	int64_t nanos;

	if (!text_parse_time(s, &nanos))
		return false;
	/* Rounded down, also before 1970. */
	*out = fine ? nanos : nanos / 1000 - (nanos % 1000 < 0);
	return true;
}

static bool
parse_mac(const char *s, int64_t *out)
{
	char hex[13];
	uint8_t mac[6];
	uint64_t v = 0;

	if (strlen(s) != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		if (i % 3 == 2 && s[i] != ':' && s[i] != '-')
			return false;
		if (i % 3 != 2)
			hex[i - i / 3] = (char)(s[i] >= 'A' && s[i] <= 'F' ? s[i] | 0x20 : s[i]);
	}
	hex[12] = '\0';
	if (!text_parse_hex(hex, mac, sizeof(mac)))
		return false;
	for (size_t i = 0; i < sizeof(mac); i++)
		v = v << 8 | mac[i];
	*out = (int64_t)v;
	return true;
}

static bool
parse_protocol(const char *s, int64_t *out)
{
	uint8_t number;

	if (!protocol_parse(s, &number))
		return parse_number(s, out);
	*out = number;
	return true;
}

static bool
parse_reason(const char *s, int64_t *out)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcasecmp(reasons[i].name, s) == 0) {
			*out = reasons[i].value;
			return true;
		}
	}
	return parse_number(s, out);
}

bool
filter_value_net(struct filter_value *v, unsigned prefix)
{
	unsigned bits = v->first.family == 4 ? 32 : 128;

	if (prefix > bits)
		return false;
	v->last = v->first;
	for (unsigned i = prefix; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		v->first.octets[i / 8] &= (uint8_t)~bit;
		v->last.octets[i / 8] |= bit;
	}
	return true;
}

static bool
parse_address(char *s, struct filter_value *out)
{
	struct filter_value v = { 0 };
	char *slash = strchr(s, '/');
	char *hyphen = strchr(s, '-');
	uint64_t prefix;

	if (slash != NULL)
		*slash = '\0';
	else if (hyphen != NULL)
		*hyphen = '\0';
	if (!text_parse_address(s, &v.first))
		return false;
	v.last = v.first;
	if (slash != NULL) {
		if (!text_parse_u64(slash + 1, 128, &prefix) || !filter_value_net(&v, (unsigned)prefix))
			return false;
	} else if (hyphen != NULL) {
		if (!text_parse_address(hyphen + 1, &v.last) || v.last.family != v.first.family ||
		    memcmp(v.first.octets, v.last.octets, sizeof(v.first.octets)) > 0)
			return false;
	}
	*out = v;
	return true;
}

static bool
parse_one(enum filter_value_kind kind, const char *s, int64_t *out)
{
	switch (kind) {
	case FILTER_VALUE_PROTOCOL:
		return parse_protocol(s, out);
	case FILTER_VALUE_REASON:
		return parse_reason(s, out);
	case FILTER_VALUE_MAC:
		return parse_mac(s, out);
	case FILTER_VALUE_TIME:
	case FILTER_VALUE_NANOS:
		return parse_time(s, kind == FILTER_VALUE_NANOS, out);
	case FILTER_VALUE_DURATION:
		return parse_duration(s, out);
	default:
		return parse_number(s, out);
	}
}

bool
filter_value_parse(enum filter_value_kind kind, const char *s, size_t len,
    struct filter_value *out)
{
	char copy[VALUE_MAX];
	struct filter_value v = { 0 };
	char *hyphen;

	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, s, len);
	copy[len] = '\0';
	if (kind == FILTER_VALUE_ADDRESS)
		return parse_address(copy, out);
	hyphen = strchr(copy, '-');
	if (parse_one(kind, copy, &v.low)) {
		v.high = v.low;
	} else {
		if (kind == FILTER_VALUE_MAC || kind == FILTER_VALUE_TIME || hyphen == NULL)
			return false;
		*hyphen = '\0';
		if (!parse_one(kind, copy, &v.low) || !parse_one(kind, hyphen + 1, &v.high) ||
		    v.low > v.high)
			return false;
	}
	*out = v;
	return true;
}

static bool
parse_letters(const char *s, size_t len, int32_t *out)
{
	static const char letters[] = "FSRPAUEC";
	int32_t bits = 0;

	for (size_t i = 0; i < len; i++) {
		char c = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 'a' + 'A' : s[i]);
		const char *at = c == '\0' ? NULL : strchr(letters, c);

		if (c == 'X')
			bits |= 0xff;
		else if (at != NULL)
			bits |= (int32_t)1 << (at - letters);
		else
			return false;
	}
	*out = bits;
	return true;
}

bool
filter_value_flags(const char *s, size_t len, struct filter_flags *out)
{
	const char *slash = memchr(s, '/', len);
	size_t head = slash == NULL ? len : (size_t)(slash - s);
	struct filter_flags v = { .letters = slash == NULL };

	if (len == 0 || !parse_letters(s, head, &v.want))
		return false;
	v.mask = v.want;
	if (slash != NULL && (head + 1 == len || !parse_letters(slash + 1, len - head - 1, &v.mask)))
		return false;
	/* A flag that is wanted but masked out could never match: it is a slip. */
	if ((v.want & ~v.mask) != 0)
		return false;
	*out = v;
	return true;
}

bool
filter_value_netmask(const char *s, size_t len, unsigned *prefix)
{
	char copy[VALUE_MAX];
	struct address a;
	uint32_t hosts;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, s, len);
	copy[len] = '\0';
	if (!text_parse_address(copy, &a) || a.family != 4)
		return false;
	hosts = ~((uint32_t)a.octets[0] << 24 | (uint32_t)a.octets[1] << 16 |
	    (uint32_t)a.octets[2] << 8 | a.octets[3]);
	if ((hosts & (hosts + 1)) != 0)
		return false;
	*prefix = 32;
	for (; hosts != 0; hosts >>= 1)
		--*prefix;
	return true;
}
