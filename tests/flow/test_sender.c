/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/rows.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "flow/sender_option.h"
#include "flow/sender_report.h"

/* A clock that stands still but when somebody sleeps. */
static int64_t pretended_now;

static int64_t
now(void)
{
	return pretended_now;
}

/* The pretended time of day: a minute before 2026. */
#define BEGAN INT64_C(1767225540000000000)

static int64_t
wall(void)
{
	return BEGAN + pretended_now;
}

static void
sleep_until(int64_t nanos)
{
	if (nanos > pretended_now)
		pretended_now = nanos;
}

/* A receiver on the loopback, and where it is. */
static int
receiver(struct endpoint *to)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	char url[64];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(url, sizeof url, "udp://127.0.0.1:%u", ntohs(a.sin_port));
	assert_int_equal(endpoint_parse(url, to, NULL), STATUS_OK);
	return fd;
}

static struct sender *
open_sender(const struct endpoint *to, uint64_t rate, enum sender_unit unit, const volatile int *interrupt)
{
	const struct sender_options o = {
		.pack = { .format = PACK_IPFIX, .max_octets = PACK_DATAGRAM_DEFAULT },
		.rate = rate, .unit = unit, .clock = { now, sleep_until, wall }, .interrupt = interrupt,
	};
	struct sender *s = NULL;

	pretended_now = 0;
	assert_int_equal(sender_open(to, &o, &s, NULL), STATUS_OK);
	return s;
}

static struct table *
flows(size_t n)
{
	struct table *t = rows_table(n);

	for (size_t i = 0; i < n; i++)
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
	return t;
}

static void
what_is_sent_arrives(void **state)
{
	(void)state;
	struct endpoint to;
	int fd = receiver(&to);
	struct sender *s = open_sender(&to, 0, SENDER_RECORDS, NULL);
	struct table *t = flows(100);
	uint8_t data[65536];
	uint64_t datagrams = 0, octets = 0;
	ssize_t n;

	assert_int_equal(sender_put(s, t, 0, 60, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_put(s, t, 60, 100, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_finish(s, NULL), STATUS_OK);
	while ((n = recv(fd, data, sizeof data, MSG_DONTWAIT)) > 0) {
		assert_int_equal(load_be16(data), 10);
		assert_int_equal(load_be16(data + 2), n);
		assert_true(n <= PACK_DATAGRAM_DEFAULT);
		datagrams++;
		octets += (uint64_t)n;
	}
	assert_int_equal(sender_counts(s)->records, 100);
	assert_int_equal(sender_counts(s)->datagrams, datagrams);
	assert_int_equal(sender_counts(s)->octets, octets);
	assert_int_equal(sender_counts(s)->refused, 0);
	assert_int_equal(pretended_now, 0); /* no limit, no sleep */
	sender_free(s);
	table_free(t);
	close(fd);
}

static void
at_the_rate_that_was_asked_for(void **state)
{
	(void)state;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(100);
	struct sender *s = open_sender(&to, 50, SENDER_RECORDS, NULL);

	assert_int_equal(sender_put(s, t, 0, 100, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_finish(s, NULL), STATUS_OK);
	/* the last datagram goes when those before it have had their time */
	assert_true(pretended_now > INT64_C(1500000000) && pretended_now < INT64_C(2000000000));
	sender_free(s);
	s = open_sender(&to, 10, SENDER_DATAGRAMS, NULL);
	assert_int_equal(sender_put(s, t, 0, 100, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_finish(s, NULL), STATUS_OK);
	assert_int_equal(pretended_now, (int64_t)(sender_counts(s)->datagrams - 1) * 100000000);
	sender_free(s);
	table_free(t);
	close(fd);
}

static void
asked_to_stop(void **state)
{
	(void)state;
	static volatile int interrupt;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(100);
	struct sender *s = open_sender(&to, 1, SENDER_RECORDS, &interrupt);

	interrupt = 15;
	assert_int_equal(sender_put(s, t, 0, 100, NULL, NULL), STATUS_INTERRUPTED);
	interrupt = 0;
	sender_free(s);
	table_free(t);
	close(fd);
}

/* A live sender waits a tenth of a second at a time, and a tenth of the time, however slow its rate. */
static void
live_waits_little(void **state)
{
	(void)state;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(1000);
	struct sender_options o;
	struct sender *s = NULL;
	int64_t before;

	sender_defaults(&o);
	o.clock = (struct sender_clock){ now, sleep_until, wall };
	o.live = true;
	o.rate = 10;
	pretended_now = 0;
	assert_int_equal(sender_open(&to, &o, &s, NULL), STATUS_OK);
	assert_int_equal(sender_put(s, t, 0, 1000, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_counts(s)->records, 1000); /* nothing stays behind */
	assert_true(pretended_now > 0 && pretended_now < 2 * SENDER_PATIENCE);
	before = pretended_now += INT64_C(500000000);
	assert_int_equal(sender_put(s, t, 0, 1000, NULL, NULL), STATUS_OK);
	assert_true(pretended_now - before > 0 && pretended_now - before < SENDER_PATIENCE);
	assert_int_equal(sender_counts(s)->records, 2000);
	sender_free(s);
	table_free(t);
	close(fd);
}

/* Asked to stop, what is left goes without the long waits. */
static void
in_a_hurry(void **state)
{
	(void)state;
	static volatile int interrupt = 15;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(1000);
	struct sender_options o;
	struct sender *s = NULL;

	sender_defaults(&o);
	o.clock = (struct sender_clock){ now, sleep_until, wall };
	o.rate = 1;
	o.interrupt = &interrupt;
	o.hurry = true;
	pretended_now = 0;
	assert_int_equal(sender_open(&to, &o, &s, NULL), STATUS_OK);
	assert_int_equal(sender_put(s, t, 0, 1000, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_finish(s, NULL), STATUS_OK);
	assert_int_equal(sender_counts(s)->records, 1000);
	assert_true(pretended_now < 2 * SENDER_PATIENCE);
	sender_free(s);
	table_free(t);
	close(fd);
}

/* By time the templates come again with the next record, or alone where there is none. */
static void
refreshed_by_time(void **state)
{
	(void)state;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(2);
	struct sender_options o;
	struct sender *s = NULL;

	sender_defaults(&o);
	o.clock = (struct sender_clock){ now, sleep_until, wall };
	o.live = true;
	o.refresh = 10 * INT64_C(1000000000);
	pretended_now = 0;
	assert_int_equal(sender_open(&to, &o, &s, NULL), STATUS_OK);
	for (int i = 0; i < 9; i++) { /* seconds 0 to 8 */
		assert_int_equal(sender_put(s, t, 0, 1, NULL, NULL), STATUS_OK);
		assert_int_equal(sender_tick(s, NULL), STATUS_OK);
		pretended_now += 1000000000;
	}
	assert_int_equal(sender_stats(s)->templates, 1);
	assert_int_equal(sender_counts(s)->datagrams, 9);
	for (int i = 0; i < 25; i++) { /* seconds 9 to 33, idle */
		assert_int_equal(sender_tick(s, NULL), STATUS_OK);
		pretended_now += 1000000000;
	}
	assert_int_equal(sender_stats(s)->templates, 4);
	assert_int_equal(sender_counts(s)->datagrams, 12);
	assert_int_equal(sender_counts(s)->records, 9);
	sender_free(s);
	table_free(t);
	close(fd);
}

static void
options_as_typed(void **state)
{
	(void)state;
	static const char *const bad_refresh[] = { "", ",", "5,", ",5s", "x", "5x", "-1", "4294967296",
		"256,60s,y", "000000000000000000000000000000000000000001" };
	static const char *const bad_rate[] = { "", "d", "x", "5x", "-1", "5dd", "4294967296",
		"000000000000000000000000000000000000000001" };
	struct sender_options o;

	sender_defaults(&o);
	assert_int_equal(o.rate, 100000);
	assert_int_equal(o.pack.refresh, 256);
	assert_int_equal(o.refresh, INT64_C(60000000000));
	assert_int_equal(sender_option_refresh(&o, "7", NULL), STATUS_OK);
	assert_int_equal(o.pack.refresh, 7);
	assert_int_equal(o.refresh, INT64_C(60000000000));
	assert_int_equal(sender_option_refresh(&o, "0s,12", NULL), STATUS_OK);
	assert_int_equal(o.pack.refresh, 12);
	assert_int_equal(o.refresh, 0);
	assert_int_equal(sender_option_refresh(&o, "0,5m", NULL), STATUS_OK);
	assert_int_equal(o.pack.refresh, 0);
	assert_int_equal(o.refresh, INT64_C(300000000000));
	for (size_t i = 0; i < ARRAY_LEN(bad_refresh); i++)
		assert_int_equal(sender_option_refresh(&o, bad_refresh[i], NULL), STATUS_USAGE);
	assert_int_equal(sender_option_rate(&o, "300d", NULL), STATUS_OK);
	assert_int_equal(o.unit, SENDER_DATAGRAMS);
	assert_int_equal(sender_option_rate(&o, "0", NULL), STATUS_OK);
	assert_int_equal(o.unit, SENDER_RECORDS);
	assert_int_equal(o.rate, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad_rate); i++)
		assert_int_equal(sender_option_rate(&o, bad_rate[i], NULL), STATUS_USAGE);
	assert_int_equal(sender_option_mtu(&o, "511", NULL), STATUS_USAGE);
	assert_int_equal(sender_option_mtu(&o, "65508", NULL), STATUS_USAGE);
	assert_int_equal(sender_option_mtu(&o, "65507", NULL), STATUS_OK);
	assert_int_equal(o.pack.max_octets, 65507);
}

static void
nobody_listens(void **state)
{
	(void)state;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(100);
	struct sender *s = open_sender(&to, 0, SENDER_RECORDS, NULL);
	struct sender_report r;
	struct buf text;

	close(fd);
	buf_init(&text, 0);
	assert_int_equal(sender_put(s, t, 0, 100, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_finish(s, NULL), STATUS_OK);
	sender_report_take(&r, s, "udp://collector", PACK_IPFIX);
	assert_true(r.counts.refused > 0);
	assert_int_equal(r.counts.unsent, 0);
	assert_int_equal(strncmp(r.address, "127.0.0.1:", 10), 0);
	assert_false(sender_report_complete(&r));
	sender_report_text(&r, &text);
	assert_non_null(strstr(buf_cstr(&text), "NOBODY LISTENS at 127.0.0.1:"));
	buf_free(&text);
	sender_free(s);
	table_free(t);
}

static void
report(void **state)
{
	(void)state;
	struct sender_report r = { .url = "udp://h:1", .address = "192.0.2.1:1", .format = PACK_NETFLOW5,
		.counts = { .datagrams = 2, .records = 3, .octets = 400 },
		.stats = { .flows = 5, .records = 3, .templates = 1,
		    .loss = { .refused = { [REFUSAL_FAMILY] = 2 }, .columns = { [COLUMN_OTHER] = 1 }, .rounded = 3 } } };
	struct jsonw j;
	struct buf out;

	buf_init(&out, 0);
	jsonw_init(&j, &out);
	sender_report_json(&r, &j);
	assert_string_equal(buf_cstr(&out),
	    "{\"to\":\"udp://h:1\",\"address\":\"192.0.2.1:1\",\"format\":\"netflow5\","
	    "\"flows\":5,\"records\":3,\"datagrams\":2,\"octets\":400,\"templates\":1,\"refused_by_host\":0,"
	    "\"unsent\":{\"datagrams\":0,\"records\":0},\"not_sent\":{\"address_family\":2},"
	    "\"without\":{\"other\":1},\"rounded\":3,\"padded\":0}");
	assert_false(sender_report_complete(&r));
	r.stats.loss.refused[REFUSAL_FAMILY] = 0;
	assert_true(sender_report_complete(&r));
	r.counts.unsent = 1;
	assert_false(sender_report_complete(&r));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_arrives),
		cmocka_unit_test(at_the_rate_that_was_asked_for),
		cmocka_unit_test(asked_to_stop),
		cmocka_unit_test(live_waits_little),
		cmocka_unit_test(in_a_hurry),
		cmocka_unit_test(refreshed_by_time),
		cmocka_unit_test(options_as_typed),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
