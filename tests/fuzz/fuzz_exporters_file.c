/* SPDX-License-Identifier: BSD-2-Clause */
/* STEM.exporters.json: what is accepted can be added up, and shown as it is. */
#include <stdlib.h>
#include <string.h>

#include "archive/exporters_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exporters_file file, sum = { .seed = 1 };
	struct fault f = { 0 };

	if (exporters_file_parse(data, size, "fuzz", &file, &f) != STATUS_OK)
		return 0;
	for (size_t i = 0; i < file.count; i++)
		for (const char *p = file.entries[i].address; *p != '\0'; p++)
			if (*p < ' ' || *p > '~')
				abort();
	for (int i = 0; i < 2; i++)
		if (exporters_file_add(&sum, &file, &f) != STATUS_OK)
			abort();
	if (sum.count > file.count)
		abort();
	exporters_file_free(&sum);
	exporters_file_free(&file);
	return 0;
}
