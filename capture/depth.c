/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/depth.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "capture/app.h"
#include "capture/community_id.h"
#include "capture/payload.h"
#include "capture/tcp.h"
#include "capture/transport.h"
#include "flow/protocol.h"

enum { UDP_OCTETS = 8, UDP_LENGTH = 4 };

/* A new part is a row here. */
static const struct depth_part *const parts[] = {
	&payload_part,
	&community_id_part,
	&app_part,
};

/* Which of them build on struct depth_packet's `fresh`. */
enum { FOLLOWED = METER_DEPTH_TCP | METER_DEPTH_PAYLOAD };

enum { PARTS = sizeof parts / sizeof *parts };

struct depth {
	struct transports *transports;         /* NULL: nobody needs it */
	const struct depth_part *parts[PARTS]; /* those that were asked for */
	void *states[PARTS];
	unsigned count;
};

enum status
depth_open(const struct meter_options *o, size_t numbers, struct depth **out, struct fault *f)
{
	struct depth *depth;
	enum status st = STATUS_OK;

	*out = NULL;
	if (o->depth == 0)
		return STATUS_OK;
	depth = calloc(1, sizeof(*depth));
	if (depth == NULL)
		return fault_memory(f);
	if (o->depth & FOLLOWED)
		st = transport_open(o, numbers, &depth->transports, f);
	for (unsigned i = 0; i < PARTS && st == STATUS_OK; i++) {
		if (!(o->depth & parts[i]->bit))
			continue;
		st = parts[i]->open(o, numbers, &depth->states[depth->count], f);
		if (st != STATUS_OK)
			break;
		depth->parts[depth->count++] = parts[i];
	}
	if (st != STATUS_OK) {
		depth_free(depth);
		return st;
	}
	*out = depth;
	return STATUS_OK;
}

void
depth_free(struct depth *depth)
{
	if (depth == NULL)
		return;
	for (unsigned i = 0; i < depth->count; i++)
		depth->parts[i]->free(depth->states[i]);
	transport_free(depth->transports);
	free(depth);
}

bool
depth_begin(struct depth *depth, uint32_t number, uint32_t continued)
{
	if (depth->transports != NULL && !transport_begin(depth->transports, number, continued))
		return false;
	for (unsigned i = 0; i < depth->count; i++) {
		const struct depth_part *part = depth->parts[i];

		if (part->begin != NULL && !part->begin(depth->states[i], number, continued))
			return false;
	}
	return true;
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What is behind the first `header` octets. */
static struct stretch
behind(const struct stretch *s, uint32_t header)
{
	return stretch_part(s, header, s->length - header);
}

/* RFC 9293 section 3.1. */
static struct stretch
tcp_payload(const struct stretch *upper)
{
	uint32_t header;

	if (upper->captured <= TCP_AT_OFFSET)
		return (struct stretch){ .length = 0 };
	header = (uint32_t)(upper->at[TCP_AT_OFFSET] >> 4) * 4;
	if (header < TCP_OCTETS || header > upper->length)
		return (struct stretch){ .length = 0 };
	return behind(upper, header);
}

/*
 * RFC 768: what is behind UDP's own length is not its payload (RFC 9868).  That length is the
 * datagram's, so a fragment is taken by IP's; so is a length that contradicts IP's, and the 0
 * of a jumbogram (RFC 2675 section 4).
 */
static struct stretch
udp_payload(const struct stretch *upper)
{
	struct stretch datagram = *upper;
	uint32_t len;

	if (upper->length < UDP_OCTETS)
		return (struct stretch){ .length = 0 };
	if (upper->captured >= UDP_LENGTH + 2) {
		len = load_be16(upper->at + UDP_LENGTH);
		if (len >= UDP_OCTETS && len < upper->length) {
			datagram.length = len;
			datagram.captured = least(upper->captured, len);
		}
	}
	return behind(&datagram, UDP_OCTETS);
}

void
depth_packet_of(const struct biflow *b, const struct dissected *d, const struct sighting *s,
    struct depth_packet *out)
{
	unsigned protocol = KEY_PROTOCOL(b->key.w[4]);

	*out = (struct depth_packet){ .d = d, .time = s->time, .protocol = protocol,
		.direction = biflow_direction(b, s->side_b), .one_way = s->one_way,
		.later = d->marks & DISSECT_LATER };
	if (out->later) {
		if (protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP)
			out->payload.length = d->upper_octets;
		return;
	}
	if (d->upper == NULL)
		return;
	out->upper.length = d->upper_octets;
	out->upper.captured = least(d->upper_captured, d->upper_octets);
	out->upper.at = out->upper.captured > 0 ? d->upper : NULL;
	if (protocol == PROTOCOL_TCP)
		out->payload = tcp_payload(&out->upper);
	else if (protocol == PROTOCOL_UDP)
		out->payload = udp_payload(&out->upper);
}

/* Most packets come when all that is asked was told. */
static bool
is_idle(const struct depth *depth, uint32_t number)
{
	for (unsigned i = 0; i < depth->count; i++) {
		const struct depth_part *p = depth->parts[i];

		if (p->add != NULL && (p->idle == NULL || !p->idle(depth->states[i], number)))
			return false;
	}
	return true;
}

bool
depth_add(struct depth *depth, uint32_t number, const struct biflow *b, bool turned,
    const struct dissected *d, const struct sighting *s)
{
	struct depth_packet p;

	if (depth->transports == NULL && !turned && is_idle(depth, number))
		return true;
	depth_packet_of(b, d, s, &p);
	if (depth->transports != NULL) {
		if (turned)
			transport_turn(depth->transports, number);
		if (!transport_follow(depth->transports, number, &p))
			return false;
	}
	for (unsigned i = 0; i < depth->count; i++) {
		if (depth->parts[i]->add == NULL)
			continue;
		if (turned)
			depth->parts[i]->turn(depth->states[i], number);
		if (!depth->parts[i]->add(depth->states[i], number, &p))
			return false;
	}
	return true;
}

void
depth_fetch(const struct depth *depth, uint32_t number)
{
	if (depth->transports != NULL)
		transport_fetch(depth->transports, number);
}

void
depth_row(struct depth *depth, uint32_t number, const struct biflow *b, struct table *t, size_t row)
{
	if (depth->transports != NULL)
		transport_row(depth->transports, number, b, t, row);
	for (unsigned i = 0; i < depth->count; i++)
		depth->parts[i]->row(depth->states[i], number, b, t, row);
}

uint64_t
depth_left_out(struct depth *depth)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < depth->count; i++)
		if (depth->parts[i]->left_out != NULL)
			n += depth->parts[i]->left_out(depth->states[i]);
	return n;
}
