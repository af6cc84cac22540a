/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_TLS_H
#define BASE_TLS_H

/*
 * What TLS connections of one kind have in common: certificate, key, and whom to believe.
 * TLS 1.2 and 1.3, no renegotiation, no resumption, no compression (RFC 9325).  tls_open, before
 * rights are dropped, since keys are read here; streams are made with it (base/stream.h) and do
 * not outlive it; tls_free.
 *
 * A server has a certificate.  With `ca` it asks clients for theirs and refuses those without one
 * that the CA has signed.  A client believes servers whose certificate bears the name or address
 * that it was told to connect to, signed by `ca` or one of the system's CAs.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct tls_options {
	bool server;
	const char *certificate; /* PEM file, the own one first; a client's may be NULL */
	const char *key;         /* PEM file; NULL: in the certificate's file */
	const char *ca;          /* PEM file of CAs, or NULL */
	bool insecure;           /* a client's: any server will do */
};

struct tls;
struct ssl_st;

MUST_USE enum status tls_open(const struct tls_options *o, struct tls **out, struct fault *f);
void tls_free(struct tls *t);

/* For base/stream.c. */

/* One connection on this socket; host: whom a client wants to reach.  The caller frees it. */
MUST_USE enum status tls_connection(const struct tls *t, int fd, const char *host,
    struct ssl_st **out, struct fault *f);
/* The library's last error as words, or `otherwise`; its queue is empty afterwards. */
void tls_reason(char *out, size_t size, const char *otherwise);

#endif
