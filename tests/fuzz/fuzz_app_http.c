/* SPDX-License-Identifier: BSD-2-Clause */
/* The first octets of an HTTP stream. */
#include "base/cursor.h"
#include "tests/fuzz/app_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct app_reader reader = { "http", "http", APP_STREAM, app_http_probe, app_http_feed };

	if (size > 0)
		target_run(&reader, data[0] & TARGET_FLAGS, data + 1, size - 1);
	return 0;
}
