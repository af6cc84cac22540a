/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary of a live run. */
#include "capture/cmd_capture_live_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
capture_live_result_add(struct capture_live_result *r, const struct live_segment *s)
{
	for (size_t i = 0; i < s->interface_count; i++)
		r->octets[i] += s->tallies[i].octets;
	for (size_t i = 0; i < s->findings.count; i++) {
		const struct capture_live_finding *from = &s->findings.list[i];

		r->lost |= strcmp(from->code, "STALLED") != 0 && strcmp(from->code, "CLOCK_STEP") != 0;
		live_find(&r->findings, from->code, from->file, "%s", from->text);
	}
}

int
capture_live_exit(const struct capture_live_result *r)
{
	return r->lost ? 3 : 0;
}

static void
json_interface(struct jsonw *j, const struct live_interface *in, uint64_t octets)
{
	jsonw_object(j);
	jsonw_key_str(j, "name", in->name);
	jsonw_key_str(j, "format", "live");
	jsonw_key_u64(j, "size", octets);
	jsonw_key_null(j, "sha256");
	jsonw_key_null(j, "container");
	jsonw_key_u64(j, "packets", in->packets);
	jsonw_key_u64(j, "link_type", in->link_type);
	jsonw_key_u64(j, "snap_length", in->snap_length);
	jsonw_key_bool(j, "nanoseconds", in->nanoseconds);
	jsonw_key_bool(j, "gone", in->gone);
	jsonw_key_u64(j, "kernel_received", in->counts.received);
	jsonw_key_u64(j, "kernel_dropped", in->counts.dropped);
	jsonw_key_u64(j, "interface_dropped", in->counts.interface_dropped);
	jsonw_object_end(j);
}

static void
json_finding(struct jsonw *j, const struct capture_live_finding *found)
{
	jsonw_object(j);
	jsonw_key_str(j, "code", found->code);
	jsonw_key_str(j, "file", found->file);
	jsonw_key_null(j, "offset");
	jsonw_key_str(j, "text", found->text);
	jsonw_object_end(j);
}

void
capture_live_json(const struct capture_live_result *r, struct jsonw *j)
{
	jsonw_key(j, "inputs");
	jsonw_array(j);
	for (size_t i = 0; i < r->interface_count; i++)
		json_interface(j, &r->interfaces[i], r->octets[i]);
	jsonw_array_end(j);
	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < r->findings.count; i++)
		json_finding(j, &r->findings.list[i]);
	jsonw_array_end(j);
}

void
capture_live_text(const struct capture_live_result *r, struct buf *out)
{
	for (size_t i = 0; i < r->interface_count; i++) {
		const struct live_interface *in = &r->interfaces[i];

		buf_printf(out, "           %s: %" PRIu64 " packets, %" PRIu64 " dropped by the kernel, %"
		    PRIu64 " by the interface%s\n", in->name, in->packets, in->counts.dropped,
		    in->counts.interface_dropped, in->gone ? "; it vanished" : "");
	}
}

void
capture_live_result_free(struct capture_live_result *r)
{
	if (r == NULL)
		return;
	free(r->findings.list);
	free(r);
}
