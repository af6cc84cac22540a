/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sender.h"

#include <stdlib.h>

#include "base/floor.h"
#include "base/pace.h"

enum {
	TRIES = 50,         /* of one datagram, where the system has no room */
	REFUSALS = 3,       /* and where the host refuses: it tells that of an earlier one */
	WAIT = 1000000,     /* nanoseconds between them */
	PATIENCE_SHARE = 10 /* a live sender waits this part of the time */
};

#define SECOND INT64_C(1000000000)

struct sender {
	struct sender_options options;
	struct packer *packer;
	struct pace pace;
	struct sender_counts counts;
	int64_t refreshed;  /* when the templates were last due, monotonic */
	int64_t patience;   /* nanoseconds that a live one may wait by now */
	int64_t patient_at; /* when that was so */
	char address[SOCKET_ADDRESS_MAX];
	int fd;
};

void
sender_defaults(struct sender_options *o)
{
	*o = (struct sender_options){ .rate = SENDER_RATE_DEFAULT, .refresh = SENDER_REFRESH_DEFAULT };
	o->pack.format = PACK_IPFIX;
	o->pack.max_octets = PACK_DATAGRAM_DEFAULT;
	o->pack.refresh = PACK_REFRESH_DEFAULT;
}

static bool
interrupted(const struct sender *s)
{
	return s->options.interrupt != NULL && *s->options.interrupt != 0;
}

/* What a live sender may wait: it grows with the time. */
static int64_t
patience(struct sender *s, int64_t now)
{
	int64_t grown = s->patience + (now - s->patient_at) / PATIENCE_SHARE;

	s->patience = grown < SENDER_PATIENCE ? grown : SENDER_PATIENCE;
	s->patient_at = now;
	return s->patience;
}

/* A live sender takes from its patience, and where that ends the schedule begins anew. */
static int64_t
bounded(struct sender *s, int64_t due, int64_t now)
{
	int64_t wait = patience(s, now);

	if (due - now > wait) {
		due = now + wait;
		pace_init(&s->pace, s->options.rate, due);
	}
	s->patience -= due - now;
	s->patient_at = due;
	return due;
}

/* False once it should stop: a wait may be long. */
static bool
wait_until(struct sender *s, int64_t due)
{
	const struct sender_clock *c = &s->options.clock;
	int64_t step = INT64_C(200000000);
	int64_t now = c->now();
	bool short_wait = s->options.live || (s->options.hurry && interrupted(s));

	if (due <= now + PACE_SLACK)
		return true;
	if (short_wait)
		due = bounded(s, due, now);
	while (due > now + PACE_SLACK) {
		if (!short_wait && interrupted(s))
			return s->options.hurry;
		c->sleep_until(due < now + step ? due : now + step);
		now = c->now();
	}
	return true;
}

/* Whether another try is worth the time that it takes. */
static bool
wait_for_room(struct sender *s)
{
	int64_t now = s->options.clock.now();

	s->counts.waited++;
	if (s->options.live) {
		if (patience(s, now) < WAIT)
			return false;
		s->patience -= WAIT;
	}
	s->options.clock.sleep_until(now + WAIT);
	return true;
}

/* A datagram, again where that may help; what the system says otherwise is kept. */
static bool
deliver(struct sender *s, const uint8_t *data, size_t len)
{
	int refusals = 0;

	for (int i = 0; i < TRIES; i++) {
		struct fault f = { 0 };
		enum status st = socket_send(s->fd, data, len, &f);

		if (st == STATUS_OK)
			return true;
		s->counts.error = f.err;
		if (st == STATUS_LIMIT) {
			if (!wait_for_room(s))
				return false;
			continue;
		}
		if (st != STATUS_ABSENT || ++refusals > REFUSALS)
			return false;
		s->counts.refused++; /* told of an earlier one; this one goes with the next try */
	}
	return false;
}

/* The clocks that a live exporter's next message shows. */
static void
set_now(struct sender *s)
{
	if (s->options.live)
		pack_now(s->packer, floor_div(s->options.clock.wall(), SECOND));
}

static bool
refresh_due(struct sender *s)
{
	int64_t now;

	if (s->options.refresh == 0)
		return false;
	now = s->options.clock.now();
	if (now - s->refreshed < s->options.refresh)
		return false;
	s->refreshed = now;
	return true;
}

static enum status
send_message(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct sender *s = ctx;
	uint64_t units = s->options.unit == SENDER_DATAGRAMS ? 1 : records;
	int error = s->counts.error;

	(void)f;
	if (!wait_until(s, pace_take(&s->pace, units, s->options.clock.now())))
		return STATUS_INTERRUPTED;
	if (deliver(s, data, len)) {
		s->counts.error = error; /* only one that was not overcome is told */
		s->counts.datagrams++;
		s->counts.records += records;
		s->counts.octets += len;
	} else {
		s->counts.unsent++;
		s->counts.unsent_records += records;
	}
	if (refresh_due(s))
		pack_refresh(s->packer);
	set_now(s);
	return STATUS_OK;
}

enum status
sender_open(const struct endpoint *to, const struct sender_options *o, struct sender **out,
    struct fault *f)
{
	struct sender *s = calloc(1, sizeof *s);
	enum status st;

	if (s == NULL)
		return fault_memory(f);
	s->fd = -1;
	s->options = *o;
	s->refreshed = s->patient_at = o->clock.now();
	s->patience = SENDER_PATIENCE;
	pace_init(&s->pace, o->rate, s->refreshed);
	st = pack_open(&o->pack, send_message, s, &s->packer, f);
	if (st == STATUS_OK)
		st = socket_connect_udp(to, &s->fd, f);
	if (st != STATUS_OK) {
		sender_free(s);
		return st;
	}
	socket_address(s->fd, s->address);
	*out = s;
	return STATUS_OK;
}

enum status
sender_put(struct sender *s, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f)
{
	enum status st;

	if (interrupted(s) && !s->options.hurry)
		return STATUS_INTERRUPTED;
	set_now(s);
	st = pack_put_rows(s->packer, t, from, to, matched, f);
	return st == STATUS_OK && s->options.live ? pack_flush(s->packer, f) : st;
}

enum status
sender_tick(struct sender *s, struct fault *f)
{
	set_now(s);
	if (!refresh_due(s))
		return pack_flush(s->packer, f);
	pack_refresh(s->packer);
	return pack_templates(s->packer, f);
}

enum status
sender_finish(struct sender *s, struct fault *f)
{
	set_now(s);
	return pack_flush(s->packer, f);
}

const char *
sender_address(const struct sender *s)
{
	return s->address;
}

const struct sender_counts *
sender_counts(const struct sender *s)
{
	return &s->counts;
}

const struct pack_stats *
sender_stats(const struct sender *s)
{
	return pack_stats(s->packer);
}

void
sender_free(struct sender *s)
{
	if (s == NULL)
		return;
	pack_free(s->packer);
	socket_close(s->fd);
	free(s);
}
