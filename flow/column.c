/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/column.h"

#include <stddef.h>
#include <string.h>

const struct column_info column_infos[COLUMN_COUNT] = {
#define COLUMN(id, name, type) [COLUMN_##id] = { #name, COLUMN_TYPE_##type },
#include "flow/columns.def"
#undef COLUMN
};

static enum column_id
find(const char *name, size_t len)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (strlen(column_infos[i].name) == len &&
		    memcmp(column_infos[i].name, name, len) == 0)
			return (enum column_id)i;
	return COLUMN_NONE;
}

enum column_id
column_find(const char *name)
{
	return find(name, strlen(name));
}

struct column_set
column_set_all(void)
{
	struct column_set s = { { 0 } };

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		column_set_add(&s, (enum column_id)i);
	return s;
}

struct column_list
column_list_all(void)
{
	struct column_list l = { .count = COLUMN_COUNT };

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		l.ids[i] = (uint8_t)i;
	return l;
}

enum status
column_list_parse(const char *s, struct column_list *out, struct fault *f)
{
	struct column_list l = { .count = 0 };
	struct column_set seen = { { 0 } };

	for (;; s++) {
		size_t len = strcspn(s, ",");
		enum column_id id = find(s, len);
		int shown = len < 64 ? (int)len : 64;

		if (id == COLUMN_NONE)
			return fault_set(f, STATUS_USAGE, NULL, "'%.*s' is no column", shown, s);
		if (column_set_has(&seen, id))
			return fault_set(f, STATUS_USAGE, NULL, "column '%.*s' comes twice", shown,
			    s);
		column_set_add(&seen, id);
		l.ids[l.count++] = (uint8_t)id;
		s += len;
		if (*s == '\0')
			break;
	}
	*out = l;
	return STATUS_OK;
}
