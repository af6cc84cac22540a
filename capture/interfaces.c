/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/interfaces.h"

#include <stdio.h>
#include <stdlib.h>

#include "flow/sflow_structure.h"

enum { BUCKETS = 64, KEY_TEXT = 32 };

struct interfaces {
	struct interface *buckets[BUCKETS];
	struct interface *first;
	struct interface **end;
	size_t count;
	uint64_t left_out; /* interfaces, formats and records beyond the quotas */
};

static bool
fits(const struct interfaces_budget *b, size_t octets)
{
	size_t then = *b->exporter + octets;

	return then <= INTERFACES_SURE ||
	    (then <= INTERFACES_EXPORTER_MAX && *b->total + octets <= INTERFACES_TOTAL_MAX);
}

static void
charge(const struct interfaces_budget *b, size_t octets)
{
	*b->exporter += octets;
	*b->total += octets;
}

static void
give_back(const struct interfaces_budget *b, size_t octets)
{
	*b->exporter -= octets;
	*b->total -= octets;
}

static enum status
open_list(struct interfaces **list, const struct interfaces_budget *b)
{
	struct interfaces *l;

	if (!fits(b, sizeof *l))
		return STATUS_LIMIT;
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return STATUS_NO_MEMORY;
	l->end = &l->first;
	charge(b, sizeof *l);
	*list = l;
	return STATUS_OK;
}

static enum status
beyond(struct interfaces *l)
{
	l->left_out++;
	return STATUS_LIMIT;
}

enum status
interfaces_find(struct interfaces **list, const struct interfaces_budget *b, uint32_t class, uint32_t index,
    struct interface **out)
{
	enum status st = *list == NULL ? open_list(list, b) : STATUS_OK;
	struct interface **bucket, *i;

	if (st != STATUS_OK)
		return st;
	bucket = &(*list)->buckets[(index ^ class << 3) % BUCKETS];
	for (i = *bucket; i != NULL && (i->index != index || i->class != class); i = i->chain)
		;
	if (i == NULL) {
		if ((*list)->count == INTERFACES_MAX || !fits(b, sizeof *i))
			return beyond(*list);
		i = calloc(1, sizeof *i);
		if (i == NULL)
			return STATUS_NO_MEMORY;
		i->class = class;
		i->index = index;
		i->chain = *bucket;
		*bucket = i;
		*(*list)->end = i;
		(*list)->end = &i->next;
		(*list)->count++;
		charge(b, sizeof *i);
	}
	*out = i;
	return STATUS_OK;
}

static size_t
size_of(const struct interface_counters *c)
{
	return sizeof *c + 2 * (size_t)c->room;
}

/* The counters of this format with room for so many octets. */
static enum status
find_counters(struct interfaces *list, const struct interfaces_budget *b, struct interface *i, uint32_t format,
    size_t len, struct interface_counters **out)
{
	struct interface_counters **at = &i->counters, *c;

	while (*at != NULL && ((*at)->format != format || (*at)->room < len))
		at = &(*at)->next;
	if (*at == NULL) {
		if (len > INTERFACES_RECORD_MAX || i->formats == INTERFACES_FORMATS_MAX ||
		    !fits(b, sizeof *c + 2 * len))
			return beyond(list);
		c = calloc(1, sizeof *c + 2 * len);
		if (c == NULL)
			return STATUS_NO_MEMORY;
		c->format = format;
		c->room = (uint16_t)len;
		charge(b, size_of(c));
		i->formats++;
		*at = c;
	}
	*out = *at;
	return STATUS_OK;
}

enum status
interfaces_count(struct interfaces *list, const struct interfaces_budget *b, struct interface *i,
    const struct sflow_record *r, int64_t time)
{
	size_t len = cursor_left(&r->body);
	struct interface_counters *c = NULL;
	enum status st = find_counters(list, b, i, r->format, len, &c);

	if (st != STATUS_OK)
		return st == STATUS_LIMIT ? STATUS_OK : st;
	if (c->records++ == 0) {
		memcpy(c->octets, r->body.at, len);
		c->first_len = (uint16_t)len;
		c->first_time = time;
	}
	memcpy(c->octets + c->room, r->body.at, len);
	c->last_len = (uint16_t)len;
	c->last_time = time;
	return STATUS_OK;
}

void
interfaces_anew(struct interfaces *list)
{
	for (struct interface *i = list == NULL ? NULL : list->first; i != NULL; i = i->next)
		for (unsigned kind = 0; kind < SFLOW_KINDS; kind++)
			i->series[kind].anew = i->series[kind].started;
}

void
interfaces_settle(struct interfaces *list)
{
	if (list == NULL)
		return;
	list->left_out = 0;
	for (struct interface *i = list->first; i != NULL; i = i->next)
		for (struct interface_counters *c = i->counters; c != NULL; c = c->next)
			c->records = 0;
}

const struct interface *
interfaces_first(const struct interfaces *list)
{
	return list == NULL ? NULL : list->first;
}

static void
write_record(struct jsonw *j, const char *key, uint32_t format, const uint8_t *octets, size_t len)
{
	const struct sflow_structure *s = sflow_structure_find(SFLOW_COUNTERS, format);

	jsonw_key(j, key);
	if (s == NULL)
		jsonw_hex(j, octets, len);
	else
		(void)sflow_structure_write(s, cursor_over(octets, len), j);
}

static void
write_counters(struct jsonw *j, struct interface_counters *c)
{
	const struct sflow_structure *s = sflow_structure_find(SFLOW_COUNTERS, c->format);
	char key[KEY_TEXT];

	snprintf(key, sizeof key, "%u/%u", (unsigned)(c->format >> 12), (unsigned)(c->format & 0xfff));
	jsonw_object(j);
	jsonw_key_str(j, "format", s == NULL ? key : s->name);
	jsonw_key_u64(j, "records", c->records);
	jsonw_key(j, "first_time");
	jsonw_decimal(j, c->first_time);
	write_record(j, "first", c->format, c->octets, c->first_len);
	jsonw_key(j, "last_time");
	jsonw_decimal(j, c->last_time);
	write_record(j, "last", c->format, c->octets + c->room, c->last_len);
	jsonw_object_end(j);
	c->records = 0;
}

static bool
is_told(const struct interface *i)
{
	const struct interface_counters *c = i->counters;

	while (c != NULL && c->records == 0)
		c = c->next;
	return c != NULL;
}

static void
write_interface(struct jsonw *j, struct interface *i)
{
	static const char *const classes[] = { "interface", "vlan", "physical", "logical" };

	jsonw_object(j);
	if (i->class < sizeof classes / sizeof classes[0])
		jsonw_key_str(j, "class", classes[i->class]);
	else
		jsonw_key_u64(j, "class", i->class);
	jsonw_key_u64(j, "index", i->index);
	jsonw_key(j, "counters");
	jsonw_array(j);
	for (struct interface_counters *c = i->counters; c != NULL; c = c->next)
		if (c->records > 0)
			write_counters(j, c);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

void
interfaces_json(struct interfaces *list, size_t *room, struct jsonw *j)
{
	uint64_t left_out = list == NULL ? 0 : list->left_out;

	jsonw_array(j);
	for (struct interface *i = list == NULL ? NULL : list->first; i != NULL; i = i->next) {
		if (!is_told(i))
			continue;
		if (*room > 0)
			write_interface(j, i);
		else
			left_out++;
		*room -= *room > 0;
	}
	jsonw_array_end(j);
	if (left_out > 0)
		jsonw_key_u64(j, "interfaces_left_out", left_out);
	if (list != NULL)
		list->left_out = 0;
}

static void
free_interface(struct interface *i, const struct interfaces_budget *b)
{
	while (i->counters != NULL) {
		struct interface_counters *c = i->counters;

		i->counters = c->next;
		give_back(b, size_of(c));
		free(c);
	}
	give_back(b, sizeof *i);
	free(i);
}

void
interfaces_free(struct interfaces *list, const struct interfaces_budget *b)
{
	if (list == NULL)
		return;
	while (list->first != NULL) {
		struct interface *i = list->first;

		list->first = i->next;
		free_interface(i, b);
	}
	give_back(b, sizeof *list);
	free(list);
}
