/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/receipt.h"

#include <string.h>

#include "unit.h"

static int64_t
no_time(void)
{
	return 0;
}

static void
no_sleep(int64_t until)
{
	(void)until;
}

static void
no_notice(void *ctx, const struct fault *fault)
{
	(void)ctx;
	(void)fault;
}

static void
no_input(void *ctx, const struct input *in)
{
	(void)ctx;
	(void)in;
}

static void
no_end(void *ctx)
{
	(void)ctx;
}

static struct target *
open_target(const struct target_options *o, struct filter *filter, uint64_t position)
{
	static const struct reader_options reader = { .from = INT64_MIN, .to = INT64_MAX };
	const struct target_env env = { .path = "/nonexistent/archive", .reader = &reader, .filter = filter,
		.clock = { no_time, no_sleep, no_time }, .notice = no_notice, .opened = no_input,
		.ended = no_end, .resume = { .position = position } };
	struct target *t = NULL;

	assert_int_equal(target_open(o, &env, &t, NULL), STATUS_OK);
	return t;
}

static bool
says(const struct receipt *r, const char *want)
{
	struct buf b = { 0 };
	bool found;

	receipt_json(r, &b);
	assert_true(buf_ok(&b));
	assert_int_equal(b.data[b.len - 1], '\n');
	assert_null(memchr(b.data, '\n', b.len - 1)); /* one line, to be appended to a log */
	found = strstr(buf_cstr(&b), want) != NULL;
	if (!found)
		print_message("no %s in %s", want, buf_cstr(&b));
	buf_free(&b);
	return found;
}

/* Before it ran, after it could not open its input, and from where another would go on. */
static void
of_a_target_that_fails(void **state)
{
	const struct target_options o = { .url = "udp://127.0.0.1:9", .format = "netflow9", .loop = 1,
		.window = WINDOW_ALL, .mtu = 1400, .filter = "tcp  # all" };
	struct filter *filter = NULL;
	struct receipt_target own;
	struct receipt r = { .input = "case", .filter = "port 53&&udp", .targets = &own, .target_count = 1,
		.running = true, .resumes = "abcd" };

	(void)state;
	assert_int_equal(filter_parse(r.filter, &filter, NULL), STATUS_OK);
	own = (struct receipt_target){ .target = open_target(&o, filter, 77) };
	assert_true(says(&r, "\"format\":\"nfseal-replay-receipt/1\",\"state\":\"running\""));
	assert_true(says(&r, "\"filter\":\"port 53 and udp\",\"resumes\":\"abcd\""));
	assert_true(says(&r, "\"filter\":\"tcp\",\"window\":{\"from\":null,\"to\":null}"));
	assert_true(says(&r, "\"position\":77,"));
	assert_int_equal(target_start(own.target, NULL), STATUS_OK);
	target_join(own.target);
	r.running = false;
	assert_true(says(&r, "\"state\":\"done\""));
	assert_true(says(&r, "\"position\":77,"));
	assert_true(says(&r, "\"fault\":\"/nonexistent/archive: cannot open"));
	assert_true(says(&r, "\"unverified\":true")); /* nothing vouches for it */
	assert_false(receipt_complete(&r));
	assert_false(target_result(own.target)->opened);
	target_free(own.target);
	filter_free(filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(of_a_target_that_fails) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
