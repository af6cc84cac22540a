/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/tunnelrow.h"

#include <string.h>

#include "base/text.h"

static struct address
address_of(const uint64_t words[2], unsigned version)
{
	struct address a;

	memcpy(a.octets, words, 16);
	a.family = (uint8_t)version;
	return a;
}

static void
write_address(struct jsonw *j, const char *key, const uint64_t words[2], unsigned version)
{
	struct address a = address_of(words, version);
	char text[TEXT_ADDRESS_MAX];

	(void)text_address(text, &a);
	jsonw_key_str(j, key, text);
}

void
tunnelrow_write(struct jsonw *j, const struct tunnel_layer *l)
{
	jsonw_object(j);
	jsonw_key_str(j, "type", tunnel_name(l->kind));
	if (l->marks & TUNNEL_HAS_ID)
		jsonw_key_u64(j, "id", l->id);
	if (l->version != 0) {
		write_address(j, "src", l->src, l->version);
		write_address(j, "dst", l->dst, l->version);
	}
	jsonw_object_end(j);
}

void
tunnelrow_set(struct table *t, size_t row, const uint8_t *kinds, size_t depth,
    const struct tunnel_layer *l, bool id)
{
	char text[TUNNEL_PATH_TEXT];

	tunnel_path_text(kinds, depth, text);
	table_set_bytes(t, COLUMN_TUNNEL_TYPE, row, text, strlen(text));
	if (id)
		table_set_i64(t, COLUMN_TUNNEL_ID, row, l->id);
	if (l->version != 0) {
		struct address src = address_of(l->src, l->version), dst = address_of(l->dst, l->version);

		table_set_address(t, COLUMN_TUNNEL_SRC_IP, row, &src);
		table_set_address(t, COLUMN_TUNNEL_DST_IP, row, &dst);
	}
}
