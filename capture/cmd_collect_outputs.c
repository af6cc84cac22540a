/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes to -o: the flows of all archives of the run. */
#include "capture/cmd_collect.h"

#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"

enum status
collect_outputs_add(struct collect_settings *s, const char *name, struct fault *f)
{
	if (s->destination_count == COLLECT_DESTINATIONS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d times -o", COLLECT_DESTINATIONS_MAX);
	s->destinations[s->destination_count].name = name;
	s->destinations[s->destination_count++].format = output_formats_for(&s->formats, name);
	return STATUS_OK;
}

enum status
collect_outputs_format(struct collect_settings *s, const char *format, struct fault *f)
{
	return output_formats_take(&s->formats, s->destinations, s->destination_count, format, f);
}

enum status
collect_outputs_check(struct collect_settings *s, bool *to_stdout, struct fault *f)
{
	output_formats_settle(s->destinations, s->destination_count);
	for (size_t i = 0; i < s->destination_count; i++)
		*to_stdout |= strcmp(s->destinations[i].name, "-") == 0;
	return outputs_check(&s->formats, s->destinations, s->destination_count, f);
}

enum status
collect_outputs_open(struct collect_common *c, struct fault *f)
{
	struct sender_options so = c->set->sender;
	enum status st = STATUS_OK;

	so.clock = (struct sender_clock){ clock_monotonic_nanos, clock_sleep_until, clock_wall_nanos };
	so.interrupt = interrupt_flag();
	so.hurry = true;
	for (size_t i = 0; i < c->set->destination_count && st == STATUS_OK; i++)
		st = output_open(&c->set->destinations[i], &so, &c->outputs[i], f);
	return st;
}

enum status
collect_outputs_put(struct collect_common *c, const struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < c->set->destination_count && st == STATUS_OK; i++)
		st = output_put(c->outputs[i], t, f);
	return st;
}

enum status
collect_outputs_tick(struct collect_common *c, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < c->set->destination_count && st == STATUS_OK; i++)
		st = output_tick(c->outputs[i], f);
	return st;
}

enum status
collect_outputs_finish(struct collect_common *c, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < c->set->destination_count && st == STATUS_OK; i++) {
		st = output_finish(c->outputs[i], f);
		if (output_report(c->outputs[i], &c->result->targets[c->result->target_count]))
			c->result->target_count++;
	}
	return st;
}

void
collect_outputs_free(struct collect_common *c)
{
	for (size_t i = 0; i < COLLECT_DESTINATIONS_MAX; i++)
		output_free(c->outputs[i]);
}
