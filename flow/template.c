/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "flow/list.h"

enum { BUCKETS = 1024 };

struct template_set {
	struct template *buckets[BUCKETS];
	size_t count;
	size_t fields;
	size_t *budget; /* what all sets cost that share it; NULL: it is alone */
};

enum status
template_set_open(struct template_set **out, struct fault *f)
{
	struct template_set *s = calloc(1, sizeof *s);

	if (s == NULL)
		return fault_memory(f);
	*out = s;
	return STATUS_OK;
}

void
template_set_share(struct template_set *s, size_t *budget)
{
	s->budget = budget;
}

/* In fields, heads and all. */
static size_t
cost(const struct template_set *s)
{
	return s->fields + s->count * TEMPLATE_HEAD_COST;
}

void
template_set_free(struct template_set *s)
{
	if (s == NULL)
		return;
	if (s->budget != NULL)
		*s->budget -= cost(s);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct template *t = s->buckets[i], *next; t != NULL; t = next) {
			next = t->next;
			free(t);
		}
	}
	free(s);
}

static size_t
bucket_of(uint32_t domain, uint16_t id)
{
	uint64_t key = (uint64_t)domain << 16 | id;

	return (size_t)(hash_mix(key ^ 0x9e3779b97f4a7c15u, 0xd6e8feb86659fd93u) % BUCKETS);
}

/* The link that points to the template, or to NULL at the bucket's end. */
static struct template **
link_of(struct template_set *s, uint32_t domain, uint16_t id)
{
	struct template **link = &s->buckets[bucket_of(domain, id)];

	while (*link != NULL && ((*link)->domain != domain || (*link)->id != id))
		link = &(*link)->next;
	return link;
}

static void
unlink_template(struct template_set *s, struct template **link)
{
	struct template *t = *link;

	*link = t->next;
	s->count--;
	s->fields -= t->count;
	if (s->budget != NULL)
		*s->budget -= t->count + TEMPLATE_HEAD_COST;
	free(t);
}

const struct template *
template_set_find(const struct template_set *s, uint32_t domain, uint16_t id)
{
	const struct template *t = s->buckets[bucket_of(domain, id)];

	while (t != NULL && (t->domain != domain || t->id != id))
		t = t->next;
	return t;
}

bool
template_set_same(const struct template_set *s, const struct template *head,
    const struct template_field *fields)
{
	const struct template *t = template_set_find(s, head->domain, head->id);

	if (t == NULL || t->count != head->count || t->scopes != head->scopes ||
	    t->options != head->options)
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (t->fields[i].id != fields[i].id || t->fields[i].length != fields[i].length ||
		    t->fields[i].pen != fields[i].pen)
			return false;
	return true;
}

bool
template_set_withdraw(struct template_set *s, uint32_t domain, uint16_t id)
{
	struct template **link = link_of(s, domain, id);

	if (*link == NULL)
		return false;
	unlink_template(s, link);
	return true;
}

size_t
template_set_withdraw_all(struct template_set *s, uint32_t domain, bool options)
{
	size_t gone = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		struct template **link = &s->buckets[i];

		while (*link != NULL) {
			if ((*link)->domain == domain && (*link)->options == options) {
				unlink_template(s, link);
				gone++;
			} else {
				link = &(*link)->next;
			}
		}
	}
	return gone;
}

static int
by_id(const void *a, const void *b)
{
	const struct template *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

size_t
template_set_list(const struct template_set *s, uint32_t domain, const struct template **out,
    size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct template *t = s->buckets[i]; t != NULL && count < max; t = t->next)
			if (t->domain == domain)
				out[count++] = t;
	if (count > 0)
		qsort(out, count, sizeof(const struct template *), by_id);
	return count;
}

size_t
template_set_count(const struct template_set *s)
{
	return s->count;
}

void
template_field_resolve(struct template_field *f)
{
	f->element = element_find(f->pen, f->id);
	f->reverse = element_is_reverse(f->pen, f->id);
	f->twin = 0;
	f->again = false;
	f->column = COLUMN_NONE;
	if (f->element != NULL)
		f->column = f->reverse ? f->element->reverse_column : f->element->column;
}

/* Links each field with the one before that is of the same element. */
static void
link_twin(struct template *t, size_t index)
{
	for (size_t i = index; i-- > 0;) {
		if (t->fields[i].id == t->fields[index].id &&
		    t->fields[i].pen == t->fields[index].pen) {
			t->fields[i].twin = (uint16_t)index;
			t->fields[index].again = true;
			return;
		}
	}
}

struct template *
template_make(const struct template *head, const struct template_field *fields)
{
	size_t fields_size = head->count * sizeof fields[0];
	struct template *t = malloc(sizeof *t + fields_size +
	    head->count * DECODE_PLAN_STEPS_PER_FIELD * sizeof(struct decode_step));

	if (t == NULL)
		return NULL;
	*t = *head;
	t->min_length = 0;
	t->variable = false;
	t->lists = false;
	for (size_t i = 0; i < t->count; i++) {
		t->fields[i] = fields[i];
		template_field_resolve(&t->fields[i]);
		link_twin(t, i);
		if (fields[i].length == TEMPLATE_VARIABLE)
			t->variable = true;
		if (list_is(&t->fields[i]))
			t->lists = true;
		/* a field of variable length takes at least its length's octet */
		t->min_length += fields[i].length == TEMPLATE_VARIABLE ? 1 : fields[i].length;
	}
	t->plan.steps = (struct decode_step *)(void *)&t->fields[t->count];
	decode_plan_make(t);
	return t;
}

static bool
has_room(const struct template_set *s, size_t fields)
{
	size_t more = fields + TEMPLATE_HEAD_COST;

	if (s->count == TEMPLATE_COUNT_MAX || fields > TEMPLATE_TOTAL_MAX - s->fields)
		return false;
	return s->budget == NULL || cost(s) + more <= TEMPLATE_SURE ||
	    *s->budget + more <= TEMPLATE_BUDGET_MAX;
}

/* As it is in force: most exporters repeat their templates over and over. */
static bool
is_same(const struct template *t, const struct template *head, const struct template_field *fields)
{
	if (t->count != head->count || t->scopes != head->scopes || t->options != head->options)
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (t->fields[i].pen != fields[i].pen || t->fields[i].id != fields[i].id ||
		    t->fields[i].length != fields[i].length)
			return false;
	return true;
}

enum status
template_set_put(struct template_set *s, const struct template *head,
    const struct template_field *fields, struct fault *f)
{
	struct template **link = link_of(s, head->domain, head->id);
	struct template *t;

	if (*link != NULL && is_same(*link, head, fields))
		return STATUS_OK;
	/* First of all: records of a layout that is refused must not be read by the old one. */
	if (*link != NULL)
		unlink_template(s, link);
	if (head->count == 0 || head->count > TEMPLATE_FIELDS_MAX || head->scopes > head->count)
		return fault_set(f, STATUS_MALFORMED, NULL, "template %u with %u fields", head->id,
		    head->count);
	if (!has_room(s, head->count))
		return fault_set(f, STATUS_LIMIT, NULL, "too many templates");
	t = template_make(head, fields);
	if (t == NULL)
		return fault_memory(f);
	if (t->min_length == 0) {
		free(t);
		return fault_set(f, STATUS_MALFORMED, NULL, "template %u has no octets", head->id);
	}
	t->next = *link;
	*link = t;
	s->count++;
	s->fields += t->count;
	if (s->budget != NULL)
		*s->budget += t->count + TEMPLATE_HEAD_COST;
	return STATUS_OK;
}
