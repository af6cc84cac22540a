/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_origin.h"

#include "base/jsonw.h"
#include "flow/element.h"

/* The columns that a time's or a code's rule feeds besides the element's own. */
static bool
feeds_besides(const struct element *e, enum column_id id)
{
	switch (e->rule) {
	case ELEMENT_RULE_NANOS:
		return (e->column == COLUMN_FLOW_START && id == COLUMN_FLOW_START_NS) ||
		    (e->column == COLUMN_FLOW_END && id == COLUMN_FLOW_END_NS);
	case ELEMENT_RULE_INSTANT:
		return e->column == COLUMN_FLOW_START && id == COLUMN_FLOW_END;
	case ELEMENT_RULE_ICMP:
		return e->column == COLUMN_ICMP_TYPE && id == COLUMN_ICMP_CODE;
	default:
		return false;
	}
}

static void
put_element(struct jsonw *j, uint32_t pen, uint32_t id)
{
	jsonw_array(j);
	jsonw_u64(j, pen);
	jsonw_u64(j, id);
	jsonw_array_end(j);
}

static void
put_reverse(struct jsonw *j, const struct element *e)
{
	enum { REVERSE_BIT = 0x4000 };

	if (e->pen == ELEMENT_PEN_IANA)
		put_element(j, ELEMENT_PEN_REVERSE, e->id);
	else if (element_is_reverse(e->pen, e->id | REVERSE_BIT))
		put_element(j, e->pen, e->id | REVERSE_BIT);
}

static bool
is_fed(const struct element *table, size_t count, enum column_id id)
{
	for (size_t i = 0; i < count; i++) {
		const struct element *e = &table[i];

		if (e->column == id || e->reverse_column == id || feeds_besides(e, id))
			return true;
	}
	return false;
}

static void
put_rank(struct jsonw *j, const struct element *table, size_t count, enum column_id id,
    unsigned rank)
{
	for (size_t i = 0; i < count; i++) {
		const struct element *e = &table[i];

		if (e->rank != rank)
			continue;
		if (e->column == id || feeds_besides(e, id))
			put_element(j, e->pen, e->id);
		if (e->reverse_column == id)
			put_reverse(j, e);
	}
}

void
parquet_origin_put(struct buf *out)
{
	size_t count;
	const struct element *table = element_table(&count);
	unsigned last = 0;
	struct jsonw j;

	for (size_t i = 0; i < count; i++)
		last = table[i].rank > last ? table[i].rank : last;
	jsonw_init(&j, out);
	jsonw_object(&j);
	for (unsigned id = 0; id < COLUMN_COUNT; id++) {
		if (!is_fed(table, count, (enum column_id)id))
			continue;
		jsonw_key(&j, column_infos[id].name);
		jsonw_array(&j);
		for (unsigned rank = 0; rank <= last; rank++)
			put_rank(&j, table, count, (enum column_id)id, rank);
		jsonw_array_end(&j);
	}
	jsonw_object_end(&j);
}
