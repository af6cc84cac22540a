/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/sender.h"

#include <stdlib.h>

#include "replay/pace.h"

enum {
	TRIES = 50, /* of one datagram, where the system has no room */
	WAIT = 1000000 /* nanoseconds between them */
};

struct sender {
	struct sender_options options;
	struct packer *packer;
	struct pace pace;
	struct sender_counts counts;
	int fd;
};

/* False once the interrupt is there: a wait may be long. */
static bool
wait_until(const struct sender *s, int64_t due)
{
	const struct sender_clock *c = &s->options.clock;
	int64_t step = INT64_C(200000000);
	int64_t now = c->now();

	while (due > now + PACE_SLACK) {
		if (s->options.interrupt != NULL && *s->options.interrupt != 0)
			return false;
		c->sleep_until(due < now + step ? due : now + step);
		now = c->now();
	}
	return true;
}

/* A datagram, again where that may help. */
static enum status
deliver(struct sender *s, const uint8_t *data, size_t len, struct fault *f)
{
	enum status st = STATUS_LIMIT;

	for (int i = 0; i < TRIES && st != STATUS_OK; i++) {
		st = socket_send(s->fd, data, len, f);
		if (st == STATUS_ABSENT) {
			/* told of an earlier one; this one goes with the next try */
			s->counts.refused++;
		} else if (st == STATUS_LIMIT) {
			s->counts.waited++;
			s->options.clock.sleep_until(s->options.clock.now() + WAIT);
		} else {
			return st;
		}
	}
	return st;
}

static enum status
send_message(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct sender *s = ctx;
	uint64_t units = s->options.unit == SENDER_DATAGRAMS ? 1 : records;
	enum status st;

	if (!wait_until(s, pace_take(&s->pace, units, s->options.clock.now())))
		return STATUS_INTERRUPTED;
	st = deliver(s, data, len, f);
	if (st == STATUS_OK) {
		s->counts.datagrams++;
		s->counts.records += records;
		s->counts.octets += len;
	} else if (st == STATUS_ABSENT || st == STATUS_LIMIT) {
		s->counts.unsent++;
		s->counts.unsent_records += records;
		st = STATUS_OK;
	}
	return st;
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
	pace_init(&s->pace, o->rate, o->clock.now());
	st = pack_open(&o->pack, send_message, s, &s->packer, f);
	if (st == STATUS_OK)
		st = socket_connect_udp(to, &s->fd, f);
	if (st != STATUS_OK) {
		sender_free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

enum status
sender_put(struct sender *s, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f)
{
	if (s->options.interrupt != NULL && *s->options.interrupt != 0)
		return STATUS_INTERRUPTED;
	return pack_put_rows(s->packer, t, from, to, matched, f);
}

enum status
sender_finish(struct sender *s, struct fault *f)
{
	return pack_flush(s->packer, f);
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
