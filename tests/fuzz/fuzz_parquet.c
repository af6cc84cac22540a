/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole file, as the reader gets it. */
#include <stdlib.h>

#include "parquet_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file m = { data, size };
	struct fault f = { 0 };
	struct table *t = NULL;
	uint64_t rows;

	if (table_open(1000, &t, &f) != STATUS_OK)
		return 0;
	(void)!memory_scan(&m, t, &rows, &f);
	table_free(t);
	return 0;
}
