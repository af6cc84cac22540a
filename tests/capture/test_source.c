/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs as a user names them: files, pipes, archives; in the directory that the test runs in. */
#include "capture/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/capture/octets.h"
#include "tests/unit.h"

enum { BATCH = 100, PACKETS = 50 };

/* A pcap of PACKETS packets, of 16 + 60 octets each. */
static void
put_capture(struct buf *b)
{
	put32(b, false, 0xa1b2c3d4);
	put16(b, false, 2);
	put16(b, false, 4);
	put32(b, false, 0);
	put32(b, false, 0);
	put32(b, false, 65535);
	put32(b, false, 1);
	for (uint8_t i = 0; i < PACKETS; i++) {
		put32(b, false, i);
		put32(b, false, 0);
		put32(b, false, 60);
		put32(b, false, 60);
		put_counting(b, i, 60);
	}
}

static void
write_file(const char *path, const void *data, size_t len)
{
	unlink(path);
	assert_int_equal(file_write_new(path, 0600, data, len, NULL), STATUS_OK);
}

static void
write_capture(const char *path, size_t less)
{
	struct buf b;

	buf_init(&b, 0);
	put_capture(&b);
	write_file(path, b.data, b.len - less);
	buf_free(&b);
}

struct run {
	struct source *s;
	uint64_t packets;
	const struct source_input *inputs;
	size_t input_count;
	const struct source_finding *findings;
	size_t finding_count;
};

static struct run
run_paths(const char *const *paths, size_t count, bool hash)
{
	struct source_options o = { .paths = paths, .path_count = count, .hash = hash };
	struct packet batch[BATCH];
	struct run r = { .packets = 0 };
	struct fault f = { 0 };
	enum status st;
	size_t n;

	assert_int_equal(source_open(&o, &r.s, &f), STATUS_OK);
	while ((st = source_next(r.s, batch, BATCH, &n, &f)) == STATUS_OK) {
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(batch[i].data[0], (batch[i].frame - 1) % PACKETS);
		r.packets += n;
	}
	assert_int_equal(st, STATUS_END);
	r.inputs = source_inputs(r.s, &r.input_count);
	r.findings = source_findings(r.s, &r.finding_count);
	return r;
}

static struct run
run_path(const char *path)
{
	return run_paths(&path, 1, true);
}

static void
expect_finding(const struct run *r, size_t i, enum source_finding_code code, int input,
    const char *file, const char *text)
{
	assert_true(i < r->finding_count);
	assert_int_equal(r->findings[i].code, code);
	assert_int_equal(r->findings[i].input, input);
	assert_string_equal(r->findings[i].fault.file, file);
	assert_string_equal(r->findings[i].fault.text, text);
}

/* The hash said is that of the file on disk. */
static void
expect_hash(const struct source_input *in, const char *path)
{
	uint8_t digest[32];
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(file_slurp(path, 1 << 24, &b, NULL), STATUS_OK);
	assert_int_equal(EVP_Digest(b.data, b.len, digest, NULL, EVP_sha256(), NULL), 1);
	assert_true(in->hashed);
	assert_int_equal(in->size, b.len);
	assert_memory_equal(in->sha256, digest, sizeof(digest));
	buf_free(&b);
}

static void
test_plain(void **state)
{
	const char *const paths[] = { "one.pcap", "one.pcap", "none.pcap" };
	struct run r;

	(void)state;
	write_capture("one.pcap", 0);
	write_capture("none.pcap", PACKETS * 76);
	r = run_paths(paths, ARRAY_LEN(paths), true);
	assert_int_equal(r.packets, 2 * PACKETS);
	assert_int_equal(r.input_count, 3);
	assert_int_equal(r.finding_count, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(r.inputs[i].name, paths[i]);
		assert_string_equal(r.inputs[i].format, "pcap");
		assert_int_equal(r.inputs[i].container, -1);
		assert_true(r.inputs[i].capture);
		assert_int_equal(r.inputs[i].packets, i < 2 ? PACKETS : 0);
		expect_hash(&r.inputs[i], paths[i]);
	}
	source_close(r.s);
	r = run_paths(paths, 1, false);
	assert_int_equal(r.packets, PACKETS);
	assert_false(r.inputs[0].hashed);
	source_close(r.s);
}

static void
test_cut_is_hashed_whole(void **state)
{
	struct run r;

	(void)state;
	write_capture("cut.pcap", 10);
	r = run_path("cut.pcap");
	assert_int_equal(r.packets, PACKETS - 1);
	expect_finding(&r, 0, SOURCE_TRUNCATED, 0, "cut.pcap",
	    "a record of 76 octets is cut: 66 are there");
	assert_int_equal(r.findings[0].fault.offset, 24 + 76 * (PACKETS - 1));
	expect_hash(&r.inputs[0], "cut.pcap");
	source_close(r.s);
}

/* Damage in the first record of a file of many blocks: hashed to its end, the next is read. */
static void
test_damaged_is_hashed_whole(void **state)
{
	const char *const paths[] = { "damaged.pcap", "one.pcap" };
	struct run r;
	struct buf b;

	(void)state;
	write_capture("one.pcap", 0);
	buf_init(&b, 0);
	put_capture(&b);
	b.data[24 + 11] = 0x7f;
	put_counting(&b, 3, 3000000);
	write_file("damaged.pcap", b.data, b.len);
	buf_free(&b);
	r = run_paths(paths, 2, true);
	assert_int_equal(r.packets, PACKETS);
	expect_finding(&r, 0, SOURCE_DAMAGED, 0, "damaged.pcap",
	    "a record's captured length is 2130706492, the limit is 262144");
	expect_hash(&r.inputs[0], "damaged.pcap");
	expect_hash(&r.inputs[1], "one.pcap");
	source_close(r.s);
}

static void
test_no_capture(void **state)
{
	const char *const paths[] = { "absent", ".", "empty", "text" };
	struct run r;

	(void)state;
	write_file("empty", "", 0);
	write_file("text", "hello, world\n", 13);
	r = run_paths(paths, ARRAY_LEN(paths), true);
	assert_int_equal(r.packets, 0);
	assert_int_equal(r.input_count, 4);
	assert_int_equal(r.finding_count, 4);
	assert_int_equal(r.findings[0].code, SOURCE_IO);
	assert_int_equal(r.findings[0].fault.status, STATUS_ABSENT);
	expect_finding(&r, 1, SOURCE_IO, 1, ".", "is a directory");
	expect_finding(&r, 2, SOURCE_NOT_CAPTURE, 2, "empty", "is empty");
	expect_finding(&r, 3, SOURCE_NOT_CAPTURE, 3, "text",
	    "neither a capture (pcap, pcapng) nor an archive or compressed file");
	expect_hash(&r.inputs[3], "text");
	assert_false(r.inputs[3].capture);
	source_close(r.s);
}

static void *
fifo_writer(void *arg)
{
	struct buf b;
	int fd = open("fifo", O_WRONLY | O_CLOEXEC);

	buf_init(&b, 0);
	put_capture(&b);
	for (size_t at = 0; at < b.len; at += 97)
		*(int *)arg |= write(fd, b.data + at, b.len - at < 97 ? b.len - at : 97) < 0;
	*(int *)arg |= close(fd) != 0;
	buf_free(&b);
	return NULL;
}

static void
test_fifo(void **state)
{
	pthread_t writer;
	struct run r;
	int failed = 0;

	(void)state;
	unlink("fifo");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(pthread_create(&writer, NULL, fifo_writer, &failed), 0);
	r = run_path("fifo");
	pthread_join(writer, NULL);
	assert_int_equal(failed, 0);
	assert_int_equal(r.packets, PACKETS);
	assert_int_equal(r.finding_count, 0);
	assert_true(r.inputs[0].hashed);
	source_close(r.s);
	unlink("fifo");
}

/* An archive under construction. */
static struct archive *
pack_open(const char *path, int (*format)(struct archive *), int (*filter)(struct archive *))
{
	struct archive *a = archive_write_new();

	unlink(path);
	assert_int_equal(format(a), ARCHIVE_OK);
	assert_int_equal(filter(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	return a;
}

static void
pack_data(struct archive *a, const char *name, const void *data, size_t len)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)len);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data, len), len);
	archive_entry_free(e);
}

static void
pack_file(struct archive *a, const char *name, const char *path)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(file_slurp(path, 1 << 24, &b, NULL), STATUS_OK);
	pack_data(a, name, b.data, b.len);
	buf_free(&b);
}

static void
pack_close(struct archive *a)
{
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static const struct {
	const char *path, *name;
	int (*format)(struct archive *);
} packers[] = {
	{ "a.tar", "tar", archive_write_set_format_ustar },
	{ "a.cpio", "cpio", archive_write_set_format_cpio_newc },
	{ "a.zip", "zip", archive_write_set_format_zip },
	{ "a.7z", "7z", archive_write_set_format_7zip },
};

static void
test_archives(void **state)
{
	char name[64];

	(void)state;
	write_capture("one.pcap", 0);
	write_capture("cut.pcap", 10);
	for (size_t i = 0; i < ARRAY_LEN(packers); i++) {
		struct archive *a = pack_open(packers[i].path, packers[i].format,
		    archive_write_add_filter_none);
		struct run r;

		pack_data(a, "read\x1bme", "text", 4);
		pack_file(a, "dir/cut.pcap", "cut.pcap");
		pack_file(a, "dir/one.pcap", "one.pcap");
		pack_close(a);
		r = run_path(packers[i].path);
		assert_int_equal(r.packets, 2 * PACKETS - 1);
		assert_int_equal(r.input_count, 3);
		assert_string_equal(r.inputs[0].format, packers[i].name);
		assert_false(r.inputs[0].capture);
		expect_hash(&r.inputs[0], packers[i].path);
		assert_int_equal(r.inputs[1].container, 0);
		expect_hash(&r.inputs[1], "cut.pcap");
		expect_hash(&r.inputs[2], "one.pcap");
		snprintf(name, sizeof(name), "%s:dir/one.pcap", packers[i].path);
		assert_string_equal(r.inputs[2].name, name);
		assert_int_equal(r.finding_count, 2);
		snprintf(name, sizeof(name), "%s:read\\x1bme", packers[i].path);
		expect_finding(&r, 0, SOURCE_SKIPPED, 0, name, "is no capture: skipped");
		assert_int_equal(r.findings[1].code, SOURCE_TRUNCATED);
		assert_int_equal(r.findings[1].input, 1);
		source_close(r.s);
	}
}

/* A member whose data do not match its check: the others are read all the same. */
static void
test_zip_member_damaged(void **state)
{
	struct archive *a;
	struct buf b;
	struct run r;

	(void)state;
	write_capture("one.pcap", 0);
	a = pack_open("a.zip", archive_write_set_format_zip, archive_write_add_filter_none);
	pack_file(a, "1.pcap", "one.pcap");
	pack_file(a, "2.pcap", "one.pcap");
	pack_file(a, "3.pcap", "one.pcap");
	pack_close(a);
	buf_init(&b, 0);
	assert_int_equal(file_slurp("a.zip", 1 << 24, &b, NULL), STATUS_OK);
	for (size_t i = 100; i < 160; i++)
		b.data[i] = 0xff;
	write_file("broken.zip", b.data, b.len);
	buf_free(&b);
	r = run_path("broken.zip");
	assert_true(r.packets >= 2 * PACKETS && r.packets < 3 * PACKETS);
	assert_int_equal(r.input_count >= 3, 1);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.findings[0].code, SOURCE_DAMAGED);
	expect_hash(&r.inputs[0], "broken.zip");
	expect_hash(&r.inputs[r.input_count - 1], "one.pcap");
	source_close(r.s);
}

/* zip, in it .tar.gz, in it .pcap.gz: five levels.  Inside two more zips it is too deep. */
static void
test_nested(void **state)
{
	struct archive *a;
	struct run r;

	(void)state;
	write_capture("one.pcap", 0);
	a = pack_open("one.pcap.gz", archive_write_set_format_raw, archive_write_add_filter_gzip);
	pack_file(a, "one", "one.pcap");
	pack_close(a);
	a = pack_open("t.tar.gz", archive_write_set_format_ustar, archive_write_add_filter_gzip);
	pack_file(a, "one.pcap.gz", "one.pcap.gz");
	pack_close(a);
	a = pack_open("z.zip", archive_write_set_format_zip, archive_write_add_filter_none);
	pack_file(a, "t.tgz", "t.tar.gz");
	pack_close(a);
	r = run_path("z.zip");
	assert_int_equal(r.packets, PACKETS);
	assert_int_equal(r.finding_count, 0);
	assert_int_equal(r.input_count, 5);
	assert_string_equal(r.inputs[4].name, "z.zip:t.tgz:t.tar:one.pcap.gz:one.pcap");
	assert_int_equal(r.inputs[4].container, 3);
	expect_hash(&r.inputs[0], "z.zip");
	expect_hash(&r.inputs[1], "t.tar.gz");
	expect_hash(&r.inputs[3], "one.pcap.gz");
	expect_hash(&r.inputs[4], "one.pcap");
	source_close(r.s);
	a = pack_open("y.zip", archive_write_set_format_zip, archive_write_add_filter_none);
	pack_file(a, "z.zip", "z.zip");
	pack_close(a);
	a = pack_open("x.zip", archive_write_set_format_zip, archive_write_add_filter_none);
	pack_file(a, "y.zip", "y.zip");
	pack_close(a);
	r = run_path("x.zip");
	assert_int_equal(r.packets, 0);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.findings[0].code, SOURCE_DAMAGED);
	source_close(r.s);
}

static void
test_archive_without_capture(void **state)
{
	struct archive *a;
	struct run r;

	(void)state;
	a = pack_open("a.tar", archive_write_set_format_ustar, archive_write_add_filter_none);
	pack_data(a, "x", "text", 4);
	pack_close(a);
	r = run_path("a.tar");
	assert_int_equal(r.finding_count, 2);
	expect_finding(&r, 0, SOURCE_SKIPPED, 0, "a.tar:x", "is no capture: skipped");
	expect_finding(&r, 1, SOURCE_NOT_CAPTURE, 0, "a.tar", "no capture in it");
	source_close(r.s);
}

/* Cut at many lengths: never more packets, always one finding that is no notice. */
static void
test_gzip_cut(void **state)
{
	struct archive *a;
	struct buf b;
	uint64_t before = 0;

	(void)state;
	write_capture("one.pcap", 0);
	a = pack_open("one.pcap.gz", archive_write_set_format_raw, archive_write_add_filter_gzip);
	pack_file(a, "one", "one.pcap");
	pack_close(a);
	buf_init(&b, 0);
	assert_int_equal(file_slurp("one.pcap.gz", 1 << 24, &b, NULL), STATUS_OK);
	for (size_t len = 12; len < b.len; len += 7) {
		struct run r;

		write_file("cut.gz", b.data, len);
		r = run_path("cut.gz");
		assert_true(r.packets >= before && r.packets <= PACKETS);
		before = r.packets;
		assert_int_equal(r.finding_count, 1);
		assert_int_equal(r.findings[0].code, SOURCE_TRUNCATED);
		expect_hash(&r.inputs[0], "cut.gz");
		source_close(r.s);
	}
	assert_true(before >= PACKETS - 1);
	buf_free(&b);
}

static void
test_interrupted(void **state)
{
	const char *path = "one.pcap";
	volatile int stop = 0;
	struct source_options o = {
		.paths = &path, .path_count = 1, .hash = true, .interrupted = &stop
	};
	const struct source_input *in;
	struct packet batch[10];
	struct source *s = NULL;
	size_t n;

	(void)state;
	write_capture("one.pcap", 0);
	assert_int_equal(source_open(&o, &s, NULL), STATUS_OK);
	assert_int_equal(source_next(s, batch, 10, &n, NULL), STATUS_OK);
	in = source_inputs(s, &n);
	assert_int_equal(n, 1);
	assert_int_equal(in[0].packets, 10);
	assert_false(in[0].hashed);
	stop = 1;
	assert_int_equal(source_next(s, batch, 10, &n, NULL), STATUS_END);
	assert_int_equal(source_next(s, batch, 10, &n, NULL), STATUS_END);
	in = source_inputs(s, &n);
	assert_int_equal(in[0].packets, 10);
	assert_false(in[0].hashed);
	(void)source_findings(s, &n);
	assert_int_equal(n, 0);
	source_close(s);
}

/* A header that claims a name of 3 GiB: refused after a few MiB, in bounded memory. */
static void
test_header_too_large(void **state)
{
	char header[111];
	struct run r;

	(void)state;
	snprintf(header, sizeof(header), "070701%08x%08x%048x%024x%08x%08x", 1, 0100644, 0, 0,
	    0xbbbbbbbbU, 0);
	write_file("huge.cpio", header, sizeof(header) - 1);
	assert_int_equal(truncate("huge.cpio", 40 << 20), 0);
	r = run_paths((const char *const[]){ "huge.cpio" }, 1, false);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.findings[0].code, SOURCE_DAMAGED);
	assert_true(r.inputs[0].size < 20 << 20);
	source_close(r.s);
	unlink("huge.cpio");
}

static void
test_many_skipped(void **state)
{
	struct archive *a;
	struct run r;
	char name[16];

	(void)state;
	a = pack_open("many.tar", archive_write_set_format_ustar, archive_write_add_filter_none);
	for (int i = 0; i < 1100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		pack_data(a, name, "x", 1);
	}
	pack_close(a);
	r = run_path("many.tar");
	assert_int_equal(r.input_count, 1);
	assert_int_equal(r.finding_count, 1002);
	expect_finding(&r, 1000, SOURCE_NOT_CAPTURE, 0, "many.tar", "no capture in it");
	expect_finding(&r, 1001, SOURCE_SKIPPED, 0, "many.tar",
	    "and 100 more members that are no captures");
	source_close(r.s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_cut_is_hashed_whole),
		cmocka_unit_test(test_damaged_is_hashed_whole),
		cmocka_unit_test(test_no_capture),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_zip_member_damaged),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_archive_without_capture),
		cmocka_unit_test(test_gzip_cut),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_header_too_large),
		cmocka_unit_test(test_many_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
