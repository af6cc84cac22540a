/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/exporters_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "archive/document.h"
#include "base/hash.h"

enum { PLACES_LEAST = 64 };

static const char *const count_names[EXPORTERS_COUNTS] = {
	[EXPORTERS_MESSAGES] = "messages",
	[EXPORTERS_RECORDS] = "records",
	[EXPORTERS_LATE_RECORDS] = "late_records",
	[EXPORTERS_OPTION_RECORDS] = "option_records",
	[EXPORTERS_TEMPLATES] = "templates",
	[EXPORTERS_WITHDRAWALS] = "withdrawals",
	[EXPORTERS_MISSED] = "missed",
	[EXPORTERS_FILLED] = "filled",
	[EXPORTERS_GAPS] = "gaps",
	[EXPORTERS_LATE] = "late",
	[EXPORTERS_DUPLICATES] = "duplicates",
	[EXPORTERS_RESTARTS] = "restarts",
	[EXPORTERS_UNCOUNTED] = "uncounted",
};

const char *
exporters_count_name(enum exporters_count c)
{
	return count_names[c];
}

/* A short text that is shown as it is: letters, digits and what addresses have. */
static void
take_text(struct document *d, const json_t *obj, const char *key, char *out, size_t size)
{
	const char *text = doc_text_or_null(d, obj, key, size - 1);

	if (text == NULL)
		return;
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-.:%") != strlen(text))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "%s is no name and no address", key);
	else
		memcpy(out, text, strlen(text) + 1);
}

static uint64_t
take_number(struct document *d, const json_t *obj, const char *key, uint64_t most)
{
	uint64_t v = 0;

	if (json_object_get(obj, key) == NULL || !doc_u64_or_null(d, obj, key, &v))
		return 0;
	if (v > most)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "%s is above %llu", key,
		    (unsigned long long)most);
	return v;
}

static void
add_named(struct exporters_names *to, const char *name, uint64_t value)
{
	size_t i = 0;

	while (i < to->count && strcmp(to->list[i].name, name) != 0)
		i++;
	if (i == to->count && i == EXPORTERS_FILE_NAMED_MAX)
		i--;
	else if (i == to->count)
		memcpy(to->list[to->count++].name, name, strlen(name) + 1);
	to->list[i].value += value;
}

static void
take_names(struct document *d, const json_t *obj, const char *key, struct exporters_names *out)
{
	size_t n = 0;
	const json_t *map;

	if (json_object_get(obj, key) == NULL)
		return;
	map = doc_map(d, obj, key, EXPORTERS_FILE_NAMED_MAX, &n);
	for (size_t i = 0; i < n && doc_ok(d); i++) {
		uint64_t value = 0;
		const char *name = doc_map_at(d, map, i, &value);

		if (!doc_ok(d))
			return;
		if (strlen(name) >= EXPORTERS_FILE_NAME_MAX)
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "a name in %s is too long", key);
		else
			add_named(out, name, value);
	}
}

/* Where nothing waits there is no key. */
static void
take_waiting(struct document *d, const json_t *obj, struct exporters_entry *e)
{
	size_t n = 0;
	const json_t *array;

	if (json_object_get(obj, "waiting") == NULL)
		return;
	array = doc_array(d, obj, "waiting", EXPORTERS_FILE_WAITING_MAX, &n);
	for (size_t i = 0; i < n && doc_ok(d); i++) {
		struct exporters_waiting *w = &e->waiting[e->waiting_count];
		const json_t *one = json_array_get(array, i);

		if (!json_is_object(one)) {
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "what waits is no object");
			return;
		}
		w->id = (uint16_t)take_number(d, one, "template", UINT16_MAX);
		w->sets = doc_u64(d, one, "sets");
		if (!doc_time_or_null(d, one, "since", &w->since) && doc_ok(d))
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "since is null");
		e->waiting_count++;
	}
}

static void
take_entry(struct document *d, const json_t *obj, struct exporters_entry *e)
{
	struct address a;

	take_text(d, obj, "address", e->address, sizeof e->address);
	if (json_object_get(obj, "agent") != NULL)
		take_text(d, obj, "agent", e->agent, sizeof e->agent);
	if (doc_ok(d) && ((e->address[0] != '\0' && !text_parse_address(e->address, &a)) ||
	        (e->agent[0] != '\0' && !text_parse_address(e->agent, &a))))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "an address is none");
	if (json_object_get(obj, "transport") != NULL)
		take_text(d, obj, "transport", e->transport, sizeof e->transport);
	take_text(d, obj, "protocol", e->protocol, sizeof e->protocol);
	e->port = (uint16_t)take_number(d, obj, "port", UINT16_MAX);
	e->domain = (uint32_t)take_number(d, obj, "domain", UINT32_MAX);
	for (int i = 0; i < EXPORTERS_COUNTS; i++)
		e->counts[i] = doc_u64(d, obj, count_names[i]);
	take_names(d, obj, "malformed", &e->malformed);
	take_names(d, obj, "samples", &e->samples);
	take_waiting(d, obj, e);
	e->has_missed = doc_time_or_null(d, obj, "missed_from", &e->missed_from);
	if (doc_time_or_null(d, obj, "missed_to", &e->missed_to) != e->has_missed && doc_ok(d))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "one end of missed_from and missed_to is null");
	e->clocked = doc_time_or_null(d, obj, "clock_offset_least", &e->offset_least);
	if (doc_time_or_null(d, obj, "clock_offset_most", &e->offset_most) != e->clocked && doc_ok(d))
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "one of the clock offsets is null");
}

static void
take_entries(struct document *d, struct exporters_file *out)
{
	size_t n = 0;
	const json_t *array = doc_array(d, d->root, "exporters", EXPORTERS_FILE_ENTRIES_MAX, &n);

	out->entries = doc_alloc(d, n, sizeof *out->entries);
	for (size_t i = 0; i < n && doc_ok(d); i++) {
		const json_t *obj = json_array_get(array, i);

		if (!json_is_object(obj))
			(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "exporter %zu is no object", i);
		else
			take_entry(d, obj, &out->entries[out->count++]);
	}
}

enum status
exporters_file_parse(const void *data, size_t len, const char *name, struct exporters_file *out,
    struct fault *f)
{
	struct exporters_file file = { .count = 0 };
	struct document d;
	enum status st = doc_parse(&d, data, len, EXPORTERS_FILE_SIZE_MAX, EXPORTERS_FILE_VALUES_MAX,
	    "nfseal-exporters/1", name, f);

	if (st == STATUS_OK) {
		take_entries(&d, &file);
		st = doc_ok(&d) ? STATUS_OK : d.status;
	}
	doc_free(&d);
	if (st != STATUS_OK) {
		exporters_file_free(&file);
		return st;
	}
	*out = file;
	return STATUS_OK;
}

void
exporters_file_free(struct exporters_file *file)
{
	free(file->entries);
	free(file->places);
	memset(file, 0, sizeof *file);
}

/* The sum. */

static bool
is_same(const struct exporters_entry *a, const struct exporters_entry *b)
{
	return a->port == b->port && a->domain == b->domain && strcmp(a->address, b->address) == 0 &&
	    strcmp(a->protocol, b->protocol) == 0 && strcmp(a->agent, b->agent) == 0 &&
	    strcmp(a->transport, b->transport) == 0;
}

static uint64_t
hash_of(const struct exporters_file *sum, const struct exporters_entry *e)
{
	uint64_t h = hash_bytes(e->address, strlen(e->address), sum->seed);

	h = hash_bytes(e->agent, strlen(e->agent), h ^ e->port);
	return hash_bytes(e->protocol, strlen(e->protocol), h ^ ((uint64_t)e->domain << 16));
}

/* Where it is, or would be. */
static size_t *
place_of(const struct exporters_file *sum, const struct exporters_entry *e)
{
	size_t at = hash_of(sum, e) % sum->place_count;

	while (sum->places[at] != 0 && !is_same(&sum->entries[sum->places[at] - 1], e))
		at = (at + 1) % sum->place_count;
	return &sum->places[at];
}

static enum status
make_room(struct exporters_file *sum, struct fault *f)
{
	size_t room = sum->room == 0 ? PLACES_LEAST / 2 : 2 * sum->room;
	struct exporters_entry *entries = realloc(sum->entries, room * sizeof *entries);
	size_t *places = calloc(2 * room, sizeof *places);

	if (entries != NULL)
		sum->entries = entries;
	if (entries == NULL || places == NULL) {
		free(places);
		return fault_memory(f);
	}
	free(sum->places);
	sum->places = places;
	sum->place_count = 2 * room;
	sum->room = room;
	for (size_t i = 0; i < sum->count; i++)
		*place_of(sum, &sum->entries[i]) = i + 1;
	return STATUS_OK;
}

static void
add_entry(struct exporters_entry *to, const struct exporters_entry *from)
{
	for (int i = 0; i < EXPORTERS_COUNTS; i++)
		to->counts[i] += from->counts[i];
	for (size_t i = 0; i < from->malformed.count; i++)
		add_named(&to->malformed, from->malformed.list[i].name, from->malformed.list[i].value);
	for (size_t i = 0; i < from->samples.count; i++)
		add_named(&to->samples, from->samples.list[i].name, from->samples.list[i].value);
	memcpy(to->waiting, from->waiting, sizeof to->waiting); /* no sum: what was waits no more, or still */
	to->waiting_count = from->waiting_count;
	if (from->has_missed) {
		if (!to->has_missed)
			to->missed_from = from->missed_from;
		to->missed_to = from->missed_to;
		to->has_missed = true;
	}
	if (from->clocked && (!to->clocked || from->offset_least < to->offset_least))
		to->offset_least = from->offset_least;
	if (from->clocked && (!to->clocked || from->offset_most > to->offset_most))
		to->offset_most = from->offset_most;
	to->clocked |= from->clocked;
}

/* An entry of the sum without counts; beyond the limit, that of all others. */
static struct exporters_entry *
new_entry(struct exporters_file *sum, size_t *place, const struct exporters_entry *key)
{
	struct exporters_entry *e = &sum->entries[sum->count];

	memset(e, 0, sizeof *e);
	if (sum->count < EXPORTERS_FILE_ENTRIES_MAX) {
		memcpy(e->address, key->address, sizeof e->address);
		memcpy(e->agent, key->agent, sizeof e->agent);
		memcpy(e->transport, key->transport, sizeof e->transport);
		memcpy(e->protocol, key->protocol, sizeof e->protocol);
		e->port = key->port;
		e->domain = key->domain;
	}
	*place = ++sum->count;
	return e;
}

enum status
exporters_file_add(struct exporters_file *sum, const struct exporters_file *from, struct fault *f)
{
	static const struct exporters_entry others;

	for (size_t i = 0; i < from->count; i++) {
		size_t *place;

		if (sum->count == sum->room) {
			enum status st = make_room(sum, f);

			if (st != STATUS_OK)
				return st;
		}
		place = place_of(sum, &from->entries[i]);
		if (*place == 0 && sum->count >= EXPORTERS_FILE_ENTRIES_MAX)
			place = place_of(sum, &others);
		add_entry(*place == 0 ? new_entry(sum, place, &from->entries[i]) : &sum->entries[*place - 1],
		    &from->entries[i]);
	}
	return STATUS_OK;
}
