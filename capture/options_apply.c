/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/options_apply.h"

#include "capture/options_learn.h"

enum { SAMPLER_ID = 48, SELECTION_SEQUENCE_ID = 301, SELECTOR_ID = 302 };

static const struct option_entry *
find(const struct options_in_force *o, enum option_kind kind, uint64_t key)
{
	const struct option_entry *e = options_find(o->own, kind, key);

	return e != NULL ? e : options_find(o->whole, kind, key);
}

static bool
any(const struct options_in_force *o, enum option_kind kind)
{
	return options_count(o->own, kind) > 0 || options_count(o->whole, kind) > 0;
}

bool
options_fact(const struct options_in_force *o, uint16_t id, uint64_t *out)
{
	const struct option_entry *e = find(o, OPTION_FACT, id);

	if (e != NULL)
		*out = e->number;
	return e != NULL;
}

static bool
names_sampler(const struct template *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->fields[i].pen == ELEMENT_PEN_IANA && (t->fields[i].id == SAMPLER_ID ||
		    t->fields[i].id == SELECTOR_ID || t->fields[i].id == SELECTION_SEQUENCE_ID))
			return true;
	return false;
}

/* The sampler by the record's own word. */
static const struct option_entry *
named_sampler(const struct options_in_force *o, const struct record *r, bool *named)
{
	struct record_fields it = record_fields(r);
	struct field field;
	uint64_t v;

	*named = false;
	if (!names_sampler(r->template))
		return NULL;
	while (record_next(&it, &field)) {
		const struct option_entry *e = NULL;

		if (field.spec->pen != ELEMENT_PEN_IANA || !field_uint(&field, &v))
			continue;
		if (field.spec->id == SAMPLER_ID || field.spec->id == SELECTOR_ID) {
			*named = true;
			e = find(o, OPTION_SAMPLER, v);
		} else if (field.spec->id == SELECTION_SEQUENCE_ID) {
			*named = true;
			e = find(o, OPTION_SEQUENCE, v);
			e = find(o, OPTION_SAMPLER, e == NULL ? v : e->number);
		}
		if (e != NULL)
			return e;
	}
	return NULL;
}

static const struct option_entry *
interface_sampling(const struct options_in_force *o, const struct table *t, size_t row)
{
	static const enum column_id columns[] = { COLUMN_IN_IF, COLUMN_OUT_IF };

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		const struct option_entry *e = table_has(t, columns[i], row)
		    ? find(o, OPTION_SAMPLED_INTERFACE, (uint64_t)table_int(t, columns[i], row))
		    : NULL;

		if (e != NULL)
			return e;
	}
	return NULL;
}

static uint64_t
common(const struct options_in_force *o, enum option_kind kind)
{
	uint64_t own = options_common(o->own, kind);

	return own != 0 ? own : options_common(o->whole, kind);
}

/* 0 where nothing tells it. */
static uint64_t
sampling(const struct options_in_force *o, const struct record *r, const struct table *t, size_t row)
{
	const struct option_entry *e = NULL;
	bool named = false;
	uint64_t cards;

	if (any(o, OPTION_SAMPLER))
		e = named_sampler(o, r, &named);
	if (e == NULL)
		e = find(o, OPTION_SAMPLED_TEMPLATE, r->template->id);
	if (e == NULL && any(o, OPTION_SAMPLED_INTERFACE))
		e = interface_sampling(o, t, row);
	if (e == NULL)
		e = find(o, OPTION_SAMPLED, 0);
	if (e != NULL)
		return e->number;
	cards = common(o, OPTION_SAMPLED_CARD);
	return cards != 0 || named ? cards : common(o, OPTION_SAMPLER);
}

static void
apply_sampling(const struct options_in_force *o, const struct record *r, struct table *t, size_t row)
{
	uint64_t interval;

	if (table_int(t, COLUMN_SAMPLING_INTERVAL, row) != 0)
		return;
	interval = sampling(o, r, t, row);
	if (interval != 0)
		table_set_u64(t, COLUMN_SAMPLING_INTERVAL, row, interval);
}

static void
set_name(struct table *t, enum column_id column, size_t row, const struct option_entry *e)
{
	const struct option_text *name;

	if (e == NULL || table_has(t, column, row))
		return;
	name = e->name.len > 0 ? &e->name : &e->description;
	if (name->len > 0)
		table_set_bytes(t, column, row, name->octets, name->len);
}

static void
apply_application(const struct options_in_force *o, struct table *t, size_t row)
{
	size_t len;
	const uint8_t *id = table_bytes(t, COLUMN_APP_ID, row, &len);
	uint64_t key;

	if (id != NULL && option_application_key(id, len, &key))
		set_name(t, COLUMN_APP_NAME, row, find(o, OPTION_APPLICATION, key));
}

static void
apply_names(const struct options_in_force *o, struct table *t, size_t row)
{
	static const struct {
		enum column_id from;
		enum column_id to;
		enum option_kind kind;
	} names[] = {
		{ COLUMN_IN_IF, COLUMN_IN_IF_NAME, OPTION_INTERFACE },
		{ COLUMN_OUT_IF, COLUMN_OUT_IF_NAME, OPTION_INTERFACE },
		{ COLUMN_IN_VRF, COLUMN_IN_VRF_NAME, OPTION_VRF },
		{ COLUMN_OUT_VRF, COLUMN_OUT_VRF_NAME, OPTION_VRF },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (table_has(t, names[i].from, row) && any(o, names[i].kind))
			set_name(t, names[i].to, row,
			    find(o, names[i].kind, (uint64_t)table_int(t, names[i].from, row)));
}

void
options_apply(const struct options_in_force *o, const struct record *r, struct table *t, size_t row)
{
	if (o->own == NULL && o->whole == NULL)
		return;
	apply_sampling(o, r, t, row);
	if (any(o, OPTION_APPLICATION))
		apply_application(o, t, row);
	apply_names(o, t, row);
}
