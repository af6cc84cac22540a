/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/app_hear.h"

#define HEARING hearing(app_http_probe, app_http_feed)

static enum app_verdict
hear_text(struct hearing *h, const char *s)
{
	return hear(h, s, strlen(s));
}

static void
requests(void **state)
{
	static const struct {
		const char *text, *method, *host;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "GET", "example.org" },
		{ "GET / HTTP/1.1\nhOST:\t example.org:8080 \t\nX: y\n\n", "GET", "example.org:8080" },
		{ "POST /a?b=c HTTP/1.0\r\nA: b\r\nHOST:[2001:db8::1]\r\n", "POST", "[2001:db8::1]" },
		{ "GET http://proxied.example/x HTTP/1.1\r\n\r\n", "GET", "proxied.example" },
		{ "GET http://proxied.example/x HTTP/1.1\r\nHost: other\r\n\r\n", "GET", "other" },
		{ "GET HTTP://u:p@h.example:81?q HTTP/1.1\r\n\r\n", "GET", "h.example:81" },
		{ "CONNECT h.example:443 HTTP/1.1\r\n\r\n", "CONNECT", "h.example:443" },
		{ "GET /http://no HTTP/1.1\r\n\r\n", "GET", NULL },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", NULL },
		{ "GET / HTTP/1.1\r\n\r\nHost: body\r\n", "GET", NULL },
		{ "M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\n", "M-SEARCH", "239.255.255.250:1900" },
		{ "GET /with space HTTP/1.1\r\nHost: h\r\n", "GET", "h" },
		{ "GET / HTTP/1.1\r\nHost: a\x80\x01\\\r\n", "GET", "a\\128\\001\\092" },
	};
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(hear_text(&h, cases[i].text), APP_OVER);
		assert_heard(&h, COLUMN_HTTP_METHOD, cases[i].method);
		assert_heard(&h, COLUMN_HTTP_HOST, cases[i].host);
		hear_nothing(&h);
	}
}

static void
every_prefix(void **state)
{
	static const char text[] = "PUT /file HTTP/1.1\r\nA: b\r\nHost: h.example\r\n\r\n";
	const size_t line = 20, host = 43;
	struct hearing h = HEARING;

	(void)state;
	for (size_t len = 1; len < sizeof(text); len++) {
		enum app_verdict v = len < line ? APP_MORE : len < host ? APP_SEEN : APP_OVER;

		assert_int_equal(hear(&h, text, len), v);
		assert_heard(&h, COLUMN_HTTP_METHOD, len < line ? NULL : "PUT");
		assert_heard(&h, COLUMN_HTTP_HOST, len < host ? NULL : "h.example");
		hear_nothing(&h);
		h.cut = true; /* half a line tells the method, half a field nothing */
		assert_int_equal(hear(&h, text, len), len < 5 ? APP_NO : APP_OVER);
		assert_heard(&h, COLUMN_HTTP_METHOD, len < 5 ? NULL : "PUT");
		assert_heard(&h, COLUMN_HTTP_HOST, len < host ? NULL : "h.example");
		hear_nothing(&h);
	}
}

static void
others_are_not_it(void **state)
{
	static const char *const others[] = {
		"OPTIONS * RTSP/1.0\r\n", "INVITE sip:a@b SIP/2.0\r\n", "EHLO mail.example\r\n",
		"get / HTTP/1.1\r\n", "GET  HTTP/1.1\r\n", "GET HTTP/1.1\r\n", "A / HTTP/1.1\r\n",
		"ABCDEFGHIJKLMNOPQRSTUVWXY / HTTP/1.1\r\n", "GET / HTTP/11\r\n", "GET /\r\n",
		" GET / HTTP/1.1\r\n", "HTTP/1.1 099 x\r\n", "HTTP/3.1 200 OK\r\n", "HTTP/1.2 200\r\n",
		"\r\n", "\n",
	};
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(hear_text(&h, others[i]), APP_NO);
}

/* Where the line's end is missing, what could be another protocol is not taken for HTTP. */
static void
cut_lines(void **state)
{
	static const struct {
		const char *text, *method;
	} cases[] = { { "GET /a", "GET" }, { "POST http://", "POST" }, { "POST http:/", NULL }, { "GET ", NULL },
		{ "GET *", NULL }, { "OPTIONS *", NULL }, { "OPTIONS /", NULL }, { "INVITE sip:", NULL },
		{ "EHLO /", NULL }, { "GET", NULL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct hearing h = HEARING;
		enum app_verdict v;

		h.cut = true;
		v = hear_text(&h, cases[i].text);
		assert_true(v == (cases[i].method != NULL ? APP_OVER : APP_NO));
		assert_heard(&h, COLUMN_HTTP_METHOD, cases[i].method);
		hear_nothing(&h);
	}
}

static void
responses_tell_the_protocol_alone(void **state)
{
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear_text(&h, "HTTP/1.1 200 OK\r\n"), APP_DONE);
	assert_int_equal(hear_text(&h, "HTTP/1.0 4"), APP_DONE);
	assert_int_equal(hear_text(&h, "HTTP/1.0 "), APP_MORE);
	h.cut = true;
	assert_int_equal(hear_text(&h, "HTTP/1.0 "), APP_NO);
	assert_heard(&h, COLUMN_HTTP_METHOD, NULL);
	hear_nothing(&h);
}

static void
http2_with_prior_knowledge_has_no_host(void **state)
{
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear_text(&h, "PRI * HTTP/2.0\r\n\r\nSM\r\n"), APP_MORE);
	assert_int_equal(hear_text(&h, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), APP_OVER);
	assert_heard(&h, COLUMN_HTTP_METHOD, NULL);
	hear_nothing(&h);
}

static void
a_long_host_is_cut(void **state)
{
	struct hearing h = HEARING;
	char text[400], want[256];

	(void)state;
	memset(want, 'h', 255);
	want[255] = '\0';
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %sxyz\r\n", want);
	assert_int_equal(hear_text(&h, text), APP_OVER);
	assert_heard(&h, COLUMN_HTTP_HOST, want);
	hear_nothing(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(others_are_not_it),
		cmocka_unit_test(cut_lines),
		cmocka_unit_test(responses_tell_the_protocol_alone),
		cmocka_unit_test(http2_with_prior_knowledge_has_no_host),
		cmocka_unit_test(a_long_host_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
