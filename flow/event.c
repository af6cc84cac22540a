/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/event.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "flow/community_id.h"
#include "flow/format_row.h"
#include "flow/icmp.h"
#include "flow/protocol.h"
#include "flow/sflow.h"

enum { MICROS = 1000000, DEPTH = 8 };

static bool
say(struct event_value *v, enum event_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Text that was made here; what would not fit (nothing does not) is left out. */
static bool
say(struct event_value *v, enum event_kind kind, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(v->text, sizeof v->text, fmt, ap);
	va_end(ap);
	v->kind = kind;
	v->data = (const uint8_t *)v->text;
	v->len = n < 0 ? 0 : (size_t)n;
	return v->len > 0 && v->len < sizeof v->text;
}

static bool
constant(const struct event_field *f, enum event_kind kind, struct event_value *v)
{
	v->kind = kind;
	v->data = (const uint8_t *)f->text;
	v->len = strlen(f->text);
	return true;
}

static bool
plain(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	enum column_type type = column_infos[f->column].type;

	if (!table_has(r->table, f->column, r->row))
		return false;
	if (type == COLUMN_TYPE_TEXT || type == COLUMN_TYPE_OCTETS) {
		v->data = table_bytes(r->table, f->column, r->row, &v->len);
		v->kind = type == COLUMN_TYPE_TEXT ? EVENT_IS_TEXT : EVENT_IS_OCTETS;
		return v->len > 0; /* an empty text says no more than none */
	}
	v->kind = type == COLUMN_TYPE_INT32 || type == COLUMN_TYPE_INT64 ? EVENT_IS_NUMBER
	                                                                 : EVENT_IS_TEXT;
	v->data = (const uint8_t *)v->text;
	v->len = (size_t)(format_scalar(v->text, &r->table->columns[f->column], type, r->row) - v->text);
	return true;
}

static bool
sum(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	uint64_t total = (uint64_t)table_int(r->table, f->column, r->row) +
	    (uint64_t)table_int(r->table, f->second, r->row);

	if (!table_has(r->table, f->column, r->row) && !table_has(r->table, f->second, r->row))
		return false;
	return say(v, EVENT_IS_NUMBER, "%" PRIu64, total);
}

/* Seconds with six decimals, also of times before 1970. */
static bool
seconds(struct event_value *v, int64_t micros)
{
	uint64_t size = micros < 0 ? 0 - (uint64_t)micros : (uint64_t)micros;

	return say(v, EVENT_IS_NUMBER, "%s%" PRIu64 ".%06" PRIu64, micros < 0 ? "-" : "", size / MICROS,
	    size % MICROS);
}

/* Between two columns, neither null and the second not before the first. */
static bool
between(const struct event_row *r, enum column_id start, enum column_id end, int64_t *out)
{
	return table_has(r->table, start, r->row) && table_has(r->table, end, r->row) &&
	    !__builtin_sub_overflow(table_i64(r->table, end, r->row), table_i64(r->table, start, r->row),
	        out) && *out >= 0;
}

static bool
duration(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	int64_t micros, nanos;

	if (!between(r, COLUMN_FLOW_START, COLUMN_FLOW_END, &micros))
		return false;
	if (f->as == EVENT_DURATION_S)
		return seconds(v, micros);
	if (!between(r, COLUMN_FLOW_START_NS, COLUMN_FLOW_END_NS, &nanos) &&
	    __builtin_mul_overflow(micros, (int64_t)1000, &nanos))
		return false;
	return say(v, EVENT_IS_NUMBER, "%" PRId64, nanos);
}

/* The column, or `second` where it is null. */
static enum column_id
first_of(const struct event_field *f, const struct event_row *r)
{
	return f->second == COLUMN_NONE || table_has(r->table, f->column, r->row) ? f->column : f->second;
}

static bool
first(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	const struct event_field chosen = { .column = first_of(f, r) };

	return plain(&chosen, r, v);
}

static bool
instant(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	enum column_id id = f->as == EVENT_NANOS ? f->column : first_of(f, r);
	int64_t micros = table_i64(r->table, id, r->row), nanos;

	if (f->as == EVENT_NANOS && f->second != COLUMN_NONE && table_has(r->table, f->second, r->row))
		return say(v, EVENT_IS_NUMBER, "%" PRId64, table_i64(r->table, f->second, r->row));
	if (!table_has(r->table, id, r->row))
		return false;
	if (f->as == EVENT_SECONDS)
		return seconds(v, micros);
	if (f->as == EVENT_MILLIS)
		return say(v, EVENT_IS_NUMBER, "%" PRId64, micros / 1000);
	return !__builtin_mul_overflow(micros, (int64_t)1000, &nanos) &&
	    say(v, EVENT_IS_NUMBER, "%" PRId64, nanos);
}

static bool
protocol(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	int64_t number = table_int(r->table, f->column, r->row);
	const char *name = number >= 0 && number <= 255 ? protocol_name((unsigned)number) : NULL;

	if (!table_has(r->table, f->column, r->row))
		return false;
	if (name == NULL)
		return say(v, EVENT_IS_TEXT, "%" PRId64, number);
	if (f->as == EVENT_PROTO_KEYWORD && number == PROTOCOL_ICMPV6)
		name = "ipv6-icmp";
	(void)say(v, EVENT_IS_TEXT, "%s", name);
	for (size_t i = 0; i < v->len && f->as != EVENT_PROTO_NAME; i++) {
		unsigned char c = (unsigned char)v->text[i];

		v->text[i] = (char)(f->as == EVENT_PROTO_UPPER ? toupper(c) : tolower(c));
	}
	return true;
}

static bool
flags(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
	uint64_t bits = (uint64_t)table_int(r->table, f->column, r->row);
	char *p = v->text;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (p != v->text)
			*p++ = ',';
		memcpy(p, names[i], 3);
		p += 3;
	}
	v->kind = EVENT_IS_TEXT;
	v->data = (const uint8_t *)v->text;
	v->len = (size_t)(p - v->text);
	return v->len > 0;
}

static bool
mac(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	if (!plain(f, r, v))
		return false;
	for (size_t i = 0; i < v->len; i++)
		v->text[i] = v->text[i] == ':' ? '-' : (char)toupper((unsigned char)v->text[i]);
	return true;
}

/* The word for a small number; none for those behind the list. */
static bool
word(const struct event_field *f, const struct event_row *r, const char *const *words, size_t count,
    struct event_value *v)
{
	uint64_t n = (uint64_t)table_int(r->table, f->column, r->row);

	return table_has(r->table, f->column, r->row) && n < count && words[n] != NULL &&
	    say(v, EVENT_IS_TEXT, "%s", words[n]);
}

static bool
worded(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	static const char *const ways[] = { "ingress", "egress" };
	static const char *const way_numbers[] = { "0", "1" };
	static const char *const reasons[] = { NULL, "idle timeout", "active timeout",
		"end of flow detected", "forced end", "lack of resources" };
	static const char *const exports[] = { [1] = "NETFLOW_V1", [5] = "NETFLOW_V5",
		[7] = "NETFLOW_V7", [9] = "NETFLOW_V9", [10] = "IPFIX", [SFLOW_PROTOCOL] = "SFLOW_5" };
	static const char *const low[] = { [4] = "ipv4", [6] = "ipv6" };
	static const char *const mixed[] = { [4] = "IPv4", [6] = "IPv6" };

	switch (f->as) {
	case EVENT_INGRESS:
		return word(f, r, ways, sizeof ways / sizeof ways[0], v);
	case EVENT_WAY:
		return word(f, r, way_numbers, sizeof way_numbers / sizeof way_numbers[0], v);
	case EVENT_END_REASON:
		return word(f, r, reasons, sizeof reasons / sizeof reasons[0], v);
	case EVENT_EXPORT:
		return word(f, r, exports, sizeof exports / sizeof exports[0], v);
	case EVENT_IP_LOWER:
		return word(f, r, low, sizeof low / sizeof low[0], v);
	default:
		return word(f, r, mixed, sizeof mixed / sizeof mixed[0], v);
	}
}

/* firewallEvent (233): 1 created, 2 deleted, 3 denied, 4 alert, 5 update. */
static bool
action(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	int64_t n = table_int(r->table, f->column, r->row);

	return say(v, EVENT_IS_TEXT, "%s", n == 3 ? "blocked" : n == 2 ? "teardown" : "allowed");
}

static bool
addresses(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	char text[2][TEXT_ADDRESS_MAX];
	const enum column_id ids[] = { f->column, f->second };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (table_has(r->table, ids[i], r->row))
			text_address(text[n++], &r->table->columns[ids[i]].v.address[r->row]);
	if (n == 2 && strcmp(text[0], text[1]) == 0)
		n = 1;
	return n > 0 && say(v, EVENT_IS_JSON, n == 2 ? "[\"%s\",\"%s\"]" : "[\"%s\"]", text[0], text[1]);
}

static bool
network(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	int64_t length = table_int(r->table, f->second, r->row);
	char text[TEXT_ADDRESS_MAX];
	struct address a;

	if (!table_has(r->table, f->column, r->row) || !table_has(r->table, f->second, r->row))
		return false;
	a = r->table->columns[f->column].v.address[r->row];
	if (length < 0 || length > (a.family == 4 ? 32 : 128))
		return false; /* exporters send anything */
	for (int64_t bit = length; bit < 128; bit++)
		a.octets[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
	text_address(text, &a);
	return say(v, EVENT_IS_TEXT, "%s/%" PRId64, text, length);
}

static bool
of_family(const struct event_field *f, const struct event_row *r, uint8_t family,
    struct event_value *v)
{
	return table_has(r->table, f->column, r->row) &&
	    r->table->columns[f->column].v.address[r->row].family == family && plain(f, r, v);
}

static bool
icmp(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	uint8_t type, code;

	return icmp_of_row(r->table, r->row, &type, &code) &&
	    say(v, EVENT_IS_NUMBER, "%u", f->as == EVENT_ICMP_TYPE ? type : code);
}

/* The one that was archived, which may have a seed, else our own. */
static bool
community(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	char text[COMMUNITY_ID_SIZE];

	if (table_has(r->table, f->column, r->row))
		return plain(f, r, v);
	return community_id_of_row(r->table, r->row, text) && say(v, EVENT_IS_TEXT, "%s", text);
}

static bool
identity(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	const struct flow_place *p = r->place;
	char hex[65];

	if (p == NULL || p->manifest == NULL)
		return false;
	if (f->as == EVENT_SEGMENT)
		return say(v, EVENT_IS_NUMBER, "%" PRIu64, p->sequence);
	if (f->as == EVENT_ARCHIVE)
		return say(v, EVENT_IS_TEXT, "%s", p->archive);
	if (f->as == EVENT_SHORT_ID)
		return say(v, EVENT_IS_TEXT, "%" PRIu64 ":%" PRIu64, p->sequence, p->row + r->row);
	text_hex(hex, p->manifest, 32);
	return say(v, EVENT_IS_TEXT, "%s:%" PRIu64, hex, p->row + r->row);
}

bool
event_value(const struct event_field *f, const struct event_row *r, struct event_value *v)
{
	switch (f->as) {
	case EVENT_PLAIN:
		return plain(f, r, v);
	case EVENT_FIRST:
		return first(f, r, v);
	case EVENT_QUOTED:
		if (!plain(f, r, v))
			return false;
		v->kind = EVENT_IS_TEXT;
		return true;
	case EVENT_CONST:
		return constant(f, EVENT_IS_TEXT, v);
	case EVENT_CONST_JSON:
		return constant(f, EVENT_IS_JSON, v);
	case EVENT_SUM:
		return sum(f, r, v);
	case EVENT_DURATION_NS:
	case EVENT_DURATION_S:
		return duration(f, r, v);
	case EVENT_MILLIS:
	case EVENT_SECONDS:
	case EVENT_NANOS:
		return instant(f, r, v);
	case EVENT_PROTO_LOWER:
	case EVENT_PROTO_UPPER:
	case EVENT_PROTO_NAME:
	case EVENT_PROTO_KEYWORD:
		return protocol(f, r, v);
	case EVENT_FLAGS:
		return flags(f, r, v);
	case EVENT_MAC_HYPHENS:
		return mac(f, r, v);
	case EVENT_INGRESS:
	case EVENT_WAY:
	case EVENT_END_REASON:
	case EVENT_EXPORT:
	case EVENT_IP_LOWER:
	case EVENT_IP_MIXED:
		return worded(f, r, v);
	case EVENT_ACTION:
		return action(f, r, v);
	case EVENT_ADDRESSES:
		return addresses(f, r, v);
	case EVENT_ICMP_TYPE:
	case EVENT_ICMP_CODE:
		return icmp(f, r, v);
	case EVENT_COMMUNITY_ID:
		return community(f, r, v);
	case EVENT_NETWORK:
		return network(f, r, v);
	case EVENT_IPV4:
		return of_family(f, r, 4, v);
	case EVENT_IPV6:
		return of_family(f, r, 6, v);
	case EVENT_ID:
	case EVENT_SHORT_ID:
	case EVENT_ARCHIVE:
	case EVENT_SEGMENT:
		return identity(f, r, v);
	}
	return false;
}

/* The objects that are open, by the part of the name that opened each. */
struct nesting {
	struct jsonw json;
	struct {
		const char *at;
		size_t len;
	} open[DEPTH];
	unsigned depth;
};

/* Closes and opens objects until the last part of the name is all that is left; returns that. */
static const char *
descend(struct nesting *n, const char *name)
{
	unsigned level = 0;
	const char *dot;

	while ((dot = strchr(name, '.')) != NULL && level < DEPTH) {
		size_t len = (size_t)(dot - name);
		bool same = level < n->depth && n->open[level].len == len &&
		    memcmp(n->open[level].at, name, len) == 0;

		if (!same) {
			char key[64];

			for (; n->depth > level; n->depth--)
				jsonw_object_end(&n->json);
			snprintf(key, sizeof key, "%.*s", (int)len, name);
			jsonw_key(&n->json, key);
			jsonw_object(&n->json);
			n->open[n->depth].at = name;
			n->open[n->depth++].len = len;
		}
		level++;
		name = dot + 1;
	}
	for (; n->depth > level; n->depth--)
		jsonw_object_end(&n->json);
	return name;
}

void
event_json(const struct event_field *fields, const struct event_row *row, struct buf *out)
{
	struct nesting n = { .depth = 0 };
	struct event_value v;

	jsonw_init(&n.json, out);
	jsonw_object(&n.json);
	for (const struct event_field *f = fields; f->name != NULL; f++) {
		if (!event_value(f, row, &v))
			continue;
		jsonw_key(&n.json, descend(&n, f->name));
		if (v.kind == EVENT_IS_TEXT)
			jsonw_text(&n.json, v.data, v.len);
		else if (v.kind == EVENT_IS_OCTETS)
			jsonw_hex(&n.json, v.data, v.len);
		else
			jsonw_raw(&n.json, v.data, v.len);
	}
	for (; n.depth > 0; n.depth--)
		jsonw_object_end(&n.json);
	jsonw_object_end(&n.json);
}
