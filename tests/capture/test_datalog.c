/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/datalog.h"
#include "capture/dissect.h"
#include "capture/source.h"

static uint8_t octets[65507];

static struct datagram
datagram(const char *src, const char *dst, size_t len, int64_t time)
{
	struct datagram g = { .received = time, .data = octets, .len = len, .src_port = 40000,
		.dst_port = 2055 };

	assert_true(text_parse_address(src, &g.src));
	if (dst != NULL)
		assert_true(text_parse_address(dst, &g.dst));
	return g;
}

/* The file as the program's own reader of captures sees it. */
static size_t
read_back(const struct buf *file, struct packet *out, size_t max, struct source **source)
{
	static char name[] = "/tmp/datalog-XXXXXX";
	char path[sizeof name];
	const char *paths[] = { path };
	const struct source_options o = { .paths = paths, .path_count = 1 };
	size_t all = 0, count;
	int fd;

	memcpy(path, name, sizeof name);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->data, file->len), (ssize_t)file->len);
	close(fd);
	assert_int_equal(source_open(&o, source, NULL), STATUS_OK);
	if (source_next(*source, out, max, &count, NULL) == STATUS_OK)
		all = count;
	unlink(path);
	return all;
}

static uint32_t
sum(const uint8_t *p, size_t len, uint32_t with)
{
	for (size_t i = 0; i < len; i++)
		with += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
	while (with > 0xffff)
		with = (with & 0xffff) + (with >> 16);
	return with;
}

static void
comes_back(void **state)
{
	(void)state;
	struct datalog *d = NULL;
	struct source *source = NULL;
	struct packet got[16];
	struct dissected x;
	struct buf file = { 0 };
	const struct datagram four = datagram("192.0.2.1", "192.0.2.2", 101, 1795419840123456789);
	const struct datagram six = datagram("2001:db8::1", "2001:db8::2", sizeof octets, 5);
	const struct datagram unknown = datagram("192.0.2.1", NULL, 0, 6);

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7);
	assert_int_equal(datalog_open(3, &d, NULL), STATUS_OK);
	datalog_put(d, &four, 0);
	assert_int_equal(datalog_cut(d, &file, NULL), STATUS_OK);
	assert_int_equal(datalog_pending(d), 0);
	datalog_put(d, &six, 0);
	datalog_put(d, &unknown, 3);
	assert_int_equal(datalog_cut(d, &file, NULL), STATUS_OK);
	assert_int_equal(datalog_cut(d, &file, NULL), STATUS_OK); /* nothing is pending */
	assert_int_equal(read_back(&file, got, 16, &source), 3);
	assert_int_equal(got[0].time, four.received);
	assert_true(got[0].fine);
	assert_int_equal(got[0].captured, 28 + 101);
	assert_memory_equal(got[0].data + 28, octets, 101);
	assert_int_equal(got[1].captured, 48 + sizeof octets);
	assert_memory_equal(got[1].data + 48, octets, sizeof octets);
	assert_int_equal(got[2].captured, 28);
	assert_int_equal(dissect(&got[0], &x), REJECT_NONE);
	assert_int_equal(KEY_SRC_PORT(x.key.w[4]), 40000);
	assert_int_equal(KEY_DST_PORT(x.key.w[4]), 2055);
	assert_int_equal(dissect(&got[1], &x), REJECT_NONE);
	assert_int_equal(KEY_VERSION(x.key.w[4]), 6);
	/* a right checksum gives ones with itself, the pseudo header included */
	assert_int_equal(sum(got[0].data, 20, 0), 0xffff);
	assert_int_equal(sum(got[0].data + 12, 8 + 8 + 101, 17 + 8 + 101), 0xffff);
	assert_int_equal(sum(got[1].data + 8, 32 + 8 + sizeof octets, 17 + 8 + sizeof octets), 0xffff);
	source_close(source);
	buf_free(&file);
	datalog_free(d);
}

/* A file without datagrams is a capture all the same, and the next one begins with its header. */
static void
each_file_has_its_header(void **state)
{
	(void)state;
	struct datalog *d = NULL;
	struct buf one = { 0 }, two = { 0 };
	struct packet got[4];
	struct source *source = NULL;
	const struct datagram g = datagram("10.0.0.1", "10.0.0.2", 10, 1);

	assert_int_equal(datalog_open(3, &d, NULL), STATUS_OK);
	assert_int_equal(datalog_cut(d, &one, NULL), STATUS_OK);
	assert_int_equal(read_back(&one, got, 4, &source), 0);
	source_close(source);
	datalog_begin(d);
	datalog_put(d, &g, 0);
	assert_int_equal(datalog_cut(d, &two, NULL), STATUS_OK);
	assert_int_equal(read_back(&two, got, 4, &source), 1);
	source_close(source);
	buf_free(&one);
	buf_free(&two);
	datalog_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(each_file_has_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
