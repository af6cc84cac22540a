/* SPDX-License-Identifier: BSD-2-Clause */
/* DTLS datagrams. */
#include "base/cursor.h"
#include "tests/fuzz/app_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct app_reader reader = { "dtls", "tls", APP_DATAGRAM, app_dtls_probe, app_dtls_feed };

	if (size > 0)
		target_run(&reader, data[0] & TARGET_FLAGS, data + 1, size - 1);
	return 0;
}
