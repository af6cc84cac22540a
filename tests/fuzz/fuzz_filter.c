/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "replay/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct table *
some_rows(void)
{
	struct address a = { .octets = { 10, 0, 0, 1 }, .family = 4 };
	struct table *t;

	if (table_open(2, &t, NULL) != STATUS_OK)
		abort();
	(void)table_add_row(t);
	(void)table_add_row(t);
	for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
		switch (column_infos[id].type) {
		case COLUMN_TYPE_INT32:
			table_set_i32(t, id, 0, INT32_MAX);
			break;
		case COLUMN_TYPE_TIME:
		case COLUMN_TYPE_INT64:
			table_set_i64(t, id, 0, id == COLUMN_FLOW_START ? INT64_MIN : INT64_MAX);
			break;
		case COLUMN_TYPE_ADDRESS:
			table_set_address(t, id, 0, &a);
			break;
		case COLUMN_TYPE_MAC:
			table_set_mac(t, id, 0, 0xffffffffffff);
			break;
		case COLUMN_TYPE_TEXT:
		case COLUMN_TYPE_OCTETS:
			table_set_bytes(t, id, 0, "abc", 3);
			break;
		}
	}
	return t;
}

/* Whatever is taken evaluates to 0 and 1; whatever is refused has a message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[FILTER_MESSAGE_MAX];
	char *text = malloc(size + 1);
	struct fault fault = { 0 };
	struct filter *filter;
	struct table *t;
	uint8_t matched[2];

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (filter_parse(text, &filter, &fault) == STATUS_OK) {
		t = some_rows();
		if (filter_rows(filter, t, matched) != (size_t)matched[0] + matched[1] ||
		    matched[0] > 1 || matched[1] > 1)
			abort();
		table_free(t);
		filter_free(filter);
	} else {
		filter_message(text, &fault, message);
		if (message[0] == '\0')
			abort();
	}
	free(text);
	return 0;
}
