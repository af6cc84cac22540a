/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/element.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { REGISTRY_MAX = 4 << 20, WORD_MAX = 80 };

static const struct registry {
	const char *file;
	uint32_t pen;
} registries[] = {
	{ "iana_ipfix_information_elements.xml", ELEMENT_PEN_IANA },
	{ "nokia.xml", 637 },
	{ "huawei.xml", 2011 },
	{ "vmware.xml", 6876 },
};

/* The file's text, or NULL where it is absent. */
static char *
slurp(const char *file)
{
	const char *dir = getenv("NFSEAL_REGISTRY");
	char path[1024];
	char *text;
	size_t len;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "../shared/registry", file);
	in = fopen(path, "r");
	if (in == NULL)
		return NULL;
	text = calloc(1, REGISTRY_MAX);
	assert_non_null(text);
	len = fread(text, 1, REGISTRY_MAX - 1, in);
	assert_true(len > 0 && len < REGISTRY_MAX - 1);
	fclose(in);
	return text;
}

/* What stands in <tag>...</tag> between at and end; "" if there is none. */
static void
field(const char *at, const char *end, const char *tag, char out[WORD_MAX])
{
	char open[32];
	const char *from;
	size_t len;

	out[0] = '\0';
	snprintf(open, sizeof(open), "<%s>", tag);
	from = strstr(at, open);
	if (from == NULL || from > end)
		return;
	from += strlen(open);
	len = strcspn(from, "<\n");
	assert_true(len < WORD_MAX);
	memcpy(out, from, len);
	out[len] = '\0';
}

static void
check_unassigned(uint32_t pen, const char *ids)
{
	char *rest;
	unsigned long first = strtoul(ids, &rest, 10);
	unsigned long last = *rest == '-' ? strtoul(rest + 1, NULL, 10) : first;

	assert_true(first <= last && last <= 32767);
	for (unsigned long id = first; id <= last; id++)
		assert_null(element_find(pen, (uint16_t)id));
}

static void
check_assigned(uint32_t pen, const char *ids, const char *name, const char *type)
{
	const struct element *e = element_find(pen, (uint16_t)strtoul(ids, NULL, 10));

	if (e == NULL)
		fail_msg("%u/%s %s has no row", (unsigned)pen, ids, name);
	assert_string_equal(e->name, name);
	assert_string_equal(element_type_name((enum element_type)e->type), type);
}

/* Compares the first registry of the text; returns how many elements it has. */
static size_t
check_registry(uint32_t pen, const char *text)
{
	const char *at = strstr(text, "<registry id=\"ipfix-information-elements\">");
	const char *last;
	size_t count = 0;

	assert_non_null(at);
	last = strstr(at + 1, "<registry"); /* the registries inside it follow its records */
	if (last == NULL)
		last = strstr(at, "</registry>");
	assert_non_null(last);
	while ((at = strstr(at, "<record")) != NULL && at < last) {
		const char *end = strstr(at, "</record>");
		char name[WORD_MAX], type[WORD_MAX], ids[WORD_MAX];

		assert_non_null(end);
		field(at, end, "name", name);
		field(at, end, "dataType", type);
		field(at, end, "elementId", ids);
		if (type[0] == '\0')
			check_unassigned(pen, ids);
		else
			check_assigned(pen, ids, name, type);
		count += type[0] != '\0';
		at = end;
	}
	return count;
}

static size_t
rows_below_32768(uint32_t pen)
{
	size_t count, found = 0;
	const struct element *e = element_table(&count);

	for (size_t i = 0; i < count; i++)
		found += e[i].pen == pen && e[i].id < 32768;
	return found;
}

static void
rows_are_those_of_the_registries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(registries); i++) {
		char *text = slurp(registries[i].file);

		if (text == NULL) {
			print_message("skip: %s is absent (NFSEAL_REGISTRY)\n", registries[i].file);
			skip();
		}
		assert_int_equal(check_registry(registries[i].pen, text),
		    rows_below_32768(registries[i].pen));
		free(text);
	}
}

static void
rows_are_in_order(void **state)
{
	size_t count;
	const struct element *e = element_table(&count);

	(void)state;
	assert_true(count > 600);
	for (size_t i = 1; i < count; i++)
		assert_true(e[i - 1].pen < e[i].pen ||
		    (e[i - 1].pen == e[i].pen && e[i - 1].id < e[i].id));
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(element_find(e[i].pen, e[i].id), &e[i]);
}

/* No id has the bit that its enterprise keeps for reverses, and IANA's names are its own. */
static void
rows_are_distinct(void **state)
{
	size_t count;
	const struct element *e = element_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct element *named = element_by_name(e[i].name);

		assert_false(element_is_reverse(e[i].pen, e[i].id));
		assert_string_equal(named->name, e[i].name);
		if (e[i].pen == ELEMENT_PEN_IANA)
			assert_ptr_equal(named, &e[i]);
	}
}

static unsigned
companion(const struct element *e)
{
	if (e->rule == ELEMENT_RULE_ICMP)
		return COLUMN_ICMP_CODE;
	return e->rule == ELEMENT_RULE_INSTANT ? COLUMN_FLOW_END : COLUMN_NONE;
}

static void
each_rank_of_a_column_is_taken_once(void **state)
{
	enum { RANK_MAX = 16 };
	static const struct element *taken[COLUMN_COUNT][RANK_MAX];
	size_t count;
	const struct element *e = element_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const unsigned columns[] = { e[i].column, e[i].reverse_column, companion(&e[i]) };

		assert_true(e[i].rank < RANK_MAX);
		for (size_t k = 0; k < ARRAY_LEN(columns); k++) {
			if (columns[k] == COLUMN_NONE)
				continue;
			if (taken[columns[k]][e[i].rank] != NULL)
				fail_msg("%s and %s have one rank", e[i].name,
				    taken[columns[k]][e[i].rank]->name);
			taken[columns[k]][e[i].rank] = &e[i];
		}
	}
}

static bool
fits(const struct element *e, unsigned column)
{
	unsigned size = element_type_size((enum element_type)e->type);

	if (column == COLUMN_NONE || e->rule == ELEMENT_RULE_MPLS)
		return true;
	switch (column_infos[column].type) {
	case COLUMN_TYPE_TIME:
		return e->type >= ELEMENT_dateTimeSeconds &&
		    e->type <= ELEMENT_dateTimeNanoseconds;
	case COLUMN_TYPE_INT32:
		return e->type == ELEMENT_unsigned8 || e->type == ELEMENT_unsigned16;
	case COLUMN_TYPE_INT64:
		return e->type >= ELEMENT_unsigned8 && e->type <= ELEMENT_unsigned64 && size > 0;
	case COLUMN_TYPE_ADDRESS:
		return e->type == ELEMENT_ipv4Address || e->type == ELEMENT_ipv6Address;
	case COLUMN_TYPE_MAC:
		return e->type == ELEMENT_macAddress;
	case COLUMN_TYPE_TEXT:
		return e->type == ELEMENT_string;
	case COLUMN_TYPE_OCTETS:
		return e->type == ELEMENT_octetArray;
	}
	return false;
}

static void
types_fit_their_columns(void **state)
{
	size_t count;
	const struct element *e = element_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (e[i].rule == ELEMENT_RULE_UPTIME || e[i].rule == ELEMENT_RULE_DELTA)
			assert_int_equal(e[i].type, ELEMENT_unsigned32);
		else if (!fits(&e[i], e[i].column) || !fits(&e[i], e[i].reverse_column))
			fail_msg("%s does not fit its column", e[i].name);
	}
}

static void
columns_of_some(void **state)
{
	static const struct {
		uint32_t pen;
		uint16_t id;
		enum column_id column, reverse;
		enum element_rule rule;
	} some[] = {
		{ 0, 1, COLUMN_BYTES, COLUMN_REV_BYTES, ELEMENT_RULE_PLAIN },
		{ 0, 2, COLUMN_PACKETS, COLUMN_REV_PACKETS, ELEMENT_RULE_PLAIN },
		{ 0, 3, COLUMN_NONE, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 0, 5, COLUMN_TOS, COLUMN_REV_TOS, ELEMENT_RULE_PLAIN },
		{ 0, 6, COLUMN_TCP_FLAGS, COLUMN_REV_TCP_FLAGS, ELEMENT_RULE_PLAIN },
		{ 0, 22, COLUMN_FLOW_START, COLUMN_NONE, ELEMENT_RULE_UPTIME },
		{ 0, 28, COLUMN_DST_IP, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 0, 32, COLUMN_ICMP_TYPE, COLUMN_NONE, ELEMENT_RULE_ICMP },
		{ 0, 57, COLUMN_DST_MAC, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 0, 70, COLUMN_MPLS_LABEL, COLUMN_NONE, ELEMENT_RULE_MPLS },
		{ 0, 156, COLUMN_FLOW_START, COLUMN_NONE, ELEMENT_RULE_NANOS },
		{ 0, 232, COLUMN_REV_BYTES, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 0, 243, COLUMN_VLAN, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 0, 245, COLUMN_INNER_VLAN, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 0, 40005, COLUMN_FIREWALL_EVENT, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 8057, 808, COLUMN_TLS_SERVER_NAME, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 8057, 851, COLUMN_REV_PAYLOAD, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 39499, 1, COLUMN_HTTP_HOST, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 39499, 333, COLUMN_TLS_VERSION, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 39499, 7233, COLUMN_NAT_SRC_IP, COLUMN_NONE, ELEMENT_RULE_PLAIN },
		{ 6871, 14, COLUMN_INITIAL_TCP_FLAGS, COLUMN_REV_INITIAL_TCP_FLAGS,
		    ELEMENT_RULE_PLAIN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(some); i++) {
		const struct element *e = element_find(some[i].pen, some[i].id);

		assert_non_null(e);
		assert_int_equal(e->column, some[i].column);
		assert_int_equal(e->reverse_column, some[i].reverse);
		assert_int_equal(e->rule, some[i].rule);
	}
}

static unsigned
rank(uint16_t id)
{
	return element_find(ELEMENT_PEN_IANA, id)->rank;
}

static void
the_finest_time_and_the_delta_come_first(void **state)
{
	(void)state;
	assert_true(rank(156) < rank(154) && rank(154) < rank(152) && rank(152) < rank(150));
	assert_true(rank(150) < rank(22));
	assert_true(rank(157) < rank(155) && rank(155) < rank(153) && rank(153) < rank(151));
	assert_true(rank(151) < rank(21));
	assert_true(rank(1) < rank(85) && rank(85) < rank(23));
	assert_true(rank(2) < rank(86) && rank(86) < rank(24));
	assert_true(rank(8) < rank(27));
}

static void
reverses_find_their_forward_element(void **state)
{
	(void)state;
	assert_ptr_equal(element_find(ELEMENT_PEN_REVERSE, 1), element_find(0, 1));
	assert_ptr_equal(element_find(ELEMENT_PEN_CERT, 14 | 0x4000),
	    element_find(ELEMENT_PEN_CERT, 14));
	assert_true(element_is_reverse(ELEMENT_PEN_REVERSE, 1));
	assert_true(element_is_reverse(ELEMENT_PEN_CERT, 14 | 0x4000));
	assert_false(element_is_reverse(ELEMENT_PEN_CERT, 14));
	assert_false(element_is_reverse(ELEMENT_PEN_IANA, 1));
	assert_false(element_is_reverse(9, 0x4001));
	assert_null(element_find(ELEMENT_PEN_REVERSE, 534));
	assert_null(element_find(ELEMENT_PEN_CERT, 999 | 0x4000));
}

/* RFC 5103 section 6.1. */
static void
some_have_no_reverse(void **state)
{
	static const uint16_t without[] = { 40, 130, 148, 149, 173, 210, 217, 239 };
	static const uint16_t with[] = { 1, 2, 6, 10, 58, 136, 152, 184 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(without); i++)
		assert_false(element_reversible(element_find(0, without[i])));
	for (size_t i = 0; i < ARRAY_LEN(with); i++)
		assert_true(element_reversible(element_find(0, with[i])));
	assert_true(element_reversible(element_find(ELEMENT_PEN_CERT, 14)));
	assert_false(element_reversible(element_find(637, 91)));
}

static void
names_are_found(void **state)
{
	(void)state;
	assert_int_equal(element_by_name("octetDeltaCount")->id, 1);
	assert_int_equal(element_by_name("flowDirection")->pen, ELEMENT_PEN_IANA);
	assert_int_equal(element_by_name("vmware:flowDirection")->id, 954);
	assert_int_equal(element_by_name("iana:flowDirection")->id, 61);
	assert_int_equal(element_by_name("initialTCPFlags")->pen, ELEMENT_PEN_CERT);
	assert_null(element_by_name("OctetDeltaCount"));
	assert_null(element_by_name("cert:octetDeltaCount"));
	assert_null(element_by_name("nobody:octetDeltaCount"));
	assert_null(element_by_name(":octetDeltaCount"));
	assert_null(element_by_name(""));
}

/* RFC 7011 section 6.1. */
static void
types_have_names_and_sizes(void **state)
{
	(void)state;
	for (int i = 0; i < ELEMENT_TYPE_COUNT; i++)
		assert_non_null(element_type_name((enum element_type)i));
	assert_string_equal(element_type_name(ELEMENT_subTemplateMultiList),
	    "subTemplateMultiList");
	assert_int_equal(element_type_size(ELEMENT_octetArray), 0);
	assert_int_equal(element_type_size(ELEMENT_boolean), 1);
	assert_int_equal(element_type_size(ELEMENT_macAddress), 6);
	assert_int_equal(element_type_size(ELEMENT_dateTimeSeconds), 4);
	assert_int_equal(element_type_size(ELEMENT_dateTimeNanoseconds), 8);
	assert_int_equal(element_type_size(ELEMENT_ipv6Address), 16);
	assert_int_equal(element_type_size(ELEMENT_unsigned256), 32);
	assert_int_equal(element_type_size(ELEMENT_string), 0);
}

static void
description_has_a_line_each(void **state)
{
	size_t count, lines = 0;
	struct buf text;

	(void)state;
	(void)element_table(&count);
	buf_init(&text, 0);
	element_describe(&text);
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	assert_int_equal(lines, count);
	assert_non_null(strstr(buf_cstr(&text),
	    "0 1 octetDeltaCount unsigned64 bytes 0 rev_bytes plain\n"));
	assert_non_null(strstr(buf_cstr(&text), "\n0 3 deltaFlowCount unsigned64 - 0 - plain\n"));
	assert_non_null(strstr(buf_cstr(&text),
	    "\n0 70 mplsTopLabelStackSection octetArray mpls_label 0 - mpls\n"));
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_those_of_the_registries),
		cmocka_unit_test(rows_are_in_order),
		cmocka_unit_test(rows_are_distinct),
		cmocka_unit_test(each_rank_of_a_column_is_taken_once),
		cmocka_unit_test(types_fit_their_columns),
		cmocka_unit_test(columns_of_some),
		cmocka_unit_test(the_finest_time_and_the_delta_come_first),
		cmocka_unit_test(reverses_find_their_forward_element),
		cmocka_unit_test(some_have_no_reverse),
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(types_have_names_and_sizes),
		cmocka_unit_test(description_has_a_line_each),
	};

	return cmocka_run_group_tests_name("flow/element", tests, NULL, NULL);
}
