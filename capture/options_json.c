/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/options_json.h"

#include <stdio.h>

#include "capture/options_learn.h"
#include "flow/element.h"

/* How the entries of a kind are listed: the key of the list, and those of an entry. */
static const struct listing {
	const char *list;
	const char *key;         /* NULL: the entry has none */
	const char *number;      /* NULL: the number says nothing */
	enum option_kind kind;
	bool named;
} listings[] = {
	{ "samplers", "id", "interval", OPTION_SAMPLER, true },
	{ "selection_sequences", "id", "sampler", OPTION_SEQUENCE, false },
	{ "sampled_templates", "id", "interval", OPTION_SAMPLED_TEMPLATE, false },
	{ "sampled_interfaces", "index", "interval", OPTION_SAMPLED_INTERFACE, false },
	{ "sampled_line_cards", "id", "interval", OPTION_SAMPLED_CARD, false },
	{ "sampled", NULL, "interval", OPTION_SAMPLED, false },
	{ "interfaces", "index", NULL, OPTION_INTERFACE, true },
	{ "vrfs", "id", NULL, OPTION_VRF, true },
};

static void
write_text(struct jsonw *j, const char *key, const struct option_text *text)
{
	if (text->len == 0)
		return;
	jsonw_key(j, key);
	jsonw_text(j, text->octets, text->len);
}

static void
write_entry(struct jsonw *j, const struct listing *l, const struct option_entry *e)
{
	jsonw_object(j);
	if (l->key != NULL)
		jsonw_key_u64(j, l->key, e->key);
	if (l->number != NULL)
		jsonw_key_u64(j, l->number, e->number);
	if (l->named) {
		write_text(j, "name", &e->name);
		write_text(j, "description", &e->description);
	}
	jsonw_object_end(j);
}

static void
write_list(struct jsonw *j, const struct options *o, const struct listing *l, size_t *room)
{
	if (options_count(o, l->kind) == 0)
		return;
	jsonw_key(j, l->list);
	jsonw_array(j);
	for (const struct option_entry *e = options_next(o, NULL); e != NULL && *room > 0;
	     e = options_next(o, e)) {
		if (e->kind != l->kind)
			continue;
		write_entry(j, l, e);
		(*room)--;
	}
	jsonw_array_end(j);
}

static void
write_facts(struct jsonw *j, const struct options *o)
{
	if (options_count(o, OPTION_FACT) == 0)
		return;
	jsonw_key(j, "facts");
	jsonw_object(j);
	for (const struct option_entry *e = options_next(o, NULL); e != NULL; e = options_next(o, e)) {
		const struct element *element =
		    e->kind == OPTION_FACT ? element_find(ELEMENT_PEN_IANA, (uint16_t)e->key) : NULL;

		if (element != NULL)
			jsonw_key_u64(j, element->name, e->number);
	}
	jsonw_object_end(j);
}

/* What the exporter says of the elements that it sends (RFC 5610): keys as the column `other` has them. */
static void
write_elements(struct jsonw *j, const struct options *o, size_t *room)
{
	if (options_count(o, OPTION_ELEMENT) == 0)
		return;
	jsonw_key(j, "elements");
	jsonw_array(j);
	for (const struct option_entry *e = options_next(o, NULL); e != NULL && *room > 0;
	     e = options_next(o, e)) {
		char key[32];

		if (e->kind != OPTION_ELEMENT)
			continue;
		(void)snprintf(key, sizeof key, "%u/%u", (unsigned)option_element_pen(e->key),
		    (unsigned)option_element_id(e->key));
		jsonw_object(j);
		jsonw_key_str(j, "element", key);
		write_text(j, "name", &e->name);
		if (e->number <= ELEMENT_subTemplateMultiList)
			jsonw_key_str(j, "type", element_type_name((enum element_type)e->number));
		jsonw_object_end(j);
		(*room)--;
	}
	jsonw_array_end(j);
}

void
options_json_write(const struct options *o, size_t *room, struct jsonw *j)
{
	if (options_next(o, NULL) == NULL && options_refused(o) == 0)
		return;
	jsonw_key(j, "options");
	jsonw_object(j);
	for (size_t i = 0; i < sizeof listings / sizeof *listings; i++)
		write_list(j, o, &listings[i], room);
	if (options_count(o, OPTION_APPLICATION) > 0)
		jsonw_key_u64(j, "applications", options_count(o, OPTION_APPLICATION));
	write_elements(j, o, room);
	write_facts(j, o);
	if (options_refused(o) > 0)
		jsonw_key_u64(j, "refused", options_refused(o));
	jsonw_object_end(j);
}
