/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/format_row.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/utf8.h"

enum { NESTING_MAX = 64 };

/* The keys with their punctuation, so that a row only copies them. */
void
format_ndjson_begin(struct format_state *s)
{
	for (unsigned i = 0; i < s->columns.count; i++) {
		const char *name = column_infos[s->columns.ids[i]].name;
		size_t len = strlen(name);

		memcpy(s->keys[i].text + 1, name, len);
		s->keys[i].text[0] = '"';
		s->keys[i].text[len + 1] = '"';
		s->keys[i].text[len + 2] = ':';
		s->keys[i].len = (uint8_t)(len + 3);
	}
}

/*
 * Whether the text begins one JSON object and ends with it, on one line: then it cannot
 * reach into the line around it, whoever wrote it.  (That it is an object inside, too, is
 * its writer's business: the decoder's.)
 */
static bool
is_one_object(const uint8_t *p, size_t len)
{
	uint64_t arrays = 0; /* a bit for each open bracket, 1 for [ */
	unsigned depth = 0;
	bool in_string = false;

	if (len < 2 || p[0] != '{' || !utf8_valid(p, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x20)
			return false;
		if (in_string) {
			in_string = p[i] != '"';
			if (p[i] == '\\' && i + 1 < len && p[i + 1] >= 0x20)
				i++;
		} else if (p[i] == '"') {
			in_string = true;
		} else if (p[i] == '{' || p[i] == '[') {
			if (++depth > NESTING_MAX)
				return false;
			arrays = arrays << 1 | (p[i] == '[');
		} else if (p[i] == '}' || p[i] == ']') {
			if ((arrays & 1) != (p[i] == ']'))
				return false;
			arrays >>= 1;
			if (--depth == 0)
				return i == len - 1;
		}
	}
	return false;
}

static void
put_bytes(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	struct jsonw json;
	size_t len;
	const uint8_t *data = table_bytes(t, id, row, &len);

	if (column_infos[id].type == COLUMN_TYPE_OCTETS) {
		buf_u8(out, '"');
		format_hex(out, data, len);
		buf_u8(out, '"');
	} else if (id == COLUMN_OTHER && is_one_object(data, len)) {
		buf_put(out, data, len);
	} else {
		jsonw_init(&json, out);
		jsonw_text(&json, data, len);
	}
}

static char *
put_scalar(char *p, const struct table_column *c, enum column_type type, size_t row)
{
	bool quoted = type != COLUMN_TYPE_INT32 && type != COLUMN_TYPE_INT64;

	if (quoted)
		*p++ = '"';
	p = format_scalar(p, c, type, row);
	if (quoted)
		*p++ = '"';
	return p;
}

void
format_ndjson_row(struct format_state *s, const struct table *t, size_t row)
{
	const size_t room = (size_t)s->columns.count * (FORMAT_KEY_MAX + FORMAT_SCALAR_MAX + 3) + 3;
	char *p = format_room(s->out, room);
	char before = '{';

	for (unsigned i = 0; i < s->columns.count && p != NULL; i++) {
		enum column_id id = (enum column_id)s->columns.ids[i];
		enum column_type type = column_infos[id].type;

		if (!table_has(t, id, row))
			continue;
		*p++ = before;
		before = ',';
		memcpy(p, s->keys[i].text, s->keys[i].len);
		p += s->keys[i].len;
		if (type != COLUMN_TYPE_TEXT && type != COLUMN_TYPE_OCTETS) {
			p = put_scalar(p, &t->columns[id], type, row);
			continue;
		}
		format_ran(s->out, p);
		put_bytes(s->out, t, id, row);
		p = format_room(s->out, room);
	}
	if (p == NULL)
		return;
	if (before == '{')
		*p++ = '{';
	*p++ = '}';
	*p++ = '\n';
	format_ran(s->out, p);
}
