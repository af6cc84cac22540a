/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/wire_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/stream.h"

enum {
	LOOK_MILLIS = 50,   /* a wait is made of such steps, so that an interruption is seen */
	PRUNE_EVERY = 256,  /* messages after which it is asked what was acknowledged */
	READ_AHEAD = 512    /* nobody has anything to say to an exporter */
};

#define MILLI        INT64_C(1000000)
#define CONNECT_TIME (5000 * MILLI)  /* for one connection to be made */
#define HURRY_TIME   (2000 * MILLI)  /* that a receiver may take nothing once interrupted */
#define RETRY_LEAST  (100 * MILLI)
#define RETRY_MOST   (2000 * MILLI)

/* A message that was written and may not be acknowledged yet. */
struct sent {
	uint64_t end; /* of it, in octets since the connection was made */
	size_t len;
	size_t records;
	uint64_t mark;
	bool again; /* what the receiver of a connection made anew must know first */
};

struct wire_stream {
	const struct endpoint *to;
	const struct tls *tls;
	const struct wire_options *options;
	struct wire_counts *counts;
	struct stream *stream; /* NULL: there is no connection */
	char peer[SOCKET_ADDRESS_MAX];
	uint64_t written;      /* octets */
	struct buf sent;       /* of struct sent, oldest first */
	size_t acknowledged;   /* of these */
	bool restarting;
	bool stalled;          /* nothing was taken for too long: this is the end */
	uint64_t mark;         /* of what is sent next */
};

static int64_t
now(const struct wire_stream *s)
{
	return s->options->schedule->options.clock.now();
}

static bool
interrupted(const struct wire_stream *s)
{
	return schedule_interrupted(s->options->schedule);
}

/* Until the descriptor has something to tell, and not for long. */
static void
look(const struct wire_stream *s, bool write)
{
	struct pollfd p = { stream_fd(s->stream), stream_events(s->stream, true, write), 0 };

	(void)poll(&p, 1, LOOK_MILLIS);
}

static void
forget(struct wire_stream *s)
{
	stream_close(s->stream);
	s->stream = NULL;
	s->written = 0;
	s->acknowledged = 0;
	buf_reset(&s->sent);
}

static size_t
sent_count(const struct wire_stream *s)
{
	return s->sent.len / sizeof(struct sent);
}

static struct sent
sent_at(const struct wire_stream *s, size_t i)
{
	struct sent one;

	memcpy(&one, s->sent.data + i * sizeof one, sizeof one);
	return one;
}

/* Drops what the receiver's system has acknowledged. */
static void
prune(struct wire_stream *s)
{
	size_t left = stream_unacknowledged(s->stream), n = sent_count(s);
	uint64_t reached = left < s->written ? s->written - left : 0;

	while (s->acknowledged < n && sent_at(s, s->acknowledged).end <= reached)
		s->acknowledged++;
	n = s->acknowledged * sizeof(struct sent);
	memmove(s->sent.data, s->sent.data + n, s->sent.len - n);
	s->sent.len -= n;
	s->acknowledged = 0;
}

/* The connection is gone, and with it what was not acknowledged. */
static void
lose(struct wire_stream *s, const struct fault *why)
{
	struct wire_counts *c = s->counts;

	if (s->sent.len > 0)
		prune(s);
	for (size_t i = 0; i < sent_count(s); i++) {
		struct sent one = sent_at(s, i);

		c->datagrams--;
		c->records -= one.records;
		c->octets -= one.len;
		c->lost_from = one.mark < c->lost_from ? one.mark : c->lost_from;
		c->unsent += one.records > 0 || (s->options->whole && !one.again); /* templates come again */
		c->unsent_records += one.records;
	}
	c->lost_from = s->mark < c->lost_from ? s->mark : c->lost_from;
	c->error = why->err != 0 ? why->err : ECONNRESET;
	forget(s);
}

/* One attempt.  STATUS_INTERRUPTED, or why there is no connection. */
static enum status
connect_once(struct wire_stream *s, struct fault *f)
{
	int64_t until = now(s) + CONNECT_TIME;
	enum status st = stream_connect(s->to, s->tls, &s->stream, f);

	if (st != STATUS_OK)
		return st;
	while ((st = stream_open(s->stream, f)) == STATUS_LIMIT && now(s) < until) {
		if (interrupted(s))
			break;
		look(s, true);
	}
	if (st == STATUS_OK) {
		strcpy(s->peer, stream_peer(s->stream));
		return st;
	}
	forget(s);
	if (st == STATUS_LIMIT && interrupted(s))
		return STATUS_INTERRUPTED;
	return st == STATUS_LIMIT ? fault_set(f, STATUS_ABSENT, NULL, "%s port %s: no answer", s->to->host,
	    s->to->port) : st;
}

/* Whether another attempt may do better. */
static bool
may_come(enum status st)
{
	return st == STATUS_ABSENT || st == STATUS_TRUNCATED || st == STATUS_IO;
}

static enum status
connect_again(struct wire_stream *s, struct fault *f)
{
	const struct schedule_clock *c = &s->options->schedule->options.clock;
	int64_t until = now(s) + WIRE_PATIENCE, pause = RETRY_LEAST;

	for (;;) {
		struct fault why = { 0 };
		enum status st = connect_once(s, &why);

		if (st == STATUS_OK)
			return st;
		if (st != STATUS_INTERRUPTED) {
			s->counts->refused++;
			s->counts->error = why.err;
		}
		if (!may_come(st) || now(s) + pause > until) {
			*f = why;
			return st;
		}
		for (int64_t left = pause; left > 0 && !interrupted(s); left -= LOOK_MILLIS * MILLI)
			c->sleep_until(now(s) + LOOK_MILLIS * MILLI);
		if (interrupted(s))
			return STATUS_INTERRUPTED;
		pause = pause * 2 < RETRY_MOST ? pause * 2 : RETRY_MOST;
	}
}

enum status
wire_stream_open(const struct endpoint *to, const struct tls *tls, const struct wire_options *o,
    struct wire_counts *counts, struct wire_stream **out, struct fault *f)
{
	struct wire_stream *s = calloc(1, sizeof *s);
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	s->to = to;
	s->tls = tls;
	s->options = o;
	s->counts = counts;
	st = connect_again(s, f);
	if (st != STATUS_OK) {
		wire_stream_free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

void
wire_stream_free(struct wire_stream *s)
{
	if (s == NULL)
		return;
	stream_close(s->stream);
	buf_free(&s->sent);
	free(s);
}

/* That the receiver has gone is told to those who read. */
static enum status
listen(struct wire_stream *s, struct fault *f)
{
	uint8_t ignored[READ_AHEAD];
	enum status st;
	size_t got;

	do {
		st = stream_read(s->stream, ignored, sizeof ignored, &got, f);
	} while (st == STATUS_OK);
	if (st == STATUS_LIMIT)
		return STATUS_OK;
	return st == STATUS_END ? fault_set(f, STATUS_ABSENT, NULL, "%s hung up", s->peer) : st;
}

static int64_t
patience(const struct wire_stream *s)
{
	int64_t asked = s->options->target->patience;

	return interrupted(s) && HURRY_TIME < asked ? HURRY_TIME : asked;
}

static enum status
stalled(struct wire_stream *s, struct fault *f)
{
	s->stalled = true;
	(void)fault_set(f, STATUS_ABSENT, NULL, "%s takes nothing any more", s->peer);
	f->err = ETIMEDOUT;
	return STATUS_ABSENT;
}

/* The whole message on this connection, however long that takes. */
static enum status
write_message(struct wire_stream *s, const uint8_t *data, size_t len, struct fault *f)
{
	int64_t began = now(s);
	enum status st = listen(s, f);
	size_t put;

	while (st == STATUS_OK && len > 0) {
		st = stream_write(s->stream, data, len, &put, f);
		if (st == STATUS_OK) {
			data += put;
			len -= put;
			s->written += put;
			began = now(s);
		} else if (st == STATUS_LIMIT) {
			if (now(s) - began > patience(s))
				return stalled(s, f);
			s->counts->waited++;
			look(s, true);
			st = listen(s, f);
		}
	}
	return st;
}

static enum status
note_sent(struct wire_stream *s, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	const struct sent one = { s->written, len, records, s->mark, s->restarting };

	s->counts->datagrams++;
	s->counts->records += records;
	s->counts->octets += len;
	buf_put(&s->sent, &one, sizeof one);
	if (!buf_ok(&s->sent))
		return fault_memory(f);
	if (sent_count(s) % PRUNE_EVERY == 0)
		prune(s);
	return s->options->tap.write != NULL ? sink_write(&s->options->tap, data, len, f) : STATUS_OK;
}

/* On a new connection the receiver knows nothing: the templates first. */
static enum status
restart(struct wire_stream *s, struct fault *f)
{
	enum status st = connect_again(s, f);

	if (st != STATUS_OK)
		return st;
	s->counts->reconnects++;
	s->counts->lost_from = UINT64_MAX; /* it goes on behind what was lost */
	if (s->options->restart == NULL)
		return STATUS_OK;
	s->restarting = true;
	st = s->options->restart(s->options->restart_ctx, f);
	s->restarting = false;
	return st;
}

void
wire_stream_mark(struct wire_stream *s, uint64_t mark)
{
	s->mark = mark;
}

enum status
wire_stream_send(struct wire_stream *s, const uint8_t *data, size_t len, size_t records,
    struct fault *f)
{
	for (;;) {
		struct fault why = { 0 };
		enum status st;

		if (s->stream == NULL && s->restarting)
			return STATUS_OK; /* it broke again while the templates went */
		if (s->stream == NULL) {
			st = restart(s, f);
			if (st != STATUS_OK)
				return st;
			continue;
		}
		st = write_message(s, data, len, &why);
		if (st == STATUS_OK)
			return note_sent(s, data, len, records, f);
		lose(s, &why);
		if (interrupted(s))
			return STATUS_INTERRUPTED;
		if (s->stalled) {
			*f = why;
			return st;
		}
	}
}

/* Until nothing is unacknowledged, as long as that becomes less. */
static enum status
drain(struct wire_stream *s, struct fault *f)
{
	size_t left = stream_unacknowledged(s->stream), least = left;
	int64_t began = now(s);
	enum status st = STATUS_OK;

	while (left > 0 && st == STATUS_OK) {
		if (now(s) - began > patience(s))
			return stalled(s, f);
		look(s, false);
		st = listen(s, f);
		left = stream_unacknowledged(s->stream);
		if (left < least)
			began = now(s);
		least = left < least ? left : least;
	}
	return st;
}

/* Of SCTP nobody tells what is acknowledged; but the peer's end comes only behind it (RFC 9260, 9.2). */
static enum status
await_end(struct wire_stream *s, struct fault *f)
{
	int64_t began = now(s);
	struct fault why = { 0 };
	enum status st = STATUS_OK;

	while (st == STATUS_OK) {
		if (now(s) - began > patience(s))
			return stalled(s, f);
		look(s, false);
		st = listen(s, &why);
	}
	if (st == STATUS_ABSENT)
		return STATUS_OK; /* it hung up, in order */
	*f = why;
	return st;
}

enum status
wire_stream_finish(struct wire_stream *s, struct fault *f)
{
	struct fault why = { 0 };
	int64_t began;
	enum status st;

	if (s->stream == NULL)
		return STATUS_OK;
	st = drain(s, &why);
	if (st != STATUS_OK) {
		lose(s, &why);
		*f = why;
		return st;
	}
	/* it has all; how it takes our leave changes nothing any more */
	began = now(s);
	while (stream_finish(s->stream, &why) == STATUS_LIMIT && now(s) - began < HURRY_TIME)
		look(s, true);
	st = s->to->scheme == ENDPOINT_SCTP ? await_end(s, f) : STATUS_OK;
	if (st != STATUS_OK)
		lose(s, f);
	forget(s);
	return st;
}

const char *
wire_stream_peer(const struct wire_stream *s)
{
	return s->peer;
}
