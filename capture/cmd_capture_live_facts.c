/* SPDX-License-Identifier: BSD-2-Clause */
/* What a manifest says of a live segment's interfaces: options, inputs, losses, findings. */
#include "capture/cmd_capture_live_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void
add_own(struct live_options_text *o, size_t *used, const char *name, const char *fmt, uint64_t v)
{
	char *value = o->values[(*used)++];

	(void)snprintf(value, sizeof o->values[0], "%" PRIu64 "%s", v, fmt);
	o->list[o->count++] = (struct facts_option) { name, value };
}

/* interface.N.WHAT */
static void
add_each(struct live_options_text *o, size_t *used, size_t interface, const char *what,
    const char *text)
{
	char *name = o->names[*used - LIVE_OPTIONS_OWN];
	char *value = o->values[(*used)++];

	(void)snprintf(name, sizeof o->names[0], "interface.%zu.%s", interface, what);
	(void)snprintf(value, sizeof o->values[0], "%s", text);
	o->list[o->count++] = (struct facts_option) { name, value };
}

enum status
live_options_text(const struct capture_settings *s, struct live *live,
    struct live_options_text *o, struct fault *f)
{
	size_t count, used = 0;
	const struct live_interface *in = live_interfaces(live, &count);
	enum status rc = capture_facts_options(s, &o->base, f);
	char number[24];

	if (rc != STATUS_OK)
		return rc;
	memcpy(o->list, o->base.options, o->base.option_count * sizeof *o->list);
	o->count = o->base.option_count;
	/* What the kernel's filter refuses never comes here: it is not counted as filtered. */
	o->list[o->count++] = (struct facts_option) { "filter_in", "kernel" };
	add_own(o, &used, "ring", "", s->live.ring);
	add_own(o, &used, "snap_length", "", s->live.snap_length);
	add_own(o, &used, "promiscuous", "", !s->live.not_promiscuous);
	(void)snprintf(o->values[used - 1], sizeof o->values[0], "%s",
	    s->live.not_promiscuous ? "false" : "true");
	for (size_t i = 0; i < count; i++) {
		add_each(o, &used, i, "name", in[i].name);
		text_u64(number, in[i].link_type);
		add_each(o, &used, i, "link_type", number);
		text_u64(number, in[i].snap_length);
		add_each(o, &used, i, "snap_length", number);
		add_each(o, &used, i, "precision", in[i].nanoseconds ? "1ns" : "1us");
	}
	return STATUS_OK;
}

void
live_find(struct capture_live_findings *list, const char *code, const char *file,
    const char *fmt, ...)
{
	struct capture_live_finding *grown = NULL, *to;
	va_list ap;

	if (list->count < CAPTURE_LIVE_FINDINGS_MAX)
		grown = realloc(list->list, (list->count + 1) * sizeof *grown);
	if (grown == NULL) {
		list->more = true;
		return;
	}
	list->list = grown;
	to = &grown[list->count++];
	to->code = code;
	(void)snprintf(to->file, sizeof to->file, "%s", file);
	va_start(ap, fmt);
	(void)vsnprintf(to->text, sizeof to->text, fmt, ap);
	va_end(ap);
}

void
live_findings_copy(struct capture_live_findings *to, const struct capture_live_findings *from)
{
	size_t size = from->count * sizeof *from->list;

	*to = (struct capture_live_findings) { .list = size == 0 ? NULL : malloc(size) };
	if (to->list == NULL)
		return;
	memcpy(to->list, from->list, size);
	to->count = from->count;
	to->more = from->more;
}

/* What was lost in the segment, by interface; in words as well. */
static void
find_drops(struct live_segment *s, const struct live_interface *in)
{
	if (in->counts.dropped > 0)
		live_find(&s->findings, "DROPPED", in->name, "the kernel dropped %" PRIu64 " of %" PRIu64
		    " packets: the ring was full", in->counts.dropped, in->counts.received);
	if (in->counts.interface_dropped > 0)
		live_find(&s->findings, "INTERFACE_DROPPED", in->name, "the interface or its driver "
		    "dropped %" PRIu64 " packets", in->counts.interface_dropped);
}

void
live_segment_look(struct live *live, const struct live_interface *before,
    const struct live_tally *tallies, struct live_segment *out)
{
	size_t count;
	const struct live_interface *now = live_interfaces(live, &count);

	out->interface_count = count;
	memcpy(out->tallies, tallies, sizeof out->tallies);
	for (size_t i = 0; i < count; i++) {
		struct live_counts *c = &out->interfaces[i].counts;

		out->interfaces[i] = now[i];
		c->received -= before[i].counts.received;
		c->dropped -= before[i].counts.dropped;
		c->interface_dropped -= before[i].counts.interface_dropped;
	}
}

void
live_segment_take(struct live *live, struct live_interface before[LIVE_INTERFACES_MAX],
    struct live_tally tallies[LIVE_INTERFACES_MAX], struct capture_live_findings *findings,
    struct live_segment *out)
{
	size_t count;
	const struct live_interface *now = live_interfaces(live, &count);

	live_segment_look(live, before, tallies, out);
	out->findings = *findings;
	*findings = (struct capture_live_findings) { .list = NULL };
	memset(tallies, 0, sizeof out->tallies);
	for (size_t i = 0; i < count; i++) {
		before[i] = now[i];
		find_drops(out, &out->interfaces[i]);
	}
}

static void
fill_losses(struct seal_order *o)
{
	static const char *const names[LIVE_LOSSES_EACH] = { "kernel_received", "kernel_dropped",
		"interface_dropped" };
	size_t named = 0;

	for (size_t k = 0; k < LIVE_LOSSES_EACH; k++)
		o->losses[k].name = names[k];
	o->facts.loss_count = LIVE_LOSSES_EACH;
	for (size_t i = 0; i < o->segment.interface_count; i++) {
		const struct live_counts *c = &o->segment.interfaces[i].counts;
		const uint64_t values[LIVE_LOSSES_EACH] = { c->received, c->dropped,
			c->interface_dropped };

		for (size_t k = 0; k < LIVE_LOSSES_EACH; k++) {
			char *name = o->loss_names[named++];

			o->losses[k].value += values[k];
			if (o->segment.interface_count == 1)
				continue;
			(void)snprintf(name, sizeof o->loss_names[0], "interface.%zu.%s", i, names[k]);
			o->losses[o->facts.loss_count++] = (struct facts_loss) { name, values[k] };
		}
	}
	o->facts.losses = o->losses;
}

static void
fill_findings(struct seal_order *o)
{
	const struct capture_live_findings *from = &o->segment.findings;
	size_t n = 0;

	for (; n < from->count; n++)
		o->findings[n] = (struct facts_finding) { .code = from->list[n].code,
			.file = from->list[n].file, .text = from->list[n].text };
	if (from->more)
		o->findings[n++] = (struct facts_finding) { .code = "more",
			.text = "more findings are not listed" };
	o->facts.findings = o->findings;
	o->facts.finding_count = n;
}

void
seal_order_fill(struct seal_order *o, const struct live_options_text *options)
{
	const struct live_segment *s = &o->segment;

	o->facts.source = "interface";
	o->facts.options = options->list;
	o->facts.option_count = options->count;
	for (size_t i = 0; i < s->interface_count; i++)
		o->inputs[i] = (struct facts_input) { .name = s->interfaces[i].name,
			.size = s->tallies[i].octets, .container = -1, .capture = true,
			.packets = s->tallies[i].packets, .format = "live" };
	o->facts.inputs = o->inputs;
	o->facts.input_count = s->interface_count;
	fill_losses(o);
	fill_findings(o);
}

void
seal_order_free(struct seal_order *o)
{
	free(o->segment.findings.list);
	free(o);
}
