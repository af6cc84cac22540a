/* SPDX-License-Identifier: BSD-2-Clause */
/* Every -o of a run. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "capture/cmd_capture_out.h"

enum status
outputs_open(const struct capture_settings *s, struct output **list, struct fault *f)
{
	struct sender_options so = s->sender;
	enum status rc = STATUS_OK;

	so.clock = (struct sender_clock){ clock_monotonic_nanos, clock_sleep_until, clock_wall_nanos };
	so.interrupt = interrupt_flag();
	so.hurry = true; /* what was metered goes out */
	so.live = s->live.interface_count > 0;
	for (size_t i = 0; i < s->destination_count && rc == STATUS_OK; i++)
		rc = output_open(&s->destinations[i], &so, &list[i], f);
	return rc;
}

enum status
outputs_put(const struct capture_settings *s, struct output **list, const struct table *t,
    struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < s->destination_count && rc == STATUS_OK; i++)
		rc = output_put(list[i], t, f);
	return rc;
}

enum status
outputs_tick(const struct capture_settings *s, struct output **list, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < s->destination_count && rc == STATUS_OK; i++)
		rc = output_tick(list[i], f);
	return rc;
}

enum status
outputs_finish(const struct capture_settings *s, struct output **list,
    struct capture_result *result, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < s->destination_count && rc == STATUS_OK; i++) {
		rc = output_finish(list[i], f);
		if (output_report(list[i], &result->targets[result->target_count]))
			result->target_count++;
	}
	return rc;
}
