/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS messages; with 16 in the first octet, over a stream. */
#include "base/cursor.h"
#include "tests/fuzz/app_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct app_reader readers[] = {
		{ "dns", "dns", APP_DATAGRAM, app_dns_probe, app_dns_feed },
		{ "dns", "dns", APP_STREAM, app_dns_stream_probe, app_dns_stream_feed },
	};

	if (size > 0)
		target_run(&readers[(data[0] & 16) != 0], data[0] & TARGET_FLAGS, data + 1, size - 1);
	return 0;
}
