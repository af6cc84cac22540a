/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/announce.h"

#include <string.h>

enum {
	SCOPE_SYSTEM = 1, /* RFC 3954 section 6.1 */
	SCOPE_OCTETS = 4,
	FIELDS_MAX = 4,
	DETERMINISTIC = 1 /* samplerMode; selectorAlgorithm: systematic count-based (RFC 5477) */
};

/* Where the value of a field comes from. */
enum source { FROM_KEY, FROM_ALGORITHM, FROM_INTERVAL, FROM_ONE, FROM_SPACE, FROM_NAME, FROM_EXPORTER };

struct part {
	uint16_t id;
	uint16_t octets;
	uint8_t source;
};

/*
 * The fields behind the scope, which is all of the system in NetFlow 9 and the observation domain in
 * IPFIX.  nfcapd takes an interface's name from its description, and needs one; others take the name.
 */
static const struct layout {
	struct part fields[2][FIELDS_MAX]; /* NetFlow 9, IPFIX; ends with octets 0 */
} layouts[ANNOUNCE_KINDS] = {
	[ANNOUNCE_SAMPLER] = { {
	    { { 48, 1, FROM_KEY }, { 49, 1, FROM_ALGORITHM }, { 50, 4, FROM_INTERVAL } },
	    { { 302, 8, FROM_KEY }, { 304, 2, FROM_ALGORITHM }, { 305, 4, FROM_ONE }, { 306, 4, FROM_SPACE } },
	} },
	[ANNOUNCE_INTERFACE] = { {
	    { { 10, 4, FROM_KEY }, { 82, 32, FROM_NAME }, { 83, 32, FROM_NAME } },
	    { { 10, 4, FROM_KEY }, { 82, 32, FROM_NAME }, { 83, 32, FROM_NAME } },
	} },
	[ANNOUNCE_INTERFACE_LONG] = { {
	    { { 10, 4, FROM_KEY }, { 82, ANNOUNCE_NAME_MAX, FROM_NAME }, { 83, ANNOUNCE_NAME_MAX, FROM_NAME } },
	    { { 10, 4, FROM_KEY }, { 82, ANNOUNCE_NAME_MAX, FROM_NAME }, { 83, ANNOUNCE_NAME_MAX, FROM_NAME } },
	} },
	[ANNOUNCE_VRF] = { {
	    { { 234, 4, FROM_KEY }, { 236, 32, FROM_NAME } },
	    { { 234, 4, FROM_KEY }, { 236, 32, FROM_NAME } },
	} },
	[ANNOUNCE_VRF_LONG] = { {
	    { { 234, 4, FROM_KEY }, { 236, ANNOUNCE_NAME_MAX, FROM_NAME } },
	    { { 234, 4, FROM_KEY }, { 236, ANNOUNCE_NAME_MAX, FROM_NAME } },
	} },
	[ANNOUNCE_EXPORTER4] = { {
	    { { 130, 4, FROM_EXPORTER } },
	    { { 130, 4, FROM_EXPORTER } },
	} },
	[ANNOUNCE_EXPORTER6] = { {
	    { { 131, 16, FROM_EXPORTER } },
	    { { 131, 16, FROM_EXPORTER } },
	} },
};

enum { OBSERVATION_DOMAIN = 149 };

static const struct part *
fields_of(enum dialect dialect, enum announce_kind kind, size_t *count)
{
	const struct part *fields = layouts[kind].fields[dialect == DIALECT_IPFIX];

	*count = 0;
	while (*count < FIELDS_MAX && fields[*count].octets != 0)
		(*count)++;
	return fields;
}

uint16_t
announcement_id(enum announce_kind kind)
{
	return (uint16_t)(ANNOUNCE_ID_FIRST + kind);
}

/* RFC 3954 section 6.1 has the lengths of both parts, RFC 7011 section 3.4.2.2 counts of fields. */
void
announcement_template(enum dialect dialect, enum announce_kind kind, struct buf *out)
{
	bool ipfix = dialect == DIALECT_IPFIX;
	size_t count;
	const struct part *fields = fields_of(dialect, kind, &count);

	buf_be16(out, announcement_id(kind));
	buf_be16(out, (uint16_t)(ipfix ? count + 1 : 4));
	buf_be16(out, (uint16_t)(ipfix ? 1 : 4 * count));
	buf_be16(out, ipfix ? OBSERVATION_DOMAIN : SCOPE_SYSTEM);
	buf_be16(out, SCOPE_OCTETS);
	for (size_t i = 0; i < count; i++) {
		buf_be16(out, fields[i].id);
		buf_be16(out, fields[i].octets);
	}
}

static void
put_octets(struct buf *out, const uint8_t *from, size_t len, size_t octets)
{
	uint8_t *to = buf_grow(out, octets);

	if (to == NULL)
		return;
	memset(to, 0, octets);
	if (len > 0)
		memcpy(to, from, len < octets ? len : octets);
}

static uint32_t
number_of(const struct announcement *x, enum source source)
{
	switch (source) {
	case FROM_KEY:
		return x->key;
	case FROM_INTERVAL:
		return x->interval;
	case FROM_SPACE:
		return x->interval - 1;
	default: /* FROM_ALGORITHM, FROM_ONE */
		return DETERMINISTIC;
	}
}

void
announcement_record(enum dialect dialect, uint32_t domain, const struct announcement *x, struct buf *out)
{
	size_t count;
	const struct part *fields = fields_of(dialect, x->kind, &count);

	buf_be32(out, domain);
	for (size_t i = 0; i < count; i++) {
		enum source source = (enum source)fields[i].source;

		if (source == FROM_NAME)
			put_octets(out, x->name, x->len, fields[i].octets);
		else if (source == FROM_EXPORTER)
			put_octets(out, x->exporter->octets, fields[i].octets, fields[i].octets);
		else if (fields[i].octets == 1)
			buf_u8(out, (uint8_t)number_of(x, source));
		else if (fields[i].octets == 2)
			buf_be16(out, (uint16_t)number_of(x, source));
		else if (fields[i].octets == 8)
			buf_be64(out, number_of(x, source));
		else
			buf_be32(out, number_of(x, source));
	}
}
