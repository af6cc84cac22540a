/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets read ahead on a thread are those that one thread reads; in the test's own directory. */
#include "capture/readahead.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "capture/inputs.h"
#include "tests/capture/octets.h"
#include "tests/unit.h"

/* Frames so large that a batch fills a block, and more of them than there are blocks. */
enum { PACKETS = 6000, LEAST = 700, SPREAD = 800, SECONDS = 100, INTERVAL = 10 };
#define SECOND ((int64_t)1000000000)

static size_t
length_of(size_t i)
{
	return LEAST + i * 37 % SPREAD;
}

/* Every octet of a frame says which frame it is; times go up to SECONDS and, once, back. */
static void
write_capture(const char *path, size_t packets)
{
	struct buf b;

	buf_init(&b, 0);
	put32(&b, false, 0xa1b2c3d4);
	put16(&b, false, 2);
	put16(&b, false, 4);
	for (int i = 0; i < 2; i++)
		put32(&b, false, 0);
	put32(&b, false, 65535);
	put32(&b, false, 1);
	for (size_t i = 0; i < packets; i++) {
		put32(&b, false, (uint32_t)(i == packets / 2 ? 0 : i * SECONDS / packets));
		put32(&b, false, 0);
		put32(&b, false, (uint32_t)length_of(i));
		put32(&b, false, (uint32_t)length_of(i));
		for (size_t k = 0; k < length_of(i); k++)
			buf_u8(&b, (uint8_t)(i % 251));
	}
	assert_true(buf_ok(&b));
	unlink(path);
	assert_int_equal(file_write_new(path, 0600, b.data, b.len, NULL), STATUS_OK);
	buf_free(&b);
}

static enum status
drop(void *ctx, struct table **t, struct fault *f)
{
	(void)ctx;
	(void)f;
	table_reset(*t);
	return STATUS_OK;
}

struct world {
	struct source *source;
	struct meter *meter;
	struct packet_filter *filter;
	struct readahead *packets;
};

static void
world_open(struct world *w, const char *const *paths, size_t count,
    const struct readahead_options *like)
{
	struct source_options so = { .paths = paths, .path_count = count, .hash = true };
	struct readahead_options o = *like;
	struct meter_options mo;

	meter_defaults(&mo);
	w->filter = NULL;
	assert_int_equal(source_open(&so, &w->source, NULL), STATUS_OK);
	assert_int_equal(meter_open(&mo, drop, NULL, &w->meter, NULL), STATUS_OK);
	assert_int_equal(packet_filter_open("greater 900", &w->filter, NULL), STATUS_OK);
	o.source = w->source;
	o.meter = w->meter;
	o.filter = w->filter;
	assert_int_equal(readahead_open(&o, &w->packets, NULL), STATUS_OK);
}

static void
world_close(struct world *w)
{
	readahead_free(w->packets);
	packet_filter_free(w->filter);
	meter_free(w->meter);
	source_close(w->source);
}

/* What a run saw, in a form that two runs can be compared in. */
struct seen {
	uint64_t packets;
	uint64_t batches;
	uint64_t crossings;
	uint64_t digest;
	uint64_t filtered;
};

static void
mix(struct seen *s, uint64_t v)
{
	s->digest = (s->digest ^ v) * 0x9e3779b97f4a7c15u;
	s->digest ^= s->digest >> 29;
}

static void
look_at_packet(struct seen *s, const struct batch *b, size_t i)
{
	const struct packet *p = &b->packets[i];
	size_t frame = p->frame - 1;

	assert_int_equal(p->captured, length_of(frame));
	assert_int_equal(p->data[0], frame % 251);
	assert_memory_equal(p->data, p->data + 1, p->captured - 1);
	if (b->dissected) {
		assert_int_equal(b->items[i].wire, p->wire);
		assert_int_equal(b->items[i].reject == REJECT_FILTERED, b->matched[i] == 0);
	}
	s->filtered += b->matched[i] == 0;
	mix(s, (uint64_t)p->time);
	mix(s, (uint64_t)p->input << 48 | p->frame);
	mix(s, b->matched[i]);
}

static struct seen
run(const char *const *paths, size_t count, bool threaded, uint64_t most, int64_t rotate)
{
	struct readahead_options o = { .count = most, .rotate = rotate, .threaded = threaded };
	struct seen s = { .packets = 0 };
	struct world w;
	struct batch *b;
	size_t n;

	world_open(&w, paths, count, &o);
	while (readahead_next(w.packets, &b, NULL) == STATUS_OK) {
		assert_true(b->count > 0 && b->count <= READAHEAD_BATCH);
		assert_int_equal(b->dissected, threaded);
		for (size_t i = 0; i < b->count; i++)
			look_at_packet(&s, b, i);
		mix(&s, (uint64_t)b->latest);
		mix(&s, b->done);
		s.packets += b->count;
		s.batches++;
		if (!b->crosses)
			continue;
		/* the source is at rest: what it tells is of this batch and of none behind it */
		s.crossings++;
		for (size_t i = 0, sum = 0; i < (source_inputs(w.source, &n), n); i++) {
			sum += source_inputs(w.source, &n)[i].packets;
			if (i == n - 1)
				assert_int_equal(sum, s.packets);
		}
	}
	readahead_stop(w.packets);
	assert_int_equal(source_inputs(w.source, &n)[0].packets, most == 0 ? PACKETS : most);
	world_close(&w);
	return s;
}

static void
expect_same(uint64_t most, int64_t rotate, uint64_t packets, uint64_t crossings)
{
	static const char *const paths[] = { "a.pcap", "b.pcap" };
	struct seen one = run(paths, 2, false, most, rotate);
	struct seen two = run(paths, 2, true, most, rotate);

	assert_int_equal(one.packets, packets);
	assert_int_equal(one.crossings, crossings);
	assert_true(one.filtered > packets / 8 && one.filtered < packets / 2);
	assert_int_equal(two.packets, one.packets);
	assert_int_equal(two.batches, one.batches);
	assert_int_equal(two.crossings, one.crossings);
	assert_int_equal(two.digest, one.digest);
}

static void
test_same_batches(void **state)
{
	(void)state;
	write_capture("a.pcap", PACKETS);
	write_capture("b.pcap", PACKETS / 3);
	expect_same(0, 0, PACKETS + PACKETS / 3, 0);
}

/* The first packet begins an interval, and each of the others is entered once. */
static void
test_intervals(void **state)
{
	(void)state;
	expect_same(0, INTERVAL * SECOND, PACKETS + PACKETS / 3, SECONDS / INTERVAL);
}

static void
test_count(void **state)
{
	(void)state;
	expect_same(257, 0, 257, 0);
	expect_same(1000, 0, 1000, 0);
}

/* Stopped while the reader is far ahead, with all the blocks that it can have. */
static void
test_stop_ahead(void **state)
{
	static const char *const paths[] = { "a.pcap", "b.pcap" };
	struct readahead_options o = { .threaded = true };
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct batch *b;
	struct world w;
	size_t n;

	(void)state;
	for (int taken = 0; taken < 3; taken++) {
		world_open(&w, paths, 2, &o);
		for (int i = 0; i < taken; i++)
			assert_int_equal(readahead_next(w.packets, &b, NULL), STATUS_OK);
		nanosleep(&pause, NULL);
		readahead_stop(w.packets);
		assert_true(source_inputs(w.source, &n)[0].packets < PACKETS);
		world_close(&w);
	}
}

/* A pipe that says no more does not hold up the end. */
static void
test_stop_waiting(void **state)
{
	const char *path = "pipe";
	struct readahead_options o = { .threaded = true };
	struct timespec before, after;
	struct world w;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	world_open(&w, &path, 1, &o);
	clock_gettime(CLOCK_MONOTONIC, &before);
	readahead_stop(w.packets);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 0, 5);
	world_close(&w);
	close(fd);
}

/* What ends the run comes behind all the packets that were read before. */
static void
test_failure(void **state)
{
	static const char *paths[INPUTS_MAX + 1];
	struct readahead_options o = { .threaded = true };
	struct fault f = { 0 };
	uint64_t packets = 0;
	struct batch *b;
	struct world w;
	enum status st;

	(void)state;
	paths[0] = "b.pcap";
	for (size_t i = 1; i <= INPUTS_MAX; i++)
		paths[i] = "absent";
	world_open(&w, paths, INPUTS_MAX + 1, &o);
	while ((st = readahead_next(w.packets, &b, &f)) == STATUS_OK)
		packets += b->count;
	assert_int_equal(packets, PACKETS / 3);
	assert_int_equal(st, STATUS_LIMIT);
	assert_int_equal(f.status, STATUS_LIMIT);
	assert_int_equal(readahead_next(w.packets, &b, &f), STATUS_LIMIT);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_batches), /* writes what the next ones read */
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_stop_ahead),
		cmocka_unit_test(test_stop_waiting),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
