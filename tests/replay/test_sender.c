/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/rows.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "replay/replay_report.h"
#include "replay/sender.h"

/* A clock that stands still but when somebody sleeps. */
static int64_t pretended_now;

static int64_t
now(void)
{
	return pretended_now;
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
		.rate = rate, .unit = unit, .clock = { now, sleep_until }, .interrupt = interrupt,
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

static void
nobody_listens(void **state)
{
	(void)state;
	struct endpoint to;
	int fd = receiver(&to);
	struct table *t = flows(100);
	struct sender *s = open_sender(&to, 0, SENDER_RECORDS, NULL);
	struct replay_target target = { "udp://127.0.0.1:9", PACK_IPFIX, sender_counts(s), sender_stats(s) };
	struct replay_report r = { .input = "case", .anchor = "given", .read = 100, .matched = 100,
		.targets = &target, .target_count = 1 };
	struct buf text;

	close(fd);
	buf_init(&text, 0);
	assert_int_equal(sender_put(s, t, 0, 100, NULL, NULL), STATUS_OK);
	assert_int_equal(sender_finish(s, NULL), STATUS_OK);
	assert_true(sender_counts(s)->refused > 0);
	assert_false(replay_report_complete(&r));
	replay_report_text(&r, &text);
	assert_non_null(strstr(buf_cstr(&text), "NOBODY LISTENS"));
	buf_free(&text);
	sender_free(s);
	table_free(t);
}

static void
report(void **state)
{
	(void)state;
	struct sender_counts counts = { .datagrams = 2, .records = 3, .octets = 400 };
	struct pack_stats stats = { .flows = 5, .records = 3, .templates = 1,
		.loss = { .refused = { [REFUSAL_FAMILY] = 2 }, .columns = { [COLUMN_OTHER] = 1 }, .rounded = 3 } };
	const struct replay_target target = { "udp://h:1", PACK_NETFLOW5, &counts, &stats };
	struct replay_report r = { .input = "case", .anchor = "remembered", .read = 6, .matched = 5,
		.targets = &target, .target_count = 1 };
	struct buf out;

	buf_init(&out, 0);
	replay_report_json(&r, &out);
	assert_string_equal(buf_cstr(&out),
	    "{\"input\":\"case\",\"anchor\":\"remembered\",\"flows\":{\"read\":6,\"matched\":5},\"damaged\":0,"
	    "\"interrupted\":false,\"complete\":false,\"targets\":[{\"to\":\"udp://h:1\",\"format\":\"netflow5\","
	    "\"flows\":5,\"records\":3,\"datagrams\":2,\"octets\":400,\"templates\":1,\"refused_by_host\":0,"
	    "\"unsent\":{\"datagrams\":0,\"records\":0},\"not_sent\":{\"address_family\":2},"
	    "\"without\":{\"other\":1},\"rounded\":3,\"padded\":0}]}\n");
	stats.loss.refused[REFUSAL_FAMILY] = 0;
	assert_true(replay_report_complete(&r));
	r.damaged = 1;
	assert_false(replay_report_complete(&r));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_arrives),
		cmocka_unit_test(at_the_rate_that_was_asked_for),
		cmocka_unit_test(asked_to_stop),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
