/* SPDX-License-Identifier: BSD-2-Clause */
/* Manifests: what is accepted is written again as the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "archive/manifest.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault f = { 0 };
	struct manifest *m = NULL;
	struct buf again = { 0 };
	const char *code = NULL;

	if (manifest_parse(data, size, "fuzz", &m, &code, &f) == STATUS_OK) {
		manifest_write(m, &again);
		if (again.len != size || memcmp(again.data, data, size) != 0)
			abort();
		if (manifest_check_counts(m, "fuzz", NULL) == STATUS_OK && m->rows != m->flows.emitted)
			abort();
		manifest_free(m);
	} else if (code == NULL) {
		abort(); /* a refusal without a finding */
	}
	buf_free(&again);
	return 0;
}
