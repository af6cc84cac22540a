/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/wire.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "base/transmit.h"
#include "replay/wire_stream.h"

enum {
	TRIES = 50,       /* of one datagram, where the system has no room */
	REFUSALS = 3,     /* and where the host refuses: it tells that of an earlier one */
	QUEUE_OCTETS = 256 << 10
};

#define WAIT INT64_C(1000000) /* nanoseconds between them */
#define HEAR INT64_C(100000000) /* nanoseconds in which a host says that nobody listens */

struct waiting {
	size_t offset; /* into the queue's octets */
	size_t len;
	size_t records;
};

struct wire {
	struct wire_options options;
	struct wire_counts own;
	struct wire_counts *counts; /* the own, or the options' */
	char address[SOCKET_ADDRESS_MAX];
	struct endpoint to;
	struct transmitter udp;
	int raw;                   /* -1: none */
	struct raw_end peer;       /* of UDP */
	struct raw_end from;       /* family 0: this host */
	struct wire_stream *stream; /* of TCP and TLS */
	struct tls *tls;
	struct buf octets; /* of what waits to go together */
	struct waiting queue[TRANSMIT_BATCH];
	size_t queued;
	size_t path;       /* octets that a datagram may have there, 0: not known */
	int64_t first;     /* when the first datagram went, 0: not yet */
};

static enum status
open_stream(struct wire *w, struct fault *f)
{
	const struct target_options *t = w->options.target;
	const struct tls_options tls = { .certificate = t->certificate, .key = t->key, .ca = t->ca,
		.insecure = t->insecure };
	enum status st = STATUS_OK;

	if (w->to.scheme == ENDPOINT_TLS)
		st = tls_open(&tls, &w->tls, f);
	if (st == STATUS_OK)
		st = wire_stream_open(&w->to, w->tls, &w->options, w->counts, &w->stream, f);
	return st;
}

/* The name of one end of the socket. */
static void
read_end(int fd, bool peer, struct raw_end *out)
{
	struct sockaddr_storage name = { 0 };
	socklen_t len = sizeof name;
	struct sockaddr *to = (struct sockaddr *)&name;

	if ((peer ? getpeername(fd, to, &len) : getsockname(fd, to, &len)) == 0)
		socket_read_name(&name, &out->address, &out->port);
}

/* One address: this host's own where it has it, else by a raw socket, from a port of ours. */
static enum status
open_address(struct wire *w, struct fault *f)
{
	struct raw_end own = { .port = 0 };
	struct fault why = { 0 };
	enum status st = socket_connect_udp_from(&w->to, &w->options.target->source, &w->udp.fd, &why);

	if (st == STATUS_OK)
		return st;
	if (st != STATUS_ABSENT) {
		*f = why;
		return st;
	}
	st = socket_connect_udp(&w->to, &w->udp.fd, f);
	if (st != STATUS_OK)
		return st;
	read_end(w->udp.fd, false, &own);
	w->from = (struct raw_end){ w->options.target->source, own.port };
	return raw_open(w->options.target->source.family, &w->raw, f);
}

static enum status
open_udp(struct wire *w, struct fault *f)
{
	enum status st = w->options.target->source.family != 0 ? open_address(w, f) :
	    socket_connect_udp(&w->to, &w->udp.fd, f);

	if (st != STATUS_OK)
		return st;
	socket_address(w->udp.fd, w->address);
	read_end(w->udp.fd, true, &w->peer);
	w->path = socket_path_payload(w->udp.fd);
	if (w->options.target->source_exporter)
		return raw_open(w->peer.address.family, &w->raw, f);
	if (w->raw >= 0 && w->from.address.family != w->peer.address.family)
		return fault_set(f, STATUS_USAGE, NULL, "--source and %s are not of one family", w->address);
	return STATUS_OK;
}

void
wire_from(struct wire *w, const struct raw_end *from)
{
	if (w->options.target->source_exporter)
		w->from = *from;
}

void
wire_mark(struct wire *w, uint64_t mark)
{
	if (w->stream != NULL)
		wire_stream_mark(w->stream, mark);
}

void
wire_restart(struct wire *w, enum status (*restart)(void *ctx, struct fault *f), void *ctx)
{
	w->options.restart = restart;
	w->options.restart_ctx = ctx;
}

/* For a dry run what the way to an address takes; nothing is asked or sent for it. */
static void
look_at_path(struct wire *w)
{
	struct fault ignored;
	int fd;

	if (!text_parse_address(w->to.host, &w->peer.address))
		return; /* of a name the family stays open */
	if (w->to.scheme != ENDPOINT_UDP || socket_connect_udp(&w->to, &fd, &ignored) != STATUS_OK)
		return;
	w->path = socket_path_payload(fd);
	socket_close(fd);
}

static enum status
open_way(struct wire *w, struct fault *f)
{
	const char *url = w->options.url != NULL ? w->options.url : w->options.target->url;
	enum status st = endpoint_parse_any(url, ENDPOINT_SEND, &w->to, f);

	if (st == STATUS_OK && w->options.dry)
		look_at_path(w);
	if (st != STATUS_OK || w->options.dry)
		return st;
	if (w->to.scheme != ENDPOINT_UDP)
		return open_stream(w, f);
	return open_udp(w, f);
}

enum status
wire_check(const struct target_options *t, bool stream, struct fault *f)
{
	if (stream && (t->source_exporter || t->source.family != 0))
		return fault_set(f, STATUS_USAGE, NULL, "--source, --spoof: a connection to %s comes from this "
		    "host; UDP may bear another address", t->url);
	return STATUS_OK;
}

enum status
wire_open(const struct wire_options *o, struct wire **out, struct fault *f)
{
	struct wire *w = calloc(1, sizeof *w);
	enum status st;

	if (w == NULL)
		return fault_memory(f);
	w->udp.fd = w->raw = -1;
	w->options = *o;
	w->own.lost_from = UINT64_MAX;
	w->counts = o->counts != NULL ? o->counts : &w->own;
	buf_init(&w->octets, 0);
	st = open_way(w, f);
	if (st != STATUS_OK) {
		wire_free(w);
		return st;
	}
	*out = w;
	return STATUS_OK;
}

void
wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	wire_stream_free(w->stream);
	tls_free(w->tls);
	socket_close(w->udp.fd);
	socket_close(w->raw);
	buf_free(&w->octets);
	free(w);
}

/* The first n of the queue from `at` on have gone. */
static enum status
note_sent(struct wire *w, size_t at, size_t n, struct fault *f)
{
	const struct waiting *q = &w->queue[at];
	size_t octets = 0;

	for (size_t i = 0; i < n; i++) {
		w->counts->records += q[i].records;
		octets += q[i].len;
	}
	w->counts->datagrams += n;
	w->counts->octets += octets;
	if (n == 0 || w->options.tap.write == NULL)
		return STATUS_OK;
	/* they stand one behind the other */
	return sink_write(&w->options.tap, w->octets.data + q[0].offset, octets, f);
}

static void
note_unsent(struct wire *w, const struct waiting *q, int error)
{
	w->counts->unsent++;
	w->counts->unsent_records += q->records;
	w->counts->error = error;
}

/* Of one datagram: how often it was tried in vain. */
struct patience {
	unsigned waits;
	unsigned refusals;
};

/* Whether the datagram that failed is worth another try. */
static bool
try_again(struct wire *w, enum status st, int error, struct patience *p)
{
	if (st == STATUS_LIMIT && p->waits++ < TRIES) {
		const struct schedule_clock *c = &w->options.schedule->options.clock;

		w->counts->waited++;
		c->sleep_until(c->now() + WAIT);
		return true;
	}
	if (st != STATUS_ABSENT)
		return false;
	w->counts->refused++;
	w->counts->error = error;
	return ++p->refusals <= REFUSALS; /* told of an earlier one; this one goes with the next try */
}

static enum status
send_queue(struct wire *w, struct fault *f)
{
	struct transmit v[TRANSMIT_BATCH];
	struct patience patience = { 0 };
	enum status rc = STATUS_OK;
	size_t at = 0, sent;

	if (w->first == 0)
		w->first = w->options.schedule->options.clock.now();
	for (size_t i = 0; i < w->queued; i++)
		v[i] = (struct transmit){ w->octets.data + w->queue[i].offset, w->queue[i].len };
	while (at < w->queued && rc == STATUS_OK) {
		struct fault why = { 0 };
		enum status st = transmit_batch(&w->udp, v + at, w->queued - at, &sent, &why);

		rc = note_sent(w, at, sent, f);
		at += sent;
		if (sent > 0)
			patience = (struct patience){ 0 };
		if (st == STATUS_OK || try_again(w, st, why.err, &patience))
			continue;
		note_unsent(w, &w->queue[at++], why.err);
		patience = (struct patience){ 0 };
	}
	return rc;
}

enum status
wire_flush(struct wire *w, struct fault *f)
{
	enum status st = STATUS_OK;

	if (w->queued > 0)
		st = w->options.dry ? note_sent(w, 0, w->queued, f) : send_queue(w, f);
	w->queued = 0;
	buf_reset(&w->octets);
	return st;
}

/* From another's address; waits and is refused as others are. */
static enum status
send_raw(struct wire *w, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	const struct waiting one = { 0, len, records };
	struct patience patience = { 0 };
	struct fault why;
	enum status st;

	do {
		why = (struct fault){ 0 };
		st = raw_send(w->raw, &w->from, &w->peer, data, len, &why);
	} while (st != STATUS_OK && try_again(w, st, why.err, &patience));
	if (st != STATUS_OK) {
		note_unsent(w, &one, why.err);
		return STATUS_OK;
	}
	w->counts->datagrams++;
	w->counts->records += records;
	w->counts->octets += len;
	return w->options.tap.write != NULL ? sink_write(&w->options.tap, data, len, f) : STATUS_OK;
}

/* For --source exporter: whether what goes now cannot bear that address. */
static bool
is_own_source(const struct wire *w)
{
	uint8_t from = w->from.address.family, to = w->peer.address.family;

	return w->options.target->source_exporter && (w->raw >= 0 || w->options.dry) &&
	    (from == 0 || (to != 0 && from != to));
}

enum status
wire_send(struct wire *w, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	if (w->stream != NULL)
		return wire_stream_send(w->stream, data, len, records, f);
	if (w->raw >= 0 && w->from.address.family == w->peer.address.family) {
		enum status st = wire_flush(w, f);

		return st == STATUS_OK ? send_raw(w, data, len, records, f) : st;
	}
	w->counts->own_source += is_own_source(w);
	w->queue[w->queued++] = (struct waiting){ w->octets.len, len, records };
	buf_put(&w->octets, data, len);
	if (!buf_ok(&w->octets))
		return fault_memory(f);
	return w->queued == TRANSMIT_BATCH || w->octets.len > QUEUE_OCTETS ? wire_flush(w, f) :
	    STATUS_OK;
}

size_t
wire_path(const struct wire *w)
{
	return w->path;
}

/* What went all at once may have been refused behind its end: the answer to the first gets its time. */
static void
hear_refusal(struct wire *w)
{
	int64_t left = (w->first + HEAR - w->options.schedule->options.clock.now()) / 1000000;
	int err = socket_complaint(w->udp.fd, left > 0 ? (int)left : 0);

	if (err == 0)
		return;
	w->counts->refused++;
	w->counts->error = err;
}

enum status
wire_finish(struct wire *w, struct fault *f)
{
	enum status st;

	if (w->stream != NULL)
		return wire_stream_finish(w->stream, f);
	st = wire_flush(w, f);
	if (st == STATUS_OK && w->first != 0 && w->counts->refused == 0)
		hear_refusal(w);
	return st;
}

bool
wire_idle(const struct wire *w)
{
	return w->queued == 0;
}

const struct wire_counts *
wire_counts(const struct wire *w)
{
	return w->counts;
}

void
wire_counts_say(const struct wire_counts *c, struct buf *out)
{
	if (c->own_source > 0)
		buf_printf(out, "  FROM THIS HOST'S ADDRESS: %" PRIu64 " datagrams, whose exporter is not known or "
		    "of another family than the target\n", c->own_source);
}

void
wire_say(const struct wire *w, struct buf *out)
{
	wire_counts_say(w->counts, out);
}

const char *
wire_address(const struct wire *w)
{
	return w->stream != NULL ? wire_stream_peer(w->stream) : w->address;
}
