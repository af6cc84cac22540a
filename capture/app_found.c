/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/app_found.h"

#include <stdlib.h>
#include <string.h>

/* A value: column, firm, length in two octets (this machine's order), octets. */
enum { ITEM_HEAD = 4 };

_Static_assert(COLUMN_COUNT <= UINT8_MAX, "a column's number is one octet");

struct app_kept {
	size_t len;
	uint8_t octets[];
};

struct item {
	enum column_id id;
	bool firm;
	uint16_t len;
	const uint8_t *value;
};

static struct item
item_at(const uint8_t *p)
{
	struct item it = { .id = (enum column_id)p[0], .firm = p[1] != 0, .value = p + ITEM_HEAD };

	memcpy(&it.len, p + 2, sizeof(it.len));
	return it;
}

static size_t
item_size(const struct item *it)
{
	return ITEM_HEAD + it->len;
}

static void
add(struct app_found *f, enum column_id id, bool firm, const void *value, size_t len)
{
	uint16_t short_len = (uint16_t)len;
	uint8_t *p = f->octets + f->len;

	if (len > APP_TEXT_MAX || ITEM_HEAD + len > APP_FOUND_MAX - f->len)
		return;
	p[0] = (uint8_t)id;
	p[1] = firm;
	memcpy(p + 2, &short_len, sizeof(short_len));
	memcpy(p + ITEM_HEAD, value, len);
	f->len += ITEM_HEAD + len;
}

void
app_found_number(struct app_found *f, enum column_id id, int64_t v, bool firm)
{
	add(f, id, firm, &v, sizeof(v));
}

void
app_found_plain(struct app_found *f, enum column_id id, const char *s, size_t len)
{
	if (len > 0)
		add(f, id, false, s, len);
}

size_t
app_escape(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n = 0;

	if (len > APP_VALUE_MAX)
		len = APP_VALUE_MAX;
	for (size_t i = 0; i < len; i++) {
		if (p[i] >= ' ' && p[i] < 0x7f && p[i] != '\\') {
			out[n++] = (char)p[i];
			continue;
		}
		out[n++] = '\\';
		out[n++] = (char)('0' + p[i] / 100);
		out[n++] = (char)('0' + p[i] / 10 % 10);
		out[n++] = (char)('0' + p[i] % 10);
	}
	return n;
}

void
app_found_text(struct app_found *f, enum column_id id, const void *data, size_t len)
{
	char text[APP_TEXT_MAX];

	app_found_plain(f, id, text, app_escape(text, data, len));
}

/* Whether the old value of this column gives way to one that is firm or not. */
static bool
gives_way(const struct item *old, const struct item *it)
{
	return old->id == it->id && it->firm && !old->firm;
}

static const struct item *
find(const struct app_kept *k, enum column_id id, struct item *out)
{
	for (size_t at = 0; k != NULL && at < k->len; at += item_size(out)) {
		*out = item_at(k->octets + at);
		if (out->id == id)
			return out;
	}
	return NULL;
}

static void
append(struct app_kept *k, const struct item *it)
{
	memcpy(k->octets + k->len, it->value - ITEM_HEAD, item_size(it));
	k->len += item_size(it);
}

/* The values of `from` that the other one's do not stand against. */
static struct app_kept *
merged(const struct app_kept *old, const struct app_found *f)
{
	size_t room = (old == NULL ? 0 : old->len) + f->len;
	struct app_kept *k = malloc(sizeof(*k) + room);
	struct app_kept *fit;

	if (k == NULL)
		return NULL;
	k->len = 0;
	if (old != NULL) {
		memcpy(k->octets, old->octets, old->len);
		k->len = old->len;
	}
	for (size_t at = 0; at < f->len;) {
		struct item it = item_at(f->octets + at), other;

		if (find(k, it.id, &other) == NULL)
			append(k, &it);
		else if (gives_way(&other, &it) && other.len == it.len)
			memcpy(k->octets + (other.value - k->octets) - ITEM_HEAD, it.value - ITEM_HEAD,
			    item_size(&it));
		at += item_size(&it);
	}
	fit = realloc(k, sizeof(*k) + k->len);
	return fit == NULL ? k : fit;
}

bool
app_kept_merge(struct app_kept **k, const struct app_found *f, struct app_budget *b)
{
	struct app_kept *new;
	size_t grown;

	if (f->len == 0)
		return true;
	new = merged(*k, f);
	if (new == NULL) {
		b->refused++;
		return false;
	}
	grown = new->len + sizeof(*new) - (*k == NULL ? 0 : (*k)->len + sizeof(*new));
	if (!app_budget_take(b, grown)) {
		free(new);
		return false;
	}
	free(*k);
	*k = new;
	return true;
}

struct app_kept *
app_kept_copy(const struct app_kept *k, struct app_budget *b)
{
	struct app_kept *copy = NULL;

	if (k == NULL || !app_budget_take(b, sizeof(*k) + k->len))
		return NULL;
	copy = malloc(sizeof(*k) + k->len);
	if (copy == NULL) {
		app_budget_give(b, sizeof(*k) + k->len);
		b->refused++;
		return NULL;
	}
	memcpy(copy, k, sizeof(*k) + k->len);
	return copy;
}

void
app_kept_free(struct app_kept *k, struct app_budget *b)
{
	if (k == NULL)
		return;
	app_budget_give(b, sizeof(*k) + k->len);
	free(k);
}

static enum column_id
swapped(enum column_id id)
{
	if (id == COLUMN_SSH_BANNER)
		return COLUMN_REV_SSH_BANNER;
	return id == COLUMN_REV_SSH_BANNER ? COLUMN_SSH_BANNER : id;
}

static void
set(struct table *t, size_t row, enum column_id id, const struct item *it)
{
	int64_t v;

	if (column_infos[id].type == COLUMN_TYPE_TEXT) {
		table_set_bytes(t, id, row, it->value, it->len);
		return;
	}
	memcpy(&v, it->value, sizeof(v));
	if (column_infos[id].type == COLUMN_TYPE_INT32)
		table_set_i32(t, id, row, (int32_t)v);
	else
		table_set_i64(t, id, row, v);
}

void
app_kept_row(const struct app_kept *k, bool swap, struct table *t, size_t row)
{
	struct item it;

	for (size_t at = 0; k != NULL && at < k->len; at += item_size(&it)) {
		it = item_at(k->octets + at);
		set(t, row, swap ? swapped(it.id) : it.id, &it);
	}
}
