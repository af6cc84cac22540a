/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/other.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "base/utf8.h"
#include "flow/list.h"

enum { KEY_MAX = 128, PADDING_OCTETS = 210, TRUE_ON_THE_WIRE = 1, FALSE_ON_THE_WIRE = 2 };

struct writing {
	struct jsonw j;
	const struct template_set *templates;
	uint32_t domain;
	unsigned depth; /* in lists */
};

static void write_element(struct writing *w, const struct template *t, const struct field *fields,
    const bool *marked, size_t first, size_t count);

/* Right in the column an enterprise's element has its numbers, in lists it has its name. */
static void
write_key(struct writing *w, const struct template_field *spec)
{
	const struct element *e = spec->element;
	const char *enterprise = element_enterprise(spec->pen);
	char key[KEY_MAX];

	if (e == NULL || (enterprise[0] != '\0' && w->depth == 0))
		snprintf(key, sizeof key, "%u/%u", (unsigned)spec->pen, spec->id);
	else
		snprintf(key, sizeof key, "%s%s%s%c%s", enterprise, enterprise[0] != '\0' ? ":" : "",
		    spec->reverse ? "reverse" : "",
		    spec->reverse ? toupper((unsigned char)e->name[0]) : e->name[0], e->name + 1);
	jsonw_key(&w->j, key);
}

/* The value of an integer's two's complement of 1 to 8 octets. */
static int64_t
sign_extended(uint64_t v, size_t len)
{
	unsigned shift = (unsigned)(64 - 8 * len);
	uint64_t top = v << shift;

	return (int64_t)top >> shift;
}

static bool
write_number(struct jsonw *j, const struct field *field, bool is_signed)
{
	uint64_t v;

	if (!field_uint(field, &v))
		return false;
	if (is_signed)
		jsonw_i64(j, sign_extended(v, field->len));
	else
		jsonw_u64(j, v);
	return true;
}

/* Strings of a fixed length are filled up with zeros. */
static bool
write_text(struct jsonw *j, const struct field *field)
{
	size_t len = field->len;

	while (len > 0 && field->octets[len - 1] == 0)
		len--;
	if (!utf8_valid(field->octets, len))
		return false;
	jsonw_text(j, field->octets, len);
	return true;
}

static bool
write_address(struct jsonw *j, const struct field *field, enum element_type type)
{
	struct address a = { .family = type == ELEMENT_ipv4Address ? 4 : 6 };
	char text[TEXT_ADDRESS_MAX > TEXT_MAC_MAX ? TEXT_ADDRESS_MAX : TEXT_MAC_MAX];

	if (field->len != element_type_size(type))
		return false;
	if (type == ELEMENT_macAddress) {
		text_mac(text, field->octets);
	} else {
		memcpy(a.octets, field->octets, field->len);
		text_address(text, &a);
	}
	jsonw_str(j, text);
	return true;
}

/* With as many digits as tell the same number when it is read; what is no number is left. */
static bool
write_float(struct jsonw *j, const struct field *field)
{
	struct cursor c = cursor_over(field->octets, field->len);
	char text[40];
	uint64_t wide;
	uint32_t narrow;
	double d;
	float f;

	if (field->len == sizeof d) {
		wide = cursor_be64(&c);
		memcpy(&d, &wide, sizeof d);
		snprintf(text, sizeof text, "%.17g", d);
	} else if (field->len == sizeof f) { /* also a reduced float64: section 6.2 */
		narrow = cursor_be32(&c);
		memcpy(&f, &narrow, sizeof f);
		snprintf(text, sizeof text, "%.9g", (double)f);
	} else {
		return false;
	}
	if (strpbrk(text, "ni") != NULL) /* nan, inf */
		return false;
	jsonw_raw(j, text, strlen(text));
	return true;
}

/* RFC 7011 section 6.1.5. */
static bool
write_boolean(struct jsonw *j, const struct field *field)
{
	if (field->len != 1 || field->octets[0] == 0 || field->octets[0] > FALSE_ON_THE_WIRE)
		return false;
	jsonw_bool(j, field->octets[0] == TRUE_ON_THE_WIRE);
	return true;
}

static void
write_record(struct writing *w, struct list *l, const struct record *r)
{
	struct record_fields it = record_fields(r);
	struct field fields[OTHER_LIST_FIELDS];
	bool marked[OTHER_LIST_FIELDS];
	size_t count = 0;

	if (r->template->count > OTHER_LIST_FIELDS) {
		l->broken = true;
		return;
	}
	while (record_next(&it, &fields[count])) {
		marked[count] = fields[count].spec->id != PADDING_OCTETS || fields[count].spec->pen != 0;
		count++;
	}
	jsonw_object(&w->j);
	for (size_t i = 0; i < count; i++)
		if (!fields[i].spec->again)
			write_element(w, r->template, fields, marked, i, count);
	jsonw_object_end(&w->j);
}

static void write_value(struct writing *w, const struct field *field);

static void
write_members(struct writing *w, struct list *l, size_t limit)
{
	const size_t before = w->j.out->len;
	struct record r;
	struct field value;

	if (l->type == ELEMENT_basicList)
		write_key(w, &l->field);
	else
		jsonw_key(&w->j, "records");
	jsonw_array(&w->j);
	while (l->type == ELEMENT_basicList ? list_value(l, &value) : list_next(l, &r)) {
		if (l->type == ELEMENT_basicList)
			write_value(w, &value);
		else
			write_record(w, l, &r);
		l->broken |= w->j.out->len - before > limit;
	}
	jsonw_array_end(&w->j);
}

/* False, and nothing is written, where it breaks its format or a limit. */
static bool
write_list(struct writing *w, const struct field *field)
{
	const struct jsonw start = w->j;
	const size_t len = w->j.out->len;
	struct list l;

	if (w->depth == OTHER_LIST_DEPTH || !list_open(&l, field, w->templates, w->domain))
		return false;
	w->depth++;
	jsonw_object(&w->j);
	jsonw_key(&w->j, "semantic");
	if (list_semantic(l.semantic) != NULL)
		jsonw_str(&w->j, list_semantic(l.semantic));
	else
		jsonw_u64(&w->j, l.semantic);
	write_members(w, &l, OTHER_LIST_TEXT);
	jsonw_object_end(&w->j);
	w->depth--;
	if (!l.broken)
		return true;
	w->j = start;
	w->j.out->len = len;
	return false;
}

static bool
write_typed(struct writing *w, const struct field *field, enum element_type type)
{
	switch (type) {
	case ELEMENT_unsigned8:
	case ELEMENT_unsigned16:
	case ELEMENT_unsigned32:
	case ELEMENT_unsigned64:
	case ELEMENT_dateTimeSeconds:
	case ELEMENT_dateTimeMilliseconds:
		return write_number(&w->j, field, false);
	case ELEMENT_signed8:
	case ELEMENT_signed16:
	case ELEMENT_signed32:
	case ELEMENT_signed64:
		return write_number(&w->j, field, true);
	case ELEMENT_string:
		return write_text(&w->j, field);
	case ELEMENT_ipv4Address:
	case ELEMENT_ipv6Address:
	case ELEMENT_macAddress: /* in lists, which are for reading, else hex as the format has it */
		return w->depth > 0 && write_address(&w->j, field, type);
	case ELEMENT_boolean:
		return w->depth > 0 && write_boolean(&w->j, field);
	case ELEMENT_float32:
	case ELEMENT_float64:
		return write_float(&w->j, field);
	case ELEMENT_basicList:
	case ELEMENT_subTemplateList:
	case ELEMENT_subTemplateMultiList:
		return write_list(w, field);
	default:
		return false;
	}
}

static void
write_value(struct writing *w, const struct field *field)
{
	const struct element *e = field->spec->element;

	if (e == NULL || !write_typed(w, field, (enum element_type)e->type))
		jsonw_hex(&w->j, field->octets, field->len);
}

static size_t
next_twin(const struct template *t, size_t index)
{
	return t->fields[index].twin == 0 ? t->count : t->fields[index].twin;
}

/* All marked fields of this one's element; it is the first of them in the template. */
static void
write_element(struct writing *w, const struct template *t, const struct field *fields,
    const bool *marked, size_t first, size_t count)
{
	struct jsonw *j = &w->j;
	size_t values = 0;

	for (size_t i = first; i < count; i = next_twin(t, i))
		values += marked[i];
	if (values == 0)
		return;
	write_key(w, fields[first].spec);
	if (values > 1)
		jsonw_array(j);
	for (size_t i = first; i < count; i = next_twin(t, i))
		if (marked[i])
			write_value(w, &fields[i]);
	if (values > 1)
		jsonw_array_end(j);
}

void
other_write(const struct template *t, const struct template_set *templates,
    const struct field *fields, const bool *marked, size_t count, struct buf *out)
{
	struct writing w = { .templates = templates, .domain = t->domain };

	jsonw_init(&w.j, out);
	jsonw_object(&w.j);
	for (size_t i = 0; i < count; i++)
		if (!t->fields[i].again)
			write_element(&w, t, fields, marked, i, count);
	jsonw_object_end(&w.j);
}
