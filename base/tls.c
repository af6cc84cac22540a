/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

struct tls {
	SSL_CTX *context;
	bool server;
	bool insecure;
};

void
tls_reason(char *out, size_t size, const char *otherwise)
{
	unsigned long code = ERR_peek_last_error();
	const char *words = code == 0 ? NULL : ERR_reason_error_string(code);

	(void)snprintf(out, size, "%s", words != NULL ? words : otherwise);
	ERR_clear_error();
}

static enum status
refuse(const char *file, const char *what, struct fault *f)
{
	char why[128];

	tls_reason(why, sizeof why, "unknown reason");
	return fault_set(f, STATUS_USAGE, file, "%s: %s", what, why);
}

/* Nobody is there to be asked for a pass phrase. */
static int
no_phrase(char *out, int size, int writing, void *ctx)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

/* The library tells of an absent file as of any other that it cannot read. */
static enum status
check_file(const char *path, struct fault *f)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return fault_errno(f, path, "cannot read");
	(void)fclose(file);
	return STATUS_OK;
}

static enum status
load_own(SSL_CTX *c, const struct tls_options *o, struct fault *f)
{
	const char *key = o->key != NULL ? o->key : o->certificate;
	enum status st;

	if (o->certificate == NULL && !o->server && o->key == NULL)
		return STATUS_OK;
	if (o->certificate == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "TLS: a certificate is needed");
	st = check_file(o->certificate, f);
	if (st == STATUS_OK)
		st = check_file(key, f);
	if (st != STATUS_OK)
		return st;
	if (SSL_CTX_use_certificate_chain_file(c, o->certificate) != 1)
		return refuse(o->certificate, "no certificate in PEM", f);
	if (SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
		return refuse(key, "no private key in PEM, without a pass phrase, that fits the certificate", f);
	return SSL_CTX_check_private_key(c) == 1 ? STATUS_OK
	                                         : refuse(key, "not the certificate's key", f);
}

/* Names of the CAs that a client is told, so that it can choose a certificate. */
static enum status
load_ca(SSL_CTX *c, const struct tls_options *o, struct fault *f)
{
	STACK_OF(X509_NAME) *names;
	enum status st;

	if (o->ca == NULL)
		return o->server || SSL_CTX_set_default_verify_paths(c) == 1
		    ? STATUS_OK : refuse(NULL, "the system's CAs", f);
	st = check_file(o->ca, f);
	if (st != STATUS_OK)
		return st;
	if (SSL_CTX_load_verify_locations(c, o->ca, NULL) != 1)
		return refuse(o->ca, "no CA certificates in PEM", f);
	if (!o->server)
		return STATUS_OK;
	names = SSL_load_client_CA_file(o->ca);
	if (names == NULL)
		return refuse(o->ca, "no CA certificates in PEM", f);
	SSL_CTX_set_client_CA_list(c, names); /* the context's now */
	return STATUS_OK;
}

static void
set_rules(SSL_CTX *c, const struct tls_options *o)
{
	int verify = SSL_VERIFY_NONE;

	if (o->server && o->ca != NULL)
		verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	else if (!o->server && !o->insecure)
		verify = SSL_VERIFY_PEER;
	SSL_CTX_set_verify(c, verify, NULL);
	SSL_CTX_set_default_passwd_cb(c, no_phrase);
	(void)SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(c, 0);
	(void)SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

enum status
tls_open(const struct tls_options *o, struct tls **out, struct fault *f)
{
	struct tls *t = calloc(1, sizeof *t);
	enum status st;

	if (t == NULL)
		return fault_memory(f);
	t->server = o->server;
	t->insecure = o->insecure;
	t->context = SSL_CTX_new(o->server ? TLS_server_method() : TLS_client_method());
	if (t->context == NULL || SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1) {
		tls_free(t);
		return refuse(NULL, "no TLS in the library", f);
	}
	set_rules(t->context, o);
	st = load_own(t->context, o, f);
	if (st == STATUS_OK)
		st = load_ca(t->context, o, f);
	if (st != STATUS_OK) {
		tls_free(t);
		return st;
	}
	*out = t;
	return STATUS_OK;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->context);
	free(t);
}

/* The server must be the one that was asked for (RFC 9525); a name is sent along as well. */
static bool
expect_server(const struct tls *t, SSL *ssl, const char *host)
{
	struct address a;

	if (text_parse_address(host, &a))
		return t->insecure || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	/* The library copies it, and has no const. */
	return SSL_set_tlsext_host_name(ssl, (char *)(uintptr_t)host) == 1 &&
	    (t->insecure || SSL_set1_host(ssl, host) == 1);
}

enum status
tls_connection(const struct tls *t, int fd, const char *host, struct ssl_st **out,
    struct fault *f)
{
	SSL *ssl = SSL_new(t->context);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || (!t->server && !expect_server(t, ssl, host))) {
		SSL_free(ssl);
		return refuse(NULL, "cannot begin TLS", f);
	}
	if (t->server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	*out = ssl;
	return STATUS_OK;
}
