/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_HTTP_H
#define REPLAY_HTTP_H

/*
 * POST requests to one server, one at a time over one connection that is kept.  http_open;
 * http_post...; http_free.  Where nfseal is built without libcurl, http_open is
 * STATUS_UNSUPPORTED.  Proxies are not taken from the environment: what is sent is evidence, and
 * goes where the command line says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

enum { HTTP_REPLY_MAX = 16 << 20 };

struct http_options {
	const char *content_type;
	const char *authorization; /* "Splunk", "ApiKey", "Bearer": what stands before the token */
	const char *token_file;    /* its first line is the token; NULL: none */
	const char *ca;            /* PEM file; NULL: the system's */
	const char *certificate;   /* PEM files of our own; NULL: none */
	const char *key;
	bool insecure;             /* any server will do */
	const char *extra;         /* a header line more, or NULL */
	const volatile int *interrupt; /* NULL, or nonzero once a request is not to take long */
};

struct http;

MUST_USE enum status http_open(const struct http_options *o, struct http **out, struct fault *f);
/*
 * Status of the answer and its body.  STATUS_ABSENT: no answer came, and why; STATUS_KEY: the
 * server's certificate was not believed.
 */
MUST_USE enum status http_post(struct http *h, const char *url, const void *body, size_t len,
    long *status, struct buf *reply, struct fault *f);
void http_free(struct http *h);

#endif
