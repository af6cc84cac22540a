/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A genesis' bytes, before and after its signature is believed: what is taken is written again
 * as the same bytes, and the key that it claims is the one that it has.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "archive/chain.h"
#include "archive/genesis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
write_again(const struct genesis *g, const uint8_t *data, size_t size)
{
	uint8_t key[KEY_SIZE];
	struct buf again;

	buf_init(&again, 0);
	genesis_write(g, &again);
	must(buf_ok(&again) && again.len == size && memcmp(again.data, data, size) == 0);
	buf_free(&again);
	must(genesis_claimed_key(data, size, key, NULL, NULL) == STATUS_OK);
	must(memcmp(key, g->key, KEY_SIZE) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t signature[SIGNATURE_SIZE] = { 1 };
	struct genesis *g = NULL;
	const char *code = NULL;
	struct fault f = { 0 };
	struct chain start;
	enum status rc = genesis_parse(data, size, "fuzz", &g, &code, &f);

	must(rc == f.status && (rc == STATUS_OK) == (code == NULL) && (rc == STATUS_OK) == (g != NULL));
	if (g != NULL)
		write_again(g, data, size);
	genesis_free(g);
	/* nobody signs so */
	must(chain_start(data, size, signature, "fuzz", &start, NULL, NULL, NULL) != STATUS_OK);
	return 0;
}
