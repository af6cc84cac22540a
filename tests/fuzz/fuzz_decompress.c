/* SPDX-License-Identifier: BSD-2-Clause */
/* A compressed file or an archive: all of it is decoded, as long as it is not a bomb. */
#include "capture/decompress.h"

#include "capture/members.h"
#include "tests/capture/memory_origin.h"

enum { CHUNK = 65536, CHUNKS_MAX = 64, MEMBERS_MAX = 100 };

static void
read_all(enum status (*read)(void *, uint8_t *, size_t, size_t *, struct fault *), void *ctx)
{
	uint8_t chunk[CHUNK];
	struct fault f = { 0 };
	size_t n;

	for (unsigned i = 0; i < CHUNKS_MAX; i++) {
		if (read(ctx, chunk, sizeof(chunk), &n, &f) != STATUS_OK)
			break;
	}
}

static void
try_members(enum format format, struct feed *in, size_t size)
{
	struct fault f = { 0 };
	struct members *m;
	struct member member;

	if (members_open(format, in, size, NULL, &m, &f) != STATUS_OK)
		return;
	for (unsigned i = 0; i < MEMBERS_MAX; i++) {
		if (members_next(m, &member, &f) != STATUS_OK)
			break;
		if (member.file)
			read_all(members_read, m);
	}
	members_free(m);
}

static void
try_decompress(enum format format, struct feed *in)
{
	struct decompress *d;
	struct fault f = { 0 };

	if (decompress_open(format, in, &d, &f) != STATUS_OK)
		return;
	read_all(decompress_read, d);
	decompress_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_origin m = { .data = data, .len = size, .step = 4096 };
	struct feed_origin origin = { memory_read, memory_seek, &m };
	struct block_pool *pool = NULL;
	enum format format;
	struct feed in;

	if (size % 2 == 1) { /* as from a pipe */
		origin.seek = NULL;
		size = 0;
	}
	if (block_pool_open(&pool, NULL) != STATUS_OK)
		return 0;
	if (feed_open(&in, &origin, pool, NULL) == STATUS_OK) {
		(void)feed_fill(&in, FORMAT_LOOK);
		format = format_of(in.at, feed_left(&in));
		if (format_info(format)->kind == FORMAT_COMPRESSED)
			try_decompress(format, &in);
		else if (format_info(format)->kind == FORMAT_ARCHIVE)
			try_members(format, &in, size);
		feed_close(&in);
	}
	block_pool_close(pool);
	return 0;
}
