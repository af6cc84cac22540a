/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/framing.h"
#include "flow/ipfix_decode.h"

enum status
session_open(const struct accepted *who, const struct tls *tls, uint64_t number, int64_t clock,
    struct session **out, struct fault *f)
{
	struct session *s = calloc(1, sizeof *s);
	enum status st;

	if (s == NULL) {
		close(who->fd);
		return fault_memory(f);
	}
	s->way = (struct datagram){ .transport = tls == NULL ? TRANSPORT_TCP : TRANSPORT_TLS,
		.session = number, .src = who->from, .src_port = who->from_port, .dst = who->to,
		.dst_port = who->to_port };
	s->since = s->heard = clock;
	st = stream_adopt(who->fd, tls, &s->stream, f);
	if (st != STATUS_OK) {
		free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	/* in order, where the peer is still there: what fails here fails nobody */
	if (s->open && stream_finish(s->stream, NULL) != STATUS_OK)
		s->open = false;
	stream_close(s->stream);
	free(s->part);
	free(s);
}

enum status
session_shake(struct session *s, int64_t clock, enum session_end *end, struct fault *f)
{
	enum status st = stream_open(s->stream, f);

	*end = SESSION_HANDSHAKE;
	if (st == STATUS_OK) {
		s->open = true;
		s->heard = clock;
	}
	return st;
}

/* Cuts what has come into messages; *whole octets are such. */
static enum status
cut(struct session *s, const uint8_t *buf, size_t len, size_t *whole, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t size;

	*whole = 0;
	while (*whole < len) {
		st = framing_next(buf + *whole, len - *whole, &size, f);
		if (st != STATUS_OK)
			break;
		*whole += size;
		s->messages++;
	}
	return st == STATUS_LIMIT ? STATUS_OK : st;
}

/* What is of no whole message waits for the rest. */
static enum status
keep_part(struct session *s, const uint8_t *data, size_t len, bool fresh, int64_t clock,
    struct fault *f)
{
	s->part_len = len;
	if (len == 0) {
		free(s->part); /* most sessions are at a message's end most of the time */
		s->part = NULL;
		s->begun = 0;
		return STATUS_OK;
	}
	if (s->part == NULL && (s->part = malloc(IPFIX_MESSAGE_MAX)) == NULL)
		return fault_memory(f);
	memcpy(s->part, data, len); /* less than a message, since it is not whole */
	if (fresh || s->begun == 0)
		s->begun = clock;
	return STATUS_OK;
}

static enum session_end
end_of(const struct session *s, enum status st)
{
	if (st != STATUS_END)
		return SESSION_BROKEN;
	return s->part_len == 0 ? SESSION_ENDED : SESSION_CUT;
}

enum status
session_read(struct session *s, int64_t clock, uint8_t *buf, size_t size, size_t *octets,
    enum session_end *end, struct fault *f)
{
	size_t len = s->part_len, got;
	enum status st = STATUS_OK, framed;

	if (len > 0)
		memcpy(buf, s->part, len);
	while (len < size && (st = stream_read(s->stream, buf + len, size - len, &got, f)) == STATUS_OK)
		len += got;
	if (len > s->part_len)
		s->heard = clock;
	framed = cut(s, buf, len, octets, f);
	s->lost = len - *octets;
	if (framed == STATUS_OK)
		framed = keep_part(s, buf + *octets, len - *octets, *octets > 0, clock, f);
	*end = framed == STATUS_MALFORMED ? SESSION_GARBAGE : end_of(s, st);
	return framed == STATUS_OK ? st : framed;
}

bool
session_late(const struct session *s, const struct sessions_options *o, int64_t clock,
    enum session_end *end, int64_t *due)
{
	*end = SESSION_IDLE;
	*due = s->heard + o->idle;
	if (!s->open) {
		*end = SESSION_SLOW_HANDSHAKE;
		*due = s->since + o->handshake;
	} else if (s->begun != 0 && s->begun + o->message < *due) {
		*end = SESSION_SLOW_MESSAGE;
		*due = s->begun + o->message;
	}
	return clock >= *due;
}
