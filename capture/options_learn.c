/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/options_learn.h"

#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "flow/ipfix_decode.h"
#include "flow/sampling.h"

/* What the values of a record are for. */
enum role {
	ROLE_NONE,
	ROLE_IN_IF,
	ROLE_OUT_IF,
	ROLE_TEMPLATE,
	ROLE_CARD,
	ROLE_SAMPLER,
	ROLE_SEQUENCE,
	ROLE_IN_VRF,
	ROLE_OUT_VRF,
	ROLE_INTERVAL,    /* one in so many, as it is */
	ROLE_RANDOM_INTERVAL,
	ROLE_TOGETHER,    /* samplingPacketInterval */
	ROLE_PAUSE,       /* samplingPacketSpace */
	ROLE_SIZE,        /* so many ... */
	ROLE_POPULATION,  /* ... of so many */
	ROLE_ALGORITHM,
	ROLE_ENTERPRISE,
	ROLE_ELEMENT,
	ROLE_ELEMENT_TYPE,
	ROLE_FACT,        /* kept as a number of its element */
	ROLE_NUMBERS,     /* those above are integers: */
	ROLE_PROBABILITY,
	ROLE_APPLICATION,
	ROLE_IF_NAME,
	ROLE_APPLICATION_NAME,
	ROLE_VRF_NAME,
	ROLE_SAMPLER_NAME,
	ROLE_ELEMENT_NAME,
	ROLE_IF_DESCRIPTION,
	ROLE_APPLICATION_DESCRIPTION,
	ROLE_COUNT
};

enum {
	SCOPE_INTERFACE = 2,
	SCOPE_LINE_CARD = 3,
	SCOPE_TEMPLATE = 5,
	OBSERVATION_DOMAIN = 149,
	ENTERPRISE_BIT = 0x8000, /* which some leave in the id */
	RANDOM_N_OUT_OF_N = 3, /* selectorAlgorithm, RFC 5477 section 8.2.1 */
	FACTS_MAX = 16
};

static const struct {
	uint16_t id; /* IANA's */
	uint8_t role;
} element_roles[] = {
	{ 10, ROLE_IN_IF },
	{ 14, ROLE_OUT_IF },
	{ 34, ROLE_INTERVAL },
	{ 36, ROLE_FACT },
	{ 37, ROLE_FACT },
	{ 40, ROLE_FACT },
	{ 41, ROLE_FACT },
	{ 42, ROLE_FACT },
	{ 48, ROLE_SAMPLER },
	{ 50, ROLE_RANDOM_INTERVAL },
	{ 82, ROLE_IF_NAME },
	{ 83, ROLE_IF_DESCRIPTION },
	{ 84, ROLE_SAMPLER_NAME },
	{ 94, ROLE_APPLICATION_DESCRIPTION },
	{ 95, ROLE_APPLICATION },
	{ 96, ROLE_APPLICATION_NAME },
	{ 141, ROLE_CARD },
	{ 145, ROLE_TEMPLATE },
	{ 160, ROLE_FACT },
	{ 163, ROLE_FACT },
	{ 164, ROLE_FACT },
	{ 165, ROLE_FACT },
	{ 166, ROLE_FACT },
	{ 167, ROLE_FACT },
	{ 168, ROLE_FACT },
	{ 234, ROLE_IN_VRF },
	{ 235, ROLE_OUT_VRF },
	{ 236, ROLE_VRF_NAME },
	{ 301, ROLE_SEQUENCE },
	{ 302, ROLE_SAMPLER },
	{ 303, ROLE_ELEMENT },
	{ 304, ROLE_ALGORITHM },
	{ 305, ROLE_TOGETHER },
	{ 306, ROLE_PAUSE },
	{ 309, ROLE_SIZE },
	{ 310, ROLE_POPULATION },
	{ 311, ROLE_PROBABILITY },
	{ 335, ROLE_SAMPLER_NAME },
	{ 339, ROLE_ELEMENT_TYPE },
	{ 341, ROLE_ELEMENT_NAME },
	{ 346, ROLE_ENTERPRISE },
};

/* A record's values by their roles; the first one that is there counts. */
struct gathered {
	bool has[ROLE_COUNT];
	uint64_t number[ROLE_NUMBERS];
	struct option_text text[ROLE_COUNT];
	double probability;
	uint64_t application;
	size_t fact_count;
	struct {
		uint16_t id;
		uint64_t value;
	} facts[FACTS_MAX];
};

/* RFC 3954 section 6.1. */
static enum role
role_of_scope(unsigned id)
{
	switch (id) {
	case SCOPE_INTERFACE:
		return ROLE_IN_IF;
	case SCOPE_LINE_CARD:
		return ROLE_CARD;
	case SCOPE_TEMPLATE:
		return ROLE_TEMPLATE;
	default: /* the system, a cache */
		return ROLE_NONE;
	}
}

static enum role
role_of(const struct field *field, bool netflow9_scope)
{
	if (netflow9_scope && field->spec->id <= SCOPE_TEMPLATE)
		return role_of_scope(field->spec->id);
	if (field->spec->pen != ELEMENT_PEN_IANA)
		return ROLE_NONE;
	for (size_t i = 0; i < sizeof element_roles / sizeof *element_roles; i++)
		if (element_roles[i].id == field->spec->id)
			return (enum role)element_roles[i].role;
	return ROLE_NONE;
}

/* Up to the zeros that fill it; blanks around say nothing; no text if it is not UTF-8. */
static struct option_text
text_of(const struct field *field)
{
	const char *s = (const char *)field->octets;
	size_t len = field->len == 0 ? 0 : strnlen(s, field->len);

	while (len > 0 && s[len - 1] == ' ')
		len--;
	while (len > 0 && *s == ' ') {
		s++;
		len--;
	}
	return (struct option_text){ s, utf8_valid(s, len) ? len : 0 };
}

bool
option_application_key(const uint8_t *octets, size_t len, uint64_t *key)
{
	uint64_t selector = 0;

	if (len < 2)
		return false;
	for (size_t i = 1; i < len; i++) {
		if (selector >> 48 != 0) /* beyond the seven octets that the key has for it */
			return false;
		selector = selector << 8 | octets[i];
	}
	*key = (uint64_t)octets[0] << 56 | selector;
	return true;
}

uint64_t
option_element_key(uint32_t pen, uint16_t id)
{
	return (uint64_t)pen << 16 | id;
}

uint32_t
option_element_pen(uint64_t key)
{
	return (uint32_t)(key >> 16);
}

uint16_t
option_element_id(uint64_t key)
{
	return (uint16_t)key;
}

static bool
probability_of(const struct field *field, double *out)
{
	struct cursor c = cursor_over(field->octets, field->len);
	uint64_t bits;
	uint32_t few;
	float single;

	if (field->len == sizeof single) { /* RFC 7011 section 6.2: a reduced float64 */
		few = cursor_be32(&c);
		memcpy(&single, &few, sizeof single);
		*out = (double)single;
	} else if (field->len == sizeof *out) {
		bits = cursor_be64(&c);
		memcpy(out, &bits, sizeof *out);
	} else {
		return false;
	}
	return *out > 1e-9 && *out <= 1.0;
}

static void
gather_field(struct gathered *g, const struct field *field, enum role role)
{
	uint64_t v;

	if (role == ROLE_NONE || (role < ROLE_NUMBERS && !field_uint(field, &v)))
		return;
	if (role == ROLE_FACT) {
		if (g->fact_count < FACTS_MAX) {
			g->facts[g->fact_count].id = field->spec->id;
			g->facts[g->fact_count++].value = v;
		}
		return;
	}
	if (g->has[role])
		return;
	g->has[role] = true;
	if (role < ROLE_NUMBERS)
		g->number[role] = v;
	else if (role == ROLE_PROBABILITY)
		g->has[role] = probability_of(field, &g->probability);
	else if (role == ROLE_APPLICATION)
		g->has[role] = option_application_key(field->octets, field->len, &g->application);
	else
		g->text[role] = text_of(field);
}

static void
gather(struct gathered *g, const struct record *r, const struct export_header *h)
{
	struct record_fields it = record_fields(r);
	struct field field;

	memset(g, 0, sizeof *g);
	for (size_t i = 0; record_next(&it, &field); i++)
		gather_field(g, &field,
		    role_of(&field, h->version == DIALECT_NETFLOW9 && i < r->template->scopes));
}

/* n out of N (RFC 5477 section 8.2.6): IOS XR tells an interval of 1 beside it. */
static bool
out_of_population(const struct gathered *g)
{
	return g->number[ROLE_SIZE] != 0 && g->number[ROLE_POPULATION] >= g->number[ROLE_SIZE] &&
	    (!g->has[ROLE_PAUSE] || g->number[ROLE_ALGORITHM] == RANDOM_N_OUT_OF_N);
}

/* Of how many packets one is sampled; false if the record does not say. */
static bool
interval_of(const struct gathered *g, uint64_t *out)
{
	uint64_t v = 0;

	if (out_of_population(g))
		v = (g->number[ROLE_POPULATION] + g->number[ROLE_SIZE] / 2) / g->number[ROLE_SIZE];
	else if (g->number[ROLE_TOGETHER] != 0 && g->has[ROLE_PAUSE])
		v = sampling_spaced(g->number[ROLE_TOGETHER], g->number[ROLE_PAUSE]);
	else if (g->number[ROLE_TOGETHER] != 0) /* alone it is what exporters take for 1 in N */
		v = g->number[ROLE_TOGETHER];
	else if (g->has[ROLE_PROBABILITY])
		v = (uint64_t)(1.0 / g->probability + 0.5);
	else if (g->number[ROLE_RANDOM_INTERVAL] != 0)
		v = g->number[ROLE_RANDOM_INTERVAL];
	else
		v = g->number[ROLE_INTERVAL];
	*out = v;
	return v != 0;
}

/* Entries on their way into the tables: what cannot be kept for want of room is counted there. */
struct putting {
	struct options *options; /* NULL: they are only hashed */
	uint64_t hash;           /* of what they are about */
	struct option_origin origin;
	enum status status;
};

static void
put(struct putting *p, enum option_kind kind, uint64_t key, uint64_t number,
    const struct option_text *name, const struct option_text *description)
{
	static const struct option_text none = { "", 0 };
	const struct option_entry entry = { .kind = (uint8_t)kind, .key = key, .number = number,
		.name = name == NULL ? none : *name,
		.description = description == NULL ? none : *description, .origin = p->origin };

	const uint64_t about[] = { kind, key, entry.name.len == 0, entry.description.len == 0 };

	if (p->options == NULL) {
		p->hash = hash_bytes(about, sizeof about, p->hash);
		return;
	}
	if (p->status == STATUS_OK && options_put(p->options, &entry) == STATUS_NO_MEMORY)
		p->status = STATUS_NO_MEMORY;
}

static void
put_sampling(struct putting *p, const struct gathered *g)
{
	uint64_t interval;

	if (g->has[ROLE_SEQUENCE] && g->has[ROLE_SAMPLER])
		put(p, OPTION_SEQUENCE, g->number[ROLE_SEQUENCE], g->number[ROLE_SAMPLER], NULL, NULL);
	if (!interval_of(g, &interval))
		return;
	if (g->has[ROLE_SAMPLER])
		put(p, OPTION_SAMPLER, g->number[ROLE_SAMPLER], interval, &g->text[ROLE_SAMPLER_NAME], NULL);
	else if (g->has[ROLE_IN_IF])
		put(p, OPTION_SAMPLED_INTERFACE, g->number[ROLE_IN_IF], interval, NULL, NULL);
	else if (g->has[ROLE_OUT_IF])
		put(p, OPTION_SAMPLED_INTERFACE, g->number[ROLE_OUT_IF], interval, NULL, NULL);
	else if (g->has[ROLE_TEMPLATE])
		put(p, OPTION_SAMPLED_TEMPLATE, g->number[ROLE_TEMPLATE], interval, NULL, NULL);
	else if (g->has[ROLE_CARD])
		put(p, OPTION_SAMPLED_CARD, g->number[ROLE_CARD], interval, NULL, NULL);
	else
		put(p, OPTION_SAMPLED, 0, interval, NULL, NULL);
}

static void
put_names(struct putting *p, const struct gathered *g)
{
	static const enum role keys[][2] = { { ROLE_IN_IF, ROLE_OUT_IF }, { ROLE_IN_VRF, ROLE_OUT_VRF } };
	const struct option_text *vrf = &g->text[ROLE_VRF_NAME];

	if (g->has[ROLE_APPLICATION] &&
	    (g->text[ROLE_APPLICATION_NAME].len > 0 || g->text[ROLE_APPLICATION_DESCRIPTION].len > 0))
		put(p, OPTION_APPLICATION, g->application, 0, &g->text[ROLE_APPLICATION_NAME],
		    &g->text[ROLE_APPLICATION_DESCRIPTION]);
	for (size_t i = 0; i < 2; i++) {
		if (g->has[keys[0][i]] &&
		    (g->text[ROLE_IF_NAME].len > 0 || g->text[ROLE_IF_DESCRIPTION].len > 0))
			put(p, OPTION_INTERFACE, g->number[keys[0][i]], 0, &g->text[ROLE_IF_NAME],
			    &g->text[ROLE_IF_DESCRIPTION]);
		if (g->has[keys[1][i]] && vrf->len > 0)
			put(p, OPTION_VRF, g->number[keys[1][i]], 0, vrf, NULL);
	}
}

/* RFC 5610 section 3: an exporter says what its enterprise's elements are. */
static void
put_element(struct putting *p, const struct gathered *g)
{
	uint64_t id = g->number[ROLE_ELEMENT] & ~(uint64_t)ENTERPRISE_BIT, pen = g->number[ROLE_ENTERPRISE];

	if (g->has[ROLE_ELEMENT] && g->text[ROLE_ELEMENT_NAME].len > 0 && id <= UINT16_MAX &&
	    pen <= UINT32_MAX)
		put(p, OPTION_ELEMENT, option_element_key((uint32_t)pen, (uint16_t)id),
		    g->number[ROLE_ELEMENT_TYPE], &g->text[ROLE_ELEMENT_NAME], NULL);
}

static void
put_all(struct putting *p, const struct record *r, const struct export_header *h)
{
	struct gathered g;

	gather(&g, r, h);
	put_sampling(p, &g);
	put_names(p, &g);
	put_element(p, &g);
	for (size_t i = 0; i < g.fact_count; i++)
		put(p, OPTION_FACT, g.facts[i].id, g.facts[i].value, NULL, NULL);
}

enum status
options_learn(struct options *o, const struct record *r, const struct export_header *h,
    const struct option_origin *origin)
{
	struct putting p = { .options = o, .origin = *origin, .status = STATUS_OK };

	put_all(&p, r, h);
	return p.status;
}

uint32_t
options_learn_domain(const struct record *r, const struct export_header *h)
{
	struct record_fields it = record_fields(r);
	struct field field;
	uint64_t v;

	if (h->version != DIALECT_IPFIX)
		return h->domain;
	for (size_t i = 0; i < r->template->scopes && record_next(&it, &field); i++)
		if (field.spec->pen == ELEMENT_PEN_IANA && field.spec->id == OBSERVATION_DOMAIN &&
		    field_uint(&field, &v) && v <= UINT32_MAX)
			return (uint32_t)v;
	return h->domain;
}

uint64_t
options_learn_key(const struct record *r, const struct export_header *h, uint64_t seed)
{
	struct putting p = { .hash = seed ^ r->template->id };
	struct record_fields it = record_fields(r);
	struct field field;

	for (size_t i = 0; record_next(&it, &field); i++) {
		const uint64_t spec[] = { field.spec->pen, field.spec->id, field.spec->length };

		p.hash = hash_bytes(spec, sizeof spec, p.hash);
		if (i < r->template->scopes)
			p.hash = hash_bytes(field.octets, field.len, p.hash);
	}
	put_all(&p, r, h);
	return p.hash;
}
