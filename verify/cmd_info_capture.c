/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cmd_info.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/text.h"
#include "capture/inputs.h"
#include "capture/linktype.h"
#include "capture/source.h"
#include "capture/source_json.h"

enum { BATCH = 1024, LINK_TYPES_MAX = 16 };

/* What the packets of one input say. */
struct stats {
	uint64_t packets;
	uint64_t wire_bytes;
	uint64_t captured_bytes;
	uint64_t cut;   /* by the snap length */
	uint64_t back;  /* older than the packet before */
	int64_t first, last; /* earliest and latest */
	int64_t before;
	bool fine;
	uint16_t link_types[LINK_TYPES_MAX];
	size_t link_type_count;
};

struct capture {
	struct source *source;
	struct stats *stats; /* by input */
	size_t count;
};

static void
add_link_type(struct stats *s, uint16_t type)
{
	for (size_t i = 0; i < s->link_type_count; i++)
		if (s->link_types[i] == type)
			return;
	if (s->link_type_count < LINK_TYPES_MAX)
		s->link_types[s->link_type_count++] = type;
}

static void
add_packet(struct stats *s, const struct packet *p)
{
	if (s->packets == 0 || p->time < s->first)
		s->first = p->time;
	if (s->packets == 0 || p->time > s->last)
		s->last = p->time;
	s->back += s->packets > 0 && p->time < s->before;
	s->before = p->time;
	s->packets++;
	s->wire_bytes += p->wire;
	s->captured_bytes += p->captured;
	s->cut += p->captured < p->wire;
	s->fine = s->fine || p->fine;
	add_link_type(s, p->link_type);
}

static bool
reach(struct capture *c, size_t input)
{
	struct stats *more;
	size_t count = c->count == 0 ? 16 : c->count;

	if (input < c->count)
		return true;
	while (count <= input)
		count *= 2;
	more = count > 2 * INPUTS_MAX ? NULL : realloc(c->stats, count * sizeof(*more));
	if (more == NULL)
		return false;
	memset(more + c->count, 0, (count - c->count) * sizeof(*more));
	c->stats = more;
	c->count = count;
	return true;
}

static enum status
read_all(struct capture *c, struct fault *f)
{
	struct packet batch[BATCH];
	enum status st;
	size_t count;

	while ((st = source_next(c->source, batch, BATCH, &count, f)) == STATUS_OK) {
		for (size_t i = 0; i < count; i++) {
			if (!reach(c, batch[i].input))
				return fault_memory(f);
			add_packet(&c->stats[batch[i].input], &batch[i]);
		}
	}
	return st == STATUS_END ? STATUS_OK : st;
}

static const char *
link_name(uint16_t type, char out[16])
{
	const struct linktype *known = linktype_find(type);

	if (known != NULL)
		return known->name;
	snprintf(out, 16, "%u", type);
	return out;
}

static void
text_stats(const struct stats *s, struct buf *out)
{
	uint64_t nanos = (uint64_t)s->last - (uint64_t)s->first;
	char number[16];

	for (size_t i = 0; i < s->link_type_count; i++)
		info_line(out, i == 0 ? "Link type" : "", "%s", link_name(s->link_types[i], number));
	info_line(out, "Packets", "%" PRIu64, s->packets);
	if (s->packets == 0)
		return;
	info_time(out, "First packet", true, s->first);
	info_time(out, "Last packet", true, s->last);
	info_line(out, "Duration", "%" PRIu64 ".%09" PRIu64 " s", nanos / 1000000000, nanos % 1000000000);
	info_line(out, "Time resolution", "%s", s->fine ? "finer than a microsecond" : "microseconds");
	info_line(out, "Data size", "%" PRIu64 " bytes on the wire, %" PRIu64 " captured", s->wire_bytes,
	    s->captured_bytes);
	info_line(out, "Cut by snap length", "%" PRIu64 " packets", s->cut);
	if (s->back == 0)
		info_line(out, "Strict time order", "yes");
	else
		info_line(out, "Strict time order", "no: %" PRIu64 " packets are older than the one before",
		    s->back);
}

static void
text_input(const struct source_input *in, const struct stats *s, struct buf *out)
{
	info_text(out, "File", in->name);
	info_line(out, "Format", "%s", in->format != NULL ? in->format : "unknown");
	info_line(out, "Size", "%" PRIu64 " bytes", in->size);
	if (in->hashed)
		info_hex(out, "SHA-256", in->sha256, sizeof(in->sha256));
	if (in->capture)
		text_stats(s, out);
}

static void
json_stats(struct jsonw *j, const struct stats *s)
{
	char number[16];

	jsonw_key(j, "link_types");
	jsonw_array(j);
	for (size_t i = 0; i < s->link_type_count; i++)
		jsonw_str(j, link_name(s->link_types[i], number));
	jsonw_array_end(j);
	jsonw_key_time_if(j, "first", s->packets > 0, s->first);
	jsonw_key_time_if(j, "last", s->packets > 0, s->last);
	jsonw_key_u64(j, "wire_bytes", s->wire_bytes);
	jsonw_key_u64(j, "captured_bytes", s->captured_bytes);
	jsonw_key_u64(j, "cut", s->cut);
	jsonw_key_bool(j, "strict_order", s->back == 0);
	jsonw_key_u64(j, "time_regressions", s->back);
}

static void
json_input(struct jsonw *j, const struct source_input *in, const struct stats *s)
{
	jsonw_object(j);
	source_json_input(j, in);
	jsonw_key_bool(j, "capture", in->capture);
	jsonw_key_u64(j, "packets", in->packets);
	if (in->capture)
		json_stats(j, s);
	jsonw_object_end(j);
}

static void
write_json(struct capture *c, const char *path, struct buf *out)
{
	static const struct stats none;
	const struct source_input *inputs;
	size_t count;
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "type", "capture");
	jsonw_key_str(&j, "path", path);
	jsonw_key(&j, "inputs");
	jsonw_array(&j);
	inputs = source_inputs(c->source, &count);
	for (size_t i = 0; i < count; i++)
		json_input(&j, &inputs[i], i < c->count ? &c->stats[i] : &none);
	jsonw_array_end(&j);
	source_json_findings(&j, c->source);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
write_text(struct capture *c, struct buf *out)
{
	static const struct stats none;
	const struct source_input *inputs;
	size_t count;

	inputs = source_inputs(c->source, &count);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_u8(out, '\n');
		text_input(&inputs[i], i < c->count ? &c->stats[i] : &none, out);
	}
}

/* Damage is 3, nothing readable at all 5, and a file that the system refused 2. */
static int
tell_findings(struct capture *c)
{
	const struct source_finding *findings;
	const struct source_input *inputs;
	size_t count, input_count;
	bool any = false;
	int status = 0;

	findings = source_findings(c->source, &count);
	inputs = source_inputs(c->source, &input_count);
	for (size_t i = 0; i < input_count; i++)
		any = any || inputs[i].capture;
	for (size_t i = 0; i < count; i++) {
		log_fault(&findings[i].fault);
		if (findings[i].code == SOURCE_SKIPPED)
			continue;
		status = any ? 3 : findings[i].code == SOURCE_IO ? 2 : 5;
	}
	return status;
}

static enum status
describe(struct capture *c, const struct info_options *o, struct buf *out, struct fault *f)
{
	const struct source_options options = { .paths = &o->path, .path_count = 1, .hash = o->hash,
		.interrupted = interrupt_flag() };
	enum status st = source_open(&options, &c->source, f);

	if (st == STATUS_OK)
		st = read_all(c, f);
	if (st == STATUS_OK && *interrupt_flag() != 0)
		return fault_set(f, STATUS_INTERRUPTED, NULL, "interrupted");
	if (st == STATUS_OK && o->json)
		write_json(c, o->path, out);
	else if (st == STATUS_OK)
		write_text(c, out);
	return st;
}

int
info_capture(const struct info_options *o)
{
	struct capture c = { 0 };
	struct fault fault = { 0 };
	struct buf out;
	int status;

	buf_init(&out, 0);
	switch (describe(&c, o, &out, &fault)) {
	case STATUS_OK:
		status = info_print(&out, tell_findings(&c));
		break;
	case STATUS_INTERRUPTED:
		buf_free(&out);
		status = 128 + *interrupt_flag();
		break;
	default:
		buf_free(&out);
		status = log_exit(&fault);
	}
	source_close(c.source);
	free(c.stats);
	return status;
}
