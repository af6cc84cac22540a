/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections over TCP and TLS, and the sockets that wait for them. */
#include "base/stream.h"

#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/listener.h"
#include "certificates.h"

static int
make_certificates(void **state)
{
	struct identity_files ca = certificate_make("ca", NULL, NULL);
	struct identity_files other = certificate_make("other", NULL, NULL);
	struct identity_files server = certificate_make("server", &ca, "DNS:localhost,IP:127.0.0.1");
	struct identity_files client = certificate_make("client", &ca, NULL);
	struct identity_files stranger = certificate_make("stranger", &other, "DNS:localhost,IP:127.0.0.1");

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	certificate_free(&ca);
	certificate_free(&other);
	certificate_free(&server);
	certificate_free(&client);
	certificate_free(&stranger);
	return 0;
}

static struct tls *
open_tls(bool server, const char *who, const char *ca)
{
	char certificate[32], key[32];
	struct tls_options o = { .server = server, .ca = ca };
	struct tls *t;

	if (who != NULL) {
		snprintf(certificate, sizeof certificate, "%s.pem", who);
		snprintf(key, sizeof key, "%s.key", who);
		o.certificate = certificate;
		o.key = key;
	}
	assert_int_equal(tls_open(&o, &t, NULL), STATUS_OK);
	return t;
}

/* Both ends of a connection through a listener. */
struct pair {
	struct listener *listener;
	struct accepted accepted;
	struct stream *client;
	struct stream *server;
};

static void
wait_for(const struct stream *s, bool read, bool write)
{
	struct pollfd p = { .fd = stream_fd(s), .events = stream_events(s, read, write) };

	assert_true(poll(&p, 1, 5000) > 0);
}

static void
connect_pair(struct pair *p, const char *host, const struct tls *client, const struct tls *server)
{
	struct endpoint at = { .scheme = ENDPOINT_TCP, .port = "0" };
	struct pollfd waiting;

	strcpy(at.host, host);
	assert_int_equal(listener_open(&at, &p->listener, NULL), STATUS_OK);
	snprintf(at.port, sizeof at.port, "%u", listener_port(p->listener));
	assert_int_equal(listener_accept(p->listener, &p->accepted, NULL), STATUS_LIMIT);
	assert_int_equal(stream_connect(&at, client, &p->client, NULL), STATUS_OK);
	waiting = (struct pollfd){ .fd = listener_fd(p->listener), .events = POLLIN };
	assert_int_equal(poll(&waiting, 1, 5000), 1);
	assert_int_equal(listener_accept(p->listener, &p->accepted, NULL), STATUS_OK);
	assert_int_equal(p->accepted.to_port, listener_port(p->listener));
	assert_int_equal(stream_adopt(p->accepted.fd, server, &p->server, NULL), STATUS_OK);
}

static void
free_pair(struct pair *p)
{
	stream_close(p->client);
	stream_close(p->server);
	listener_close(p->listener);
}

/* Until both are done: open, or failed. */
static void
shake(struct pair *p, enum status *client, enum status *server, struct fault *f, struct fault *g)
{
	*client = *server = STATUS_LIMIT;
	for (int i = 0; i < 200 && (*client == STATUS_LIMIT || *server == STATUS_LIMIT); i++) {
		struct pollfd both[2] = {
			{ .fd = stream_fd(p->client), .events = stream_events(p->client, true, false) },
			{ .fd = stream_fd(p->server), .events = stream_events(p->server, true, false) }
		};

		if (*client == STATUS_LIMIT)
			*client = stream_open(p->client, f);
		if (*server == STATUS_LIMIT)
			*server = stream_open(p->server, g);
		(void)poll(both, 2, 20);
	}
}

static void
send_all(struct stream *s, const void *data, size_t len)
{
	size_t put, at = 0;

	while (at < len) {
		enum status st = stream_write(s, (const char *)data + at, len - at, &put, NULL);

		if (st == STATUS_LIMIT)
			wait_for(s, false, true);
		else
			assert_int_equal(st, STATUS_OK);
		at += st == STATUS_OK ? put : 0;
	}
}

static enum status
read_some(struct stream *s, void *data, size_t len, size_t *got, struct fault *f)
{
	enum status st;

	while ((st = stream_read(s, data, len, got, f)) == STATUS_LIMIT)
		wait_for(s, true, false);
	return st;
}

static void
talk(struct pair *p)
{
	char text[64];
	size_t got;

	send_all(p->client, "to the server", 13);
	assert_int_equal(read_some(p->server, text, sizeof text, &got, NULL), STATUS_OK);
	assert_int_equal(got, 13);
	assert_memory_equal(text, "to the server", 13);
	assert_int_equal(stream_read(p->server, text, sizeof text, &got, NULL), STATUS_LIMIT);
	send_all(p->server, "back", 4);
	assert_int_equal(read_some(p->client, text, 2, &got, NULL), STATUS_OK);
	assert_int_equal(got, 2);
	assert_int_equal(stream_pending(p->client), stream_version(p->client) != NULL);
	assert_int_equal(read_some(p->client, text, 2, &got, NULL), STATUS_OK);
	assert_int_equal(stream_finish(p->client, NULL), STATUS_OK);
	assert_int_equal(read_some(p->server, text, sizeof text, &got, NULL), STATUS_END);
}

static void
plain_goes_both_ways_and_ends(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct pair p;
		enum status client, server;
		char address[TEXT_ADDRESS_MAX];

		connect_pair(&p, hosts[i], NULL, NULL);
		shake(&p, &client, &server, NULL, NULL);
		assert_int_equal(client, STATUS_OK);
		assert_int_equal(server, STATUS_OK);
		text_address(address, &p.accepted.from);
		assert_string_equal(address, hosts[i]);
		text_address(address, &p.accepted.to);
		assert_string_equal(address, hosts[i]);
		talk(&p);
		free_pair(&p);
	}
}

static void
ipv4_on_a_socket_of_both_is_ipv4(void **state)
{
	struct endpoint at = { .scheme = ENDPOINT_TCP, .port = "0" };
	struct accepted who;
	struct listener *l;
	struct stream *s;
	struct pollfd p;

	(void)state;
	assert_int_equal(listener_open(&at, &l, NULL), STATUS_OK);
	strcpy(at.host, "127.0.0.1");
	snprintf(at.port, sizeof at.port, "%u", listener_port(l));
	assert_int_equal(stream_connect(&at, NULL, &s, NULL), STATUS_OK);
	p = (struct pollfd){ .fd = listener_fd(l), .events = POLLIN };
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(listener_accept(l, &who, NULL), STATUS_OK);
	assert_int_equal(who.from.family, 4);
	assert_int_equal(who.to.family, 4);
	assert_int_equal(who.from.octets[0], 127);
	close(who.fd);
	stream_close(s);
	listener_close(l);
}

static void
tls_goes_both_ways_and_ends(void **state)
{
	struct tls *server = open_tls(true, "server", "ca.pem");
	struct tls *client = open_tls(false, "client", "ca.pem");
	struct pair p;
	enum status c, s;
	char name[STREAM_NAME_MAX];

	(void)state;
	connect_pair(&p, "127.0.0.1", client, server);
	shake(&p, &c, &s, NULL, NULL);
	assert_int_equal(c, STATUS_OK);
	assert_int_equal(s, STATUS_OK);
	assert_string_equal(stream_version(p.server), "TLSv1.3");
	stream_certificate(p.server, name);
	assert_string_equal(name, "/CN=client");
	stream_certificate(p.client, name);
	assert_string_equal(name, "/CN=server");
	talk(&p);
	free_pair(&p);
	tls_free(server);
	tls_free(client);
}

static void
more_than_the_kernel_holds_comes_whole(void **state)
{
	enum { OCTETS = 8 << 20 };
	struct tls *server = open_tls(true, "server", NULL);
	struct tls *client = open_tls(false, NULL, "ca.pem");
	uint8_t *data = malloc(OCTETS), *back = malloc(OCTETS);
	size_t sent = 0, received = 0, waits = 0;
	struct pair p;
	enum status c, s;

	(void)state;
	for (size_t i = 0; i < OCTETS; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 24);
	connect_pair(&p, "127.0.0.1", client, server);
	shake(&p, &c, &s, NULL, NULL);
	while (received < OCTETS) {
		size_t n = 0;

		c = sent == OCTETS ? STATUS_LIMIT
		                   : stream_write(p.client, data + sent, OCTETS - sent, &n, NULL);
		assert_true(c == STATUS_OK || c == STATUS_LIMIT);
		sent += c == STATUS_OK ? n : 0;
		waits += c == STATUS_LIMIT;
		if (c == STATUS_OK)
			continue; /* until it would have to wait */
		s = stream_read(p.server, back + received, OCTETS - received, &n, NULL);
		assert_true(s == STATUS_OK || s == STATUS_LIMIT);
		received += s == STATUS_OK ? n : 0;
	}
	assert_true(waits > 0);
	assert_memory_equal(data, back, OCTETS);
	free(data);
	free(back);
	free_pair(&p);
	tls_free(server);
	tls_free(client);
}

/* Both ends' verdicts on a handshake that must not succeed. */
static void
refused(const char *server_is, const char *server_ca, const char *client_is, const char *client_ca,
    const char *host, enum status client, const char *client_why, const char *server_why)
{
	struct tls *server = open_tls(true, server_is, server_ca);
	struct tls *with = open_tls(false, client_is, client_ca);
	struct fault f = { 0 }, g = { 0 };
	struct pair p;
	enum status c, s;
	char text[16];
	size_t got;

	connect_pair(&p, host, with, server);
	shake(&p, &c, &s, &f, &g);
	if (c == STATUS_OK) /* it learns only afterwards what the server made of it */
		c = read_some(p.client, text, sizeof text, &got, &f);
	assert_int_equal(c, client);
	assert_non_null(strstr(f.text, client_why));
	assert_true(s != STATUS_OK && s != STATUS_LIMIT);
	assert_non_null(strstr(g.text, server_why));
	free_pair(&p);
	tls_free(server);
	tls_free(with);
}

static void
who_is_not_believed_is_refused(void **state)
{
	(void)state;
	refused("stranger", NULL, NULL, "ca.pem", "127.0.0.1", STATUS_KEY,
	    "unable to get local issuer certificate", "unknown ca");
	refused("server", NULL, NULL, "ca.pem", "::1", STATUS_KEY, "IP address mismatch", "bad certificate");
	refused("server", "ca.pem", NULL, "ca.pem", "127.0.0.1", STATUS_MALFORMED,
	    "certificate required", "peer did not return a certificate");
	refused("server", "ca.pem", "stranger", "ca.pem", "127.0.0.1", STATUS_MALFORMED, "unknown ca",
	    "unable to get local issuer certificate");
}

static void
plain_text_is_no_tls(void **state)
{
	struct tls *server = open_tls(true, "server", NULL);
	struct fault f = { 0 };
	struct pair p;
	enum status c, s;

	(void)state;
	connect_pair(&p, "127.0.0.1", NULL, server);
	while ((c = stream_open(p.client, NULL)) == STATUS_LIMIT)
		wait_for(p.client, false, true);
	send_all(p.client, "\0\12\0\20 an IPFIX message", 21);
	while ((s = stream_open(p.server, &f)) == STATUS_LIMIT)
		wait_for(p.server, true, false);
	assert_int_equal(s, STATUS_MALFORMED);
	assert_non_null(strstr(f.text, "TLS handshake: wrong version number"));
	free_pair(&p);
	tls_free(server);
}

static void
a_cut_is_no_end(void **state)
{
	struct tls *server = open_tls(true, "server", NULL);
	struct tls *client = open_tls(false, NULL, "ca.pem");
	struct fault f = { 0 };
	struct pair p;
	enum status c, s;
	char text[16];
	size_t got;

	(void)state;
	connect_pair(&p, "127.0.0.1", client, server);
	shake(&p, &c, &s, NULL, NULL);
	assert_int_equal(shutdown(stream_fd(p.client), SHUT_WR), 0);
	assert_int_equal(read_some(p.server, text, sizeof text, &got, &f), STATUS_TRUNCATED);
	free_pair(&p);

	connect_pair(&p, "127.0.0.1", client, server);
	stream_close(p.client);
	p.client = NULL;
	while ((s = stream_open(p.server, &f)) == STATUS_LIMIT)
		wait_for(p.server, true, false);
	assert_true(s == STATUS_TRUNCATED || s == STATUS_IO);
	free_pair(&p);
	tls_free(server);
	tls_free(client);
}

static void
nobody_is_there(void **state)
{
	struct endpoint at = { .scheme = ENDPOINT_TCP, .host = "127.0.0.1", .port = "0" };
	struct fault f = { 0 };
	struct listener *l;
	struct stream *s = NULL;
	enum status st;
	char text[64];

	(void)state;
	assert_int_equal(listener_open(&at, &l, NULL), STATUS_OK);
	snprintf(at.port, sizeof at.port, "%u", listener_port(l));
	listener_close(l);
	st = stream_connect(&at, NULL, &s, &f);
	while (st == STATUS_OK && (st = stream_open(s, &f)) == STATUS_LIMIT) {
		wait_for(s, true, false);
		st = STATUS_OK;
	}
	assert_int_equal(st, STATUS_ABSENT);
	snprintf(text, sizeof text, "cannot connect to 127.0.0.1 port %s", at.port);
	assert_string_equal(f.text, text);
	stream_close(s);
}

static void
files_that_do_not_fit_are_named(void **state)
{
	static const struct {
		struct tls_options o;
		enum status status;
		const char *file;
		const char *text;
	} cases[] = {
		{ { .server = true }, STATUS_USAGE, "", "a certificate is needed" },
		{ { .server = true, .certificate = "absent.pem" }, STATUS_ABSENT, "absent.pem", "cannot read" },
		{ { .server = true, .certificate = "server.key" }, STATUS_USAGE, "server.key",
		    "no certificate in PEM" },
		{ { .server = true, .certificate = "server.pem" }, STATUS_USAGE, "server.pem",
		    "no private key in PEM" },
		{ { .server = true, .certificate = "server.pem", .key = "client.key" }, STATUS_USAGE,
		    "client.key", "values mismatch" },
		{ { .server = true, .certificate = "server.pem", .key = "server.key", .ca = "server.key" },
		    STATUS_USAGE, "server.key", "no CA certificates in PEM" },
		{ { .ca = "nowhere" }, STATUS_ABSENT, "nowhere", "cannot read" },
		{ { .key = "client.key" }, STATUS_USAGE, "", "a certificate is needed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault f = { 0 };
		struct tls *t;

		assert_int_equal(tls_open(&cases[i].o, &t, &f), cases[i].status);
		assert_string_equal(f.file, cases[i].file);
		assert_non_null(strstr(f.text, cases[i].text));
	}
}

static void
only_a_listening_socket_is_adopted(void **state)
{
	struct endpoint at = { .scheme = ENDPOINT_TCP, .host = "127.0.0.1", .port = "0" };
	struct listener *l, *again;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_int_equal(listener_adopt(fd, &again, NULL), STATUS_USAGE);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(listener_adopt(fd, &again, NULL), STATUS_USAGE);
	close(fd);
	assert_int_equal(listener_open(&at, &l, NULL), STATUS_OK);
	assert_int_equal(listener_adopt(dup(listener_fd(l)), &again, NULL), STATUS_OK);
	assert_int_equal(listener_port(again), listener_port(l));
	listener_close(l);
	listener_close(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_goes_both_ways_and_ends),
		cmocka_unit_test(ipv4_on_a_socket_of_both_is_ipv4),
		cmocka_unit_test(tls_goes_both_ways_and_ends),
		cmocka_unit_test(more_than_the_kernel_holds_comes_whole),
		cmocka_unit_test(who_is_not_believed_is_refused),
		cmocka_unit_test(plain_text_is_no_tls),
		cmocka_unit_test(a_cut_is_no_end),
		cmocka_unit_test(nobody_is_there),
		cmocka_unit_test(files_that_do_not_fit_are_named),
		cmocka_unit_test(only_a_listening_socket_is_adopted),
	};

	return cmocka_run_group_tests(tests, make_certificates, NULL);
}
