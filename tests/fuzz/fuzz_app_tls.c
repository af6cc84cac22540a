/* SPDX-License-Identifier: BSD-2-Clause */
/* The first octets of a TLS stream. */
#include "base/cursor.h"
#include "tests/fuzz/app_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct app_reader reader = { "tls", "tls", APP_STREAM, app_tls_probe, app_tls_feed };

	if (size > 0)
		target_run(&reader, data[0] & TARGET_FLAGS, data + 1, size - 1);
	return 0;
}
