/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/restate.h"

#include <stdlib.h>

#include "flow/ipfix_decode.h"

enum {
	TEMPLATE_SET = 2,
	OPTIONS_SET = 3,
	ENTERPRISE_BIT = 0x8000,
	WITHDRAWAL = 8,  /* of all templates of a kind: a set of one */
	FIELD_MAX = 8,
	SPARE = IPFIX_SET_HEADER_SIZE + 6 + TEMPLATE_FIELDS_MAX * FIELD_MAX
};

struct restating {
	struct buf *out;
	const struct export_header *next;
	size_t message; /* where the present one begins */
	size_t messages;
};

static void
begin_message(struct restating *r)
{
	r->message = r->out->len;
	r->messages++;
	buf_be16(r->out, DIALECT_IPFIX);
	buf_be16(r->out, 0);
	buf_be32(r->out, r->next->seconds);
	buf_be32(r->out, r->next->sequence);
	buf_be32(r->out, r->next->domain);
}

static void
end_message(struct restating *r)
{
	if (buf_ok(r->out))
		buf_set_be16(r->out, r->message + 2, (uint16_t)(r->out->len - r->message));
}

static void
put_withdrawal(struct restating *r, uint16_t set)
{
	buf_be16(r->out, set);
	buf_be16(r->out, WITHDRAWAL);
	buf_be16(r->out, set);
	buf_be16(r->out, 0);
}

static void
put_template(struct restating *r, const struct template *t)
{
	size_t start = r->out->len;

	buf_be16(r->out, t->options ? OPTIONS_SET : TEMPLATE_SET);
	buf_be16(r->out, 0);
	buf_be16(r->out, t->id);
	buf_be16(r->out, t->count);
	if (t->options)
		buf_be16(r->out, t->scopes);
	for (size_t i = 0; i < t->count; i++) {
		const struct template_field *field = &t->fields[i];

		buf_be16(r->out, field->pen != 0 ? field->id | ENTERPRISE_BIT : field->id);
		buf_be16(r->out, field->length);
		if (field->pen != 0)
			buf_be32(r->out, field->pen);
	}
	if (buf_ok(r->out))
		buf_set_be16(r->out, start + 2, (uint16_t)(r->out->len - start));
}

size_t
restate_templates(struct buf *out, const struct template_set *templates,
    const struct export_header *next)
{
	struct restating r = { .out = out, .next = next };
	const struct template **list = NULL;
	size_t count = 0;

	if (templates != NULL && template_set_count(templates) > 0) {
		list = malloc(template_set_count(templates) * sizeof *list);
		if (list == NULL) {
			out->failed = true;
			return 0;
		}
		count = template_set_list(templates, next->domain, list, template_set_count(templates));
	}
	begin_message(&r);
	put_withdrawal(&r, TEMPLATE_SET);
	put_withdrawal(&r, OPTIONS_SET);
	for (size_t i = 0; i < count; i++) {
		if (out->len - r.message > IPFIX_MESSAGE_MAX - SPARE) {
			end_message(&r);
			begin_message(&r);
		}
		put_template(&r, list[i]);
	}
	end_message(&r);
	free(list);
	return r.messages;
}
