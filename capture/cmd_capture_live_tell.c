/* SPDX-License-Identifier: BSD-2-Clause */
/* What a live run tells while it goes on. */
#include "capture/cmd_capture_live_loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

void
live_run_find_gone(struct live_run *r)
{
	size_t count;
	const struct live_interface *in = live_interfaces(r->live, &count);

	for (size_t i = 0; i < count; i++) {
		if (!in[i].gone || r->gone_told[i])
			continue;
		r->gone_told[i] = true;
		log_error("%s: %s; after %" PRIu64 " packets it is captured no more", in[i].name,
		    in[i].text, in[i].packets);
		live_find(&r->findings, "INTERFACE_GONE", in[i].name, "%.160s; after %" PRIu64
		    " packets", in[i].text, in[i].packets);
	}
}

void
live_run_status(struct live_run *r, char *out, size_t size)
{
	size_t count, len = 0;
	const struct live_interface *in = live_interfaces(r->live, &count);
	int64_t now = clock_monotonic_nanos();
	int64_t passed = now - r->shown_at > 0 ? now - r->shown_at : 1;
	double rate = (double)(r->packets - r->shown_packets) * 1e9 / (double)passed;
	uint64_t dropped = 0;
	char since[TEXT_TIME_MAX];

	r->shown_at = now;
	r->shown_packets = r->packets;
	out[0] = '\0';
	for (size_t i = 0; i < count && len < size; i++) {
		dropped += in[i].counts.dropped + in[i].counts.interface_dropped;
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "+" : "", in[i].name);
	}
	text_time_nanos(since, r->from - r->from % 1000000000);
	if (len < size)
		(void)snprintf(out + len, size - len, ": %" PRIu64 " packets, %.0f a second, %" PRIu64
		    " dropped, %zu flows, segment %" PRIu64 " since %s", r->packets, rate, dropped,
		    meter_flows(r->meter), r->sequence, since);
}

void
live_run_tell(struct live_run *r)
{
	char line[LIVE_STATUS_MAX];

	live_count(r->live);
	live_run_status(r, line, sizeof line);
	if (r->shown)
		fputs("\r\033[K", stderr);
	r->shown = false;
	log_status("%s", line);
}

void
live_run_show(struct live_run *r)
{
	struct service *service = r->set->live.running;
	char line[LIVE_STATUS_MAX];

	if (!r->terminal && service->notify.fd < 0)
		return;
	live_run_status(r, line, sizeof line);
	service_alive(service, clock_monotonic_nanos(), line);
	if (!r->terminal)
		return;
	fprintf(stderr, "\r%s\033[K", line);
	r->shown = true;
}

void
live_run_begin(struct live_run *r)
{
	struct receipt receipt;

	r->shown_at = clock_monotonic_nanos();
	if (r->set->archive == NULL)
		return;
	writer_receipt(r->sealer.writer, &receipt);
	r->sequence = receipt.sequence + 1;
}

void
live_run_end(struct live_run *r)
{
	if (r->shown)
		fputs("\r\033[K", stderr);
	r->shown = false;
}

void
live_run_result(struct live_run *r)
{
	struct capture_live_result *result = r->result->live;
	size_t count;
	const struct live_interface *in;

	if (r->live == NULL)
		return;
	in = live_interfaces(r->live, &count);
	memcpy(result->interfaces, in, count * sizeof *in);
	result->interface_count = count;
}
