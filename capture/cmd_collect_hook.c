/* SPDX-License-Identifier: BSD-2-Clause */
/* -x: a command after each seal, which nobody waits for. */
#include "capture/cmd_collect.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define LAST_NANOS INT64_C(10000000000) /* so long the end waits for commands */

enum { STEM_TIME = 16 /* 20261123T070000Z */, TEXT_MAX = FILE_PATH_MAX + FAULT_FILE_MAX };

static void
tell(struct collect_common *c, const struct hook_result *r)
{
	if (r->status == 0)
		return;
	c->result->hooks.failed++;
	if (r->status == HOOK_NOT_STARTED)
		log_notice("-x: the command for %s could not be started", r->label);
	else
		log_notice("-x: the command for %s ended with status %d", r->label, r->status);
}

enum status
collect_hook_open(struct collect_common *c, struct fault *f)
{
	const struct collect_settings *s = c->set;

	if (s->hook == NULL)
		return STATUS_OK;
	return hook_open(s->hook, "mdftuishg", s->service.background, &c->hook, f);
}

/* nfcapd's %t and %u: when the segment begins, as its name has it. */
static void
stem_times(const char *manifest, char slot[16], char seconds[24])
{
	const char *base = strrchr(manifest, '/');
	char text[TEXT_TIME_MAX];
	int64_t nanos;

	base = base == NULL ? manifest : base + 1;
	slot[0] = seconds[0] = '\0';
	if (strlen(base) < STEM_TIME)
		return;
	snprintf(slot, 16, "%.8s%.4s", base, base + 9);
	snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", base, base + 4, base + 6, base + 9,
	    base + 11, base + 13);
	if (text_parse_time(text, &nanos))
		text_i64(seconds, nanos / 1000000000);
}

void
collect_hook_sealed(struct collect_common *c, const struct collect_archive *a,
    const struct receipt *r)
{
	char path[TEXT_MAX], head[SHA256_HEX + 24], sequence[24], slot[16], seconds[24];
	const struct hook_value values[] = { { 'm', path }, { 'd', a->path }, { 'f', r->manifest },
		{ 't', slot }, { 'u', seconds }, { 'i', a->ident }, { 's', sequence }, { 'h', head },
		{ 'g', r->genesis } };
	struct fault f = { 0 };

	if (c->hook == NULL)
		return;
	snprintf(path, sizeof path, "%s/%s", a->path, r->manifest);
	text_u64(sequence, r->sequence);
	snprintf(head, sizeof head, "%s:%s", sequence, r->manifest_sha256);
	stem_times(r->manifest, slot, seconds);
	if (hook_run(c->hook, path, values, sizeof values / sizeof *values, &f) == STATUS_OK) {
		c->result->hooks.run++;
		return;
	}
	c->result->hooks.skipped++;
	log_notice("-x: no command was started for %s: %s", path, f.text);
}

void
collect_hook_tick(struct collect_common *c)
{
	struct hook_result r;

	while (c->hook != NULL && hook_next(c->hook, &r))
		tell(c, &r);
}

void
collect_hook_close(struct collect_common *c)
{
	int64_t until = clock_monotonic_nanos() + LAST_NANOS;
	struct hook_result r;

	while (c->hook != NULL && hook_last(c->hook, until, &r))
		tell(c, &r);
	hook_close(c->hook);
	c->hook = NULL;
}
