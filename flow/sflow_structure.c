/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sflow_structure.h"

#include <stdio.h>

enum {
	NAME_MAX_OCTETS = 48, /* of a field, with the NUL; a test looks at all */
	MAC_PADDED = 8,       /* XDR fills opaque[6] up */
	AS_SET = 1
};

static const struct sflow_structure structures[] = {
#define SFLOW(kind, enterprise, format, name, fields) \
	{ SFLOW_FORMAT(enterprise, format), SFLOW_##kind, #name, fields },
#include "flow/sflow.def"
#undef SFLOW
};

enum { STRUCTURES = sizeof structures / sizeof structures[0] };

const struct sflow_structure *
sflow_structure_find(enum sflow_kind kind, uint32_t format)
{
	for (size_t i = 0; i < STRUCTURES; i++)
		if (structures[i].format == format && structures[i].kind == kind)
			return &structures[i];
	return NULL;
}

const struct sflow_structure *
sflow_structure_table(size_t *count)
{
	*count = STRUCTURES;
	return structures;
}

/* One field of the layout: its name, and the letter of its type (0: unsigned int). */
struct layout_field {
	char name[NAME_MAX_OCTETS];
	char type;
};

/* Takes the next field off the text; false at its end. */
static bool
next_field(const char **at, struct layout_field *out)
{
	const char *p = *at;
	size_t n = 0;

	while (*p == ' ')
		p++;
	if (*p == '\0')
		return false;
	while (*p != '\0' && *p != ' ' && *p != ':' && n + 1 < sizeof out->name)
		out->name[n++] = *p++;
	out->name[n] = '\0';
	out->type = 0;
	if (*p == ':') {
		out->type = p[1];
		p += 2;
	}
	*at = p;
	return true;
}

static void
write_address(struct jsonw *j, const struct address *a)
{
	char text[TEXT_ADDRESS_MAX];

	if (a->family == 0) {
		jsonw_null(j);
		return;
	}
	(void)text_address(text, a);
	jsonw_str(j, text);
}

static void
write_mac(struct jsonw *j, const uint8_t *mac)
{
	char text[TEXT_MAC_MAX];

	(void)text_mac(text, mac);
	jsonw_str(j, text);
}

/* The manifest's JSON has no floats. */
static void
write_float(struct jsonw *j, uint32_t bits)
{
	char text[64];
	float v;

	memcpy(&v, &bits, sizeof v);
	snprintf(text, sizeof text, "%.9g", (double)v);
	jsonw_str(j, text);
}

/* RFC 3032 section 2.1. */
static void
write_label(struct jsonw *j, uint32_t v)
{
	jsonw_object(j);
	jsonw_key_u64(j, "label", v >> 12);
	jsonw_key_u64(j, "tc", v >> 9 & 7);
	jsonw_key_bool(j, "bottom", (v >> 8 & 1) != 0);
	jsonw_key_u64(j, "ttl", v & 0xff);
	jsonw_object_end(j);
}

static void
write_tag(struct jsonw *j, uint32_t v)
{
	jsonw_object(j);
	jsonw_key_u64(j, "tpid", v >> 16);
	jsonw_key_u64(j, "priority", v >> 13 & 7);
	jsonw_key_bool(j, "dei", (v >> 12 & 1) != 0);
	jsonw_key_u64(j, "vlan", v & 0xfff);
	jsonw_object_end(j);
}

static void
write_number(struct jsonw *j, uint32_t v)
{
	jsonw_u64(j, v);
}

/* A count and so many unsigned ints: only those that are there are written. */
static void
write_array(struct cursor *c, struct jsonw *j, void (*element)(struct jsonw *, uint32_t))
{
	uint32_t count = cursor_be32(c);

	jsonw_array(j);
	if (count > cursor_left(c) / 4)
		cursor_fail(c);
	for (uint32_t i = 0; i < count && cursor_ok(c); i++)
		element(j, cursor_be32(c));
	jsonw_array_end(j);
}

/* Segments, each a type and a list of AS numbers. */
static void
write_path(struct cursor *c, struct jsonw *j)
{
	uint32_t count = cursor_be32(c);

	jsonw_array(j);
	for (uint32_t i = 0; i < count && cursor_ok(c); i++) {
		uint32_t type = cursor_be32(c);

		if (!cursor_ok(c))
			break;
		jsonw_object(j);
		jsonw_key(j, type == AS_SET ? "set" : "sequence");
		write_array(c, j, write_number);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

/* Adapters of a host: ifIndex, and its MACs. */
static void
write_adapters(struct cursor *c, struct jsonw *j)
{
	uint32_t count = cursor_be32(c);

	jsonw_array(j);
	for (uint32_t i = 0; i < count && cursor_ok(c); i++) {
		uint32_t index = cursor_be32(c), macs = cursor_be32(c);

		if (!cursor_ok(c))
			break;
		jsonw_object(j);
		jsonw_key_u64(j, "ifIndex", index);
		jsonw_key(j, "mac");
		jsonw_array(j);
		for (uint32_t k = 0; k < macs && cursor_ok(c); k++) {
			const uint8_t *mac = cursor_bytes(c, MAC_PADDED);

			if (mac != NULL)
				write_mac(j, mac);
		}
		jsonw_array_end(j);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

/* Some agents fill texts up with zeros; the format's JSON has none inside of one (hex then). */
static void
write_text(struct jsonw *j, const uint8_t *p, size_t len)
{
	while (len > 0 && p[len - 1] == 0)
		len--;
	if (len > 0 && memchr(p, 0, len) != NULL)
		jsonw_hex(j, p, len);
	else
		jsonw_text(j, p, len);
}

/* string<> and opaque<>, with their padding; a length beyond the end fails. */
static void
write_octets(struct cursor *c, struct jsonw *j, bool text)
{
	uint32_t length = cursor_be32(c), padding = -length & 3;
	const uint8_t *p = cursor_bytes(c, length);

	if (p == NULL)
		jsonw_null(j);
	else if (text)
		write_text(j, p, length);
	else
		jsonw_hex(j, p, length);
	if (p != NULL)
		cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
}

static void
write_ip(struct cursor *c, struct jsonw *j, unsigned version)
{
	struct address a = { .family = (uint8_t)version };

	cursor_copy(c, a.octets, version == 4 ? 4 : 16);
	write_address(j, &a);
}

/* Fields of several octets, or of no fixed length. */
static void
write_compound(struct cursor *c, struct jsonw *j, char type)
{
	struct address a;

	switch (type) {
	case 'a':
		a = sflow_address(c);
		if (!cursor_ok(c))
			a.family = 0;
		write_address(j, &a);
		break;
	case '4':
		write_ip(c, j, 4);
		break;
	case '6':
		write_ip(c, j, 6);
		break;
	case 's':
		write_octets(c, j, true);
		break;
	case 'o':
		write_octets(c, j, false);
		break;
	case 'l':
		write_array(c, j, write_number);
		break;
	case 'L':
		write_array(c, j, write_label);
		break;
	case 'T':
		write_array(c, j, write_tag);
		break;
	case 'P':
		write_path(c, j);
		break;
	default: /* 'A' */
		write_adapters(c, j);
		break;
	}
}

/* Fields of a fixed number of octets: false where the type is none of these. */
static bool
write_simple(struct cursor *c, struct jsonw *j, char type)
{
	const uint8_t *p;
	uint32_t v;

	switch (type) {
	case 0:
		jsonw_u64(j, cursor_be32(c));
		return true;
	case 'k':
		v = cursor_be32(c);
		if (v == UINT32_MAX)
			jsonw_null(j);
		else
			jsonw_u64(j, v);
		return true;
	case 'h':
		jsonw_u64(j, cursor_be64(c));
		return true;
	case 'i':
		jsonw_i64(j, (int32_t)cursor_be32(c));
		return true;
	case 'f':
		write_float(j, cursor_be32(c));
		return true;
	case 'm':
	case 'g':
		p = cursor_bytes(c, type == 'm' ? MAC_PADDED : 16);
		if (p != NULL && type == 'm')
			write_mac(j, p);
		else if (p != NULL)
			jsonw_hex(j, p, 16);
		return true;
	default:
		return false;
	}
}

/* Octets that a field has at least: one of which these lack is not begun. */
static size_t
least_octets(char type)
{
	switch (type) {
	case 'h':
	case 'm':
		return 8;
	case '6':
	case 'g':
		return 16;
	default:
		return 4;
	}
}

bool
sflow_structure_write(const struct sflow_structure *s, struct cursor body, struct jsonw *j)
{
	const char *at = s->fields;
	struct layout_field field;

	jsonw_object(j);
	while (cursor_ok(&body) && next_field(&at, &field)) {
		if (cursor_left(&body) < least_octets(field.type)) {
			cursor_fail(&body);
			break;
		}
		jsonw_key(j, field.name);
		if (!write_simple(&body, j, field.type))
			write_compound(&body, j, field.type);
	}
	if (cursor_ok(&body) && cursor_left(&body) > 0)
		jsonw_key_hex(j, "more", body.at, cursor_left(&body));
	jsonw_object_end(j);
	return cursor_ok(&body);
}
