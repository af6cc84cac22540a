/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of a live capture. */
#include "capture/cmd_capture.h"

#include <string.h>

#include "base/text.h"

enum {
	SNAP_LEAST = 64,        /* Ethernet, IPv4 and TCP */
	SNAP_HEADERS = 256,     /* the headers of two layers with tags, tunnel and options */
	SNAP_CONTENTS = 2048,   /* and what the readers of --dpi look at */
	RING_KIB_LEAST = 64,
	RING_KIB_MOST = 2097151 /* octets below 2^31, as libpcap takes them */
};
#define RING_DEFAULT ((uint64_t)32 << 20)
#define ROTATE_DEFAULT INT64_C(300000000000)

static enum status
take_interface(struct capture_live *l, const char *value, struct fault *f)
{
	if (l->interface_count == LIVE_INTERFACES_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d interfaces", LIVE_INTERFACES_MAX);
	for (size_t i = 0; i < l->interface_count; i++)
		if (strcmp(l->interfaces[i], value) == 0)
			return fault_set(f, STATUS_USAGE, value, "-i names it twice");
	l->interfaces[l->interface_count++] = value;
	return STATUS_OK;
}

static void
take_service(struct service_options *o, int id, const char *value)
{
	switch (id) {
	case CAPTURE_LIVE_USER:
		o->user = value;
		break;
	case CAPTURE_LIVE_GROUP:
		o->group = value;
		break;
	case CAPTURE_LIVE_DAEMON:
		o->background = true;
		break;
	case CAPTURE_LIVE_PID_FILE:
		o->pid_file = value;
		break;
	default: /* CAPTURE_LIVE_NO_SANDBOX */
		o->unconfined = true;
		break;
	}
}

enum status
capture_live_take(struct capture_live *l, int id, const char *value, struct fault *f)
{
	uint64_t v;

	l->any = true;
	switch (id) {
	case CAPTURE_LIVE_INTERFACE:
		return take_interface(l, value, f);
	case CAPTURE_LIVE_SNAP:
		/* As with tcpdump 0 is the whole frame. */
		if (!text_parse_u64(value, LIVE_SNAP_MAX, &v) || (v > 0 && v < SNAP_LEAST))
			return fault_set(f, STATUS_USAGE, NULL, "-s %s: a number from %d to %d, or 0 for the "
			    "whole frame, is expected", value, SNAP_LEAST, LIVE_SNAP_MAX);
		l->snap_length = v == 0 ? LIVE_SNAP_MAX : (uint32_t)v;
		return STATUS_OK;
	case CAPTURE_LIVE_RING:
		if (!text_parse_u64(value, RING_KIB_MOST, &v) || v < RING_KIB_LEAST)
			return fault_set(f, STATUS_USAGE, NULL, "-B %s: a number of KiB from %d to %d is "
			    "expected", value, RING_KIB_LEAST, RING_KIB_MOST);
		l->ring = v << 10;
		return STATUS_OK;
	case CAPTURE_LIVE_NO_PROMISCUOUS:
		l->not_promiscuous = true;
		return STATUS_OK;
	default:
		take_service(&l->service, id, value);
		return STATUS_OK;
	}
}

/* What the meter needs of a frame. */
static uint32_t
snap_length(const struct meter_options *m)
{
	uint32_t length = m->depth & METER_DEPTH_APP ? SNAP_CONTENTS : SNAP_HEADERS;

	if ((m->depth & METER_DEPTH_PAYLOAD) && m->payload + SNAP_HEADERS > length)
		length = (uint32_t)m->payload + SNAP_HEADERS;
	return length;
}

void
capture_live_defaults(struct capture_settings *s)
{
	struct capture_live *l = &s->live;

	if (l->interface_count == 0)
		return;
	if (l->ring == 0)
		l->ring = RING_DEFAULT;
	if (l->snap_length == 0)
		l->snap_length = snap_length(&s->meter);
	if (s->rotate == 0 && s->archive != NULL)
		s->rotate = ROTATE_DEFAULT;
	s->hash_inputs = false; /* an interface has no end that a hash could reach */
}

/* Nobody would see it. */
static enum status
check_background(const struct capture_settings *s, struct fault *f)
{
	if (s->json)
		return fault_set(f, STATUS_USAGE, NULL, "-D and --json: the background has no output");
	for (size_t i = 0; i < s->destination_count; i++)
		if (strcmp(s->destinations[i].name, "-") == 0)
			return fault_set(f, STATUS_USAGE, NULL, "-D and -o -: the background has no output");
	return STATUS_OK;
}

enum status
capture_live_check(const struct capture_settings *s, struct fault *f)
{
	const struct capture_live *l = &s->live;

	if (l->interface_count == 0 && l->any)
		return fault_set(f, STATUS_USAGE, NULL,
		    "-s, -B, -p, -u, -g, -D, -P and --no-sandbox are for live captures: -i INTERFACE is "
		    "needed");
	if (l->interface_count > 0 && s->input_count > 0)
		return fault_set(f, STATUS_USAGE, NULL, "-r and -i exclude each other");
	if (l->service.group != NULL && l->service.user == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "-g GROUP needs -u USER");
	return l->service.background ? check_background(s, f) : STATUS_OK;
}
