/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QUIC datagrams; with 16 in the first octet, what follows are frames, which are protected here
 * as a client does it, so that the fuzzer gets behind the encryption.
 */
#include "base/cursor.h"
#include "tests/capture/quic_seal.h"
#include "tests/fuzz/app_target.h"

static const struct app_reader reader = { "quic", "quic", APP_DATAGRAM, app_quic_probe, app_quic_feed };

/* Versions with TLS, and Q050 with a CHLO. */
static uint32_t
version_of(uint8_t flags)
{
	return flags & 32 ? 0x51303530 : flags & 64 ? QUIC_V2 : QUIC_V1;
}

static void
run_frames(uint8_t flags, const uint8_t *data, size_t size)
{
	static const uint8_t cid[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct sealing s = { .version = version_of(flags), .cid = cid, .cid_len = sizeof(cid) };
	struct buf b = { .data = NULL };

	if (size > 4000)
		size = 4000;
	if (!seal_initial(&b, &s, data, size))
		abort();
	target_run(&reader, flags & TARGET_FLAGS & ~TARGET_SEVERAL, b.data, b.len);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] & 16)
		run_frames(data[0], data + 1, size - 1);
	else if (size > 0)
		target_run(&reader, data[0] & TARGET_FLAGS, data + 1, size - 1);
	return 0;
}
