/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/record.h"

/* RFC 7011 section 7: one octet below 255, else three, the first of them 255. */
static size_t
variable_length(struct cursor *c)
{
	size_t len = cursor_u8(c);

	return len < 255 ? len : cursor_be16(c);
}

static size_t
field_length(struct cursor *c, const struct template_field *spec)
{
	return spec->length == TEMPLATE_VARIABLE ? variable_length(c) : spec->length;
}

bool
record_read(struct cursor *c, const struct template *t, struct record *out)
{
	const uint8_t *start = c->at;

	if (t->variable) {
		for (size_t i = 0; i < t->count && cursor_ok(c); i++)
			cursor_skip(c, field_length(c, &t->fields[i]));
	} else {
		cursor_skip(c, t->min_length);
	}
	if (!cursor_ok(c))
		return false;
	*out = (struct record){ t, start, (size_t)(c->at - start) };
	return true;
}

bool
record_read_run(struct cursor *c, const struct template *t, size_t most, struct record_run *out)
{
	size_t more;

	if (!record_read(c, t, &out->first))
		return false;
	out->count = 1;
	if (t->variable)
		return true;
	more = cursor_left(c) / t->min_length;
	if (more >= most)
		more = most - 1;
	cursor_skip(c, more * t->min_length);
	out->count += more;
	return true;
}

bool
field_read(struct cursor *c, const struct template_field *spec, struct field *out)
{
	out->spec = spec;
	out->len = field_length(c, spec);
	out->octets = cursor_bytes(c, out->len);
	return out->octets != NULL;
}

bool
record_next(struct record_fields *it, struct field *out)
{
	if (it->index == it->template->count)
		return false;
	return field_read(&it->at, &it->template->fields[it->index++], out);
}

bool
field_uint(const struct field *field, uint64_t *out)
{
	struct cursor c = cursor_over(field->octets, field->len);

	if (field->len == 0 || field->len > 8)
		return false;
	*out = cursor_uint(&c, field->len);
	return true;
}
