/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_APP_READER_H
#define CAPTURE_APP_READER_H

/*
 * A reader recognises one application protocol by the first octets of a flow, whatever its
 * ports, and takes values out of them: a row of app_readers[].  It is a function of the octets
 * that it is given and of the little that the flow remembers for it; it allocates nothing
 * (but QUIC's, which puts a stream together) and never fails the run.
 *
 * A stream's reader is given each direction from its first octet on, again whenever there are
 * more, at most APP_STREAM_MAX of them; a datagram's is given one payload at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/app_found.h"

enum app_verdict {
	APP_NO,   /* this is something else, or broken */
	APP_MORE, /* too few octets to tell */
	APP_SEEN, /* it is this, and more octets (or datagrams) may tell more */
	APP_DONE, /* it is this, and this direction has told what it can */
	APP_OVER  /* it is this, and nothing more is wanted of the flow */
};

struct app_quic;

struct app_input {
	const uint8_t *data;
	size_t len;
	bool cut;               /* the octets behind these will never come */
	bool known;             /* the flow is this reader's already */
	unsigned side;          /* 0 or 1: which end sent it */
	uint16_t *memo;         /* the flow's, for what a reader must remember; zero at first */
	struct app_quic **quic; /* the flow's, made and freed by capture/app_quic */
	struct app_budget *budget;
	struct app_found *found;
};

enum app_transport { APP_STREAM, APP_DATAGRAM };

struct app_reader {
	const char *name; /* app_name */
	const char *word; /* of --dpi */
	enum app_transport transport;
	/* Whether these octets, at least one, may begin it: a quick refusal. */
	bool (*probe)(const uint8_t *data, size_t len);
	enum app_verdict (*feed)(const struct app_input *in);
};

enum { APP_READERS = 7 };

extern const struct app_reader app_readers[APP_READERS];

bool app_dns_probe(const uint8_t *data, size_t len);
enum app_verdict app_dns_feed(const struct app_input *in);
bool app_dns_stream_probe(const uint8_t *data, size_t len);
enum app_verdict app_dns_stream_feed(const struct app_input *in);
bool app_tls_probe(const uint8_t *data, size_t len);
enum app_verdict app_tls_feed(const struct app_input *in);
bool app_dtls_probe(const uint8_t *data, size_t len);
enum app_verdict app_dtls_feed(const struct app_input *in);
bool app_quic_probe(const uint8_t *data, size_t len);
enum app_verdict app_quic_feed(const struct app_input *in);
bool app_http_probe(const uint8_t *data, size_t len);
enum app_verdict app_http_feed(const struct app_input *in);
bool app_ssh_probe(const uint8_t *data, size_t len);
enum app_verdict app_ssh_feed(const struct app_input *in);

#endif
