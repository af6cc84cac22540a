/* SPDX-License-Identifier: BSD-2-Clause */
/* What sockets are called. */
#include "base/socket.h"

#include "unit.h"

#include <string.h>

static void
urls(void **state)
{
	static const struct {
		const char *url;
		int allowed;
		const char *host;
		const char *port; /* NULL: refused, and host is why */
		enum endpoint_scheme scheme;
	} cases[] = {
		{ "udp://host:2055", ENDPOINT_UDP, "host", "2055", ENDPOINT_UDP },
		{ "UDP://host:2055", ENDPOINT_UDP, "host", "2055", ENDPOINT_UDP },
		{ "tcp://[2001:db8::1]:4739", ENDPOINT_ANY, "2001:db8::1", "4739", ENDPOINT_TCP },
		{ "Tls://a.example:1", ENDPOINT_ANY, "a.example", "1", ENDPOINT_TLS },
		{ "sctp://host:4739", ENDPOINT_SEND, "host", "4739", ENDPOINT_SCTP },
		{ "sctp://host:4739", ENDPOINT_ANY | ENDPOINT_LISTEN, "no such scheme", NULL, 0 },
		{ "tcp://host:1", ENDPOINT_UDP, "the scheme is not udp", NULL, 0 },
		{ "http://host:1", ENDPOINT_ANY, "no such scheme", NULL, 0 },
		{ "tc://host:1", ENDPOINT_ANY, "no such scheme", NULL, 0 },
		{ "://host:1", ENDPOINT_ANY, "no scheme", NULL, 0 },
		{ "host:1", ENDPOINT_ANY, "no scheme", NULL, 0 },
		{ "udp://host", ENDPOINT_ANY, "no port from 1 to 65535", NULL, 0 },
		{ "udp://host:0", ENDPOINT_ANY, "no port from 1 to 65535", NULL, 0 },
		{ "udp://host:65536", ENDPOINT_ANY, "no port from 1 to 65535", NULL, 0 },
		{ "udp://:1", ENDPOINT_ANY, "no host", NULL, 0 },
		{ "udp://::1:1", ENDPOINT_ANY, "an IPv6 address stands in [ ]", NULL, 0 },
		{ "udp://[::1:1", ENDPOINT_ANY, "no ] behind the IPv6 address", NULL, 0 },
		{ "udp://[]:1", ENDPOINT_ANY, "no host", NULL, 0 },
		{ "tcp://", ENDPOINT_ANY | ENDPOINT_LISTEN, "", "4739", ENDPOINT_TCP },
		{ "tls://", ENDPOINT_ANY | ENDPOINT_LISTEN, "", "4740", ENDPOINT_TLS },
		{ "tls://:99", ENDPOINT_ANY | ENDPOINT_LISTEN, "", "99", ENDPOINT_TLS },
		{ "tcp://*:99", ENDPOINT_ANY | ENDPOINT_LISTEN, "", "99", ENDPOINT_TCP },
		{ "tcp://[::1]", ENDPOINT_ANY | ENDPOINT_LISTEN, "::1", "4739", ENDPOINT_TCP },
		{ "tcp://192.0.2.1", ENDPOINT_ANY | ENDPOINT_LISTEN, "192.0.2.1", "4739", ENDPOINT_TCP },
		{ "tcp://[::1]:x", ENDPOINT_ANY | ENDPOINT_LISTEN, "no port from 1 to 65535", NULL, 0 },
		{ "tcp://host:", ENDPOINT_ANY | ENDPOINT_LISTEN, "no port from 1 to 65535", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault f = { 0 };
		struct endpoint e;
		enum status st = endpoint_parse_any(cases[i].url, cases[i].allowed, &e, &f);

		if (cases[i].port == NULL) {
			assert_int_equal(st, STATUS_USAGE);
			assert_non_null(strstr(f.text, cases[i].host));
			continue;
		}
		assert_int_equal(st, STATUS_OK);
		assert_string_equal(e.host, cases[i].host);
		assert_string_equal(e.port, cases[i].port);
		assert_int_equal(e.scheme, cases[i].scheme);
	}
}

static void
a_refusal_names_the_forms(void **state)
{
	struct fault f = { 0 };
	struct endpoint e;

	(void)state;
	assert_int_equal(endpoint_parse_any("x", ENDPOINT_ANY | ENDPOINT_LISTEN, &e, &f), STATUS_USAGE);
	assert_string_equal(f.text, "listener x: no scheme; the form is udp://HOST:PORT, "
	    "tcp://HOST:PORT, tls://HOST:PORT");
	assert_string_equal(endpoint_scheme_name(ENDPOINT_TLS), "tls");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(a_refusal_names_the_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
