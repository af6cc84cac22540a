/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/format_row.h"

#include <string.h>

void
format_csv_begin(struct format_state *s)
{
	for (unsigned i = 0; i < s->columns.count; i++) {
		if (i > 0)
			buf_u8(s->out, ',');
		buf_str(s->out, column_infos[s->columns.ids[i]].name);
	}
	buf_u8(s->out, '\n');
}

/* RFC 4180 section 2: quoted where it must be, quotation marks doubled. */
static void
put_text(struct buf *out, const uint8_t *data, size_t len)
{
	bool plain = len > 0;

	for (size_t i = 0; i < len && plain; i++)
		plain = data[i] != ',' && data[i] != '"' && data[i] != '\n' && data[i] != '\r';
	if (plain) {
		buf_put(out, data, len);
		return;
	}
	buf_u8(out, '"');
	while (len > 0) {
		const uint8_t *mark = memchr(data, '"', len);
		size_t n = mark == NULL ? len : (size_t)(mark - data) + 1;

		buf_put(out, data, n);
		if (mark != NULL)
			buf_u8(out, '"');
		data += n;
		len -= n;
	}
	buf_u8(out, '"');
}

static void
put_bytes(struct buf *out, const struct table *t, enum column_id id, size_t row)
{
	size_t len;
	const uint8_t *data = table_bytes(t, id, row, &len);

	if (column_infos[id].type == COLUMN_TYPE_TEXT || len == 0)
		put_text(out, data, len);
	else
		format_hex(out, data, len);
}

static char *
put_empty(char *p)
{
	*p++ = '"';
	*p++ = '"';
	return p;
}

void
format_csv_row(struct format_state *s, const struct table *t, size_t row)
{
	const size_t room = (size_t)s->columns.count * (FORMAT_SCALAR_MAX + 1) + 1;
	char *p = format_room(s->out, room);

	for (unsigned i = 0; i < s->columns.count && p != NULL; i++) {
		enum column_id id = (enum column_id)s->columns.ids[i];
		enum column_type type = column_infos[id].type;

		if (i > 0)
			*p++ = ',';
		if (!table_has(t, id, row)) {
			/* A line of one null would be an empty line, which readers skip. */
			if (s->columns.count == 1)
				p = put_empty(p);
			continue;
		}
		if (type != COLUMN_TYPE_TEXT && type != COLUMN_TYPE_OCTETS) {
			p = format_scalar(p, &t->columns[id], type, row);
			continue;
		}
		format_ran(s->out, p);
		put_bytes(s->out, t, id, row);
		p = format_room(s->out, room);
	}
	if (p == NULL)
		return;
	*p++ = '\n';
	format_ran(s->out, p);
}
