/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/app_hear.h"

static enum app_verdict
hear_text(struct hearing *h, const char *s)
{
	return hear(h, s, strlen(s));
}

static void
each_side_has_its_column(void **state)
{
	struct hearing h = hearing(app_ssh_probe, app_ssh_feed);

	(void)state;
	assert_int_equal(hear_text(&h, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nbinary"), APP_DONE);
	assert_heard(&h, COLUMN_SSH_BANNER, "SSH-2.0-OpenSSH_9.2p1 Debian-2");
	assert_heard(&h, COLUMN_REV_SSH_BANNER, NULL);
	h.side = 1;
	assert_int_equal(hear_text(&h, "SSH-1.99-x\n"), APP_DONE);
	assert_heard(&h, COLUMN_REV_SSH_BANNER, "SSH-1.99-x");
	hear_nothing(&h);
}

static void
every_prefix(void **state)
{
	static const char line[] = "SSH-2.0-x y\r\n";
	struct hearing h = hearing(app_ssh_probe, app_ssh_feed);

	(void)state;
	for (size_t len = 1; len < sizeof(line) - 1; len++) {
		assert_int_equal(hear(&h, line, len), len <= 4 ? APP_MORE : APP_SEEN);
		assert_heard(&h, COLUMN_SSH_BANNER, NULL);
		hear_nothing(&h);
	}
	h.cut = true;
	assert_int_equal(hear(&h, line, 8), APP_DONE);
	assert_heard(&h, COLUMN_SSH_BANNER, "SSH-2.0-");
	hear_nothing(&h);
}

/* RFC 4253 section 4.2: 255 octets with CR LF; what has no end by then is cut there. */
static void
a_line_without_end(void **state)
{
	struct hearing h = hearing(app_ssh_probe, app_ssh_feed);
	char line[300], want[256];

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "SSH-2.0-", 8);
	memcpy(want, line, 255);
	want[255] = '\0';
	assert_int_equal(hear(&h, line, 254), APP_SEEN);
	assert_int_equal(hear(&h, line, 255), APP_DONE);
	assert_heard(&h, COLUMN_SSH_BANNER, want);
	hear_nothing(&h);
	line[254] = '\n';
	want[254] = '\0';
	assert_int_equal(hear(&h, line, 300), APP_DONE);
	assert_heard(&h, COLUMN_SSH_BANNER, want);
	hear_nothing(&h);
}

static void
what_does_not_print_is_escaped(void **state)
{
	struct hearing h = hearing(app_ssh_probe, app_ssh_feed);

	(void)state;
	assert_int_equal(hear_text(&h, "SSH-2.0-\x1b[31m\\\xc3\xa9\x7f\n"), APP_DONE);
	assert_heard(&h, COLUMN_SSH_BANNER, "SSH-2.0-\\027[31m\\092\\195\\169\\127");
	hear_nothing(&h);
}

static void
others_are_not_it(void **state)
{
	static const char *const others[] = { "ssh-2.0-x\n", "SSL-2.0-x\n", "SSH-x\n", "220 SSH-2.0\n",
		"GET / HTTP/1.1\r\n" };
	struct hearing h = hearing(app_ssh_probe, app_ssh_feed);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(hear_text(&h, others[i]), APP_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_side_has_its_column),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(what_does_not_print_is_escaped),
		cmocka_unit_test(others_are_not_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
