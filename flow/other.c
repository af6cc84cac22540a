/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/other.h"

#include <ctype.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "base/utf8.h"

enum { KEY_MAX = 128 };

static void
write_key(struct jsonw *j, const struct template_field *spec)
{
	const struct element *e = spec->element;
	char key[KEY_MAX];

	if (e != NULL && spec->pen == ELEMENT_PEN_IANA)
		snprintf(key, sizeof key, "%s", e->name);
	else if (e != NULL && spec->pen == ELEMENT_PEN_REVERSE)
		snprintf(key, sizeof key, "reverse%c%s", toupper((unsigned char)e->name[0]), e->name + 1);
	else
		snprintf(key, sizeof key, "%u/%u", (unsigned)spec->pen, spec->id);
	jsonw_key(j, key);
}

/* The value of an integer's two's complement of 1 to 8 octets. */
static int64_t
sign_extended(uint64_t v, size_t len)
{
	unsigned shift = (unsigned)(64 - 8 * len);
	uint64_t top = v << shift;

	return (int64_t)top >> shift;
}

static void
write_value(struct jsonw *j, const struct field *field)
{
	const struct element *e = field->spec->element;
	uint64_t v = 0;

	switch (e == NULL ? ELEMENT_octetArray : (enum element_type)e->type) {
	case ELEMENT_unsigned8:
	case ELEMENT_unsigned16:
	case ELEMENT_unsigned32:
	case ELEMENT_unsigned64:
	case ELEMENT_dateTimeSeconds:
	case ELEMENT_dateTimeMilliseconds:
		if (field_uint(field, &v)) {
			jsonw_u64(j, v);
			return;
		}
		break;
	case ELEMENT_signed8:
	case ELEMENT_signed16:
	case ELEMENT_signed32:
	case ELEMENT_signed64:
		if (field_uint(field, &v)) {
			jsonw_i64(j, sign_extended(v, field->len));
			return;
		}
		break;
	case ELEMENT_string:
		if (utf8_valid(field->octets, field->len)) {
			jsonw_text(j, field->octets, field->len);
			return;
		}
		break;
	default:
		break;
	}
	jsonw_hex(j, field->octets, field->len);
}

static size_t
next_twin(const struct template *t, size_t index)
{
	return t->fields[index].twin == 0 ? t->count : t->fields[index].twin;
}

/* All marked fields of this one's element; it is the first of them in the template. */
static void
write_element(struct jsonw *j, const struct template *t, const struct field *fields,
    const bool *marked, size_t first, size_t count)
{
	size_t values = 0;

	for (size_t i = first; i < count; i = next_twin(t, i))
		values += marked[i];
	if (values == 0)
		return;
	write_key(j, fields[first].spec);
	if (values > 1)
		jsonw_array(j);
	for (size_t i = first; i < count; i = next_twin(t, i))
		if (marked[i])
			write_value(j, &fields[i]);
	if (values > 1)
		jsonw_array_end(j);
}

void
other_write(const struct template *t, const struct field *fields, const bool *marked,
    size_t count, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	for (size_t i = 0; i < count; i++)
		if (!t->fields[i].again)
			write_element(&j, t, fields, marked, i, count);
	jsonw_object_end(&j);
}
