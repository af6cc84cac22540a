/* SPDX-License-Identifier: BSD-2-Clause */
/* What --dpi, --community-id and --dedup ask for. */
#include "capture/cmd_capture.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "capture/app.h"
#include "capture/dedup.h"

/* Names of --dpi=LIST, as the manifest has them; a new reader is a row; CAPTURE_DPI_MAX holds all. */
static const struct {
	const char *name;
	unsigned depth; /* METER_DEPTH_ */
} subjects[] = {
	{ "tcp", METER_DEPTH_TCP },
	{ "dns", METER_DEPTH_APP },
	{ "tls", METER_DEPTH_APP },
	{ "quic", METER_DEPTH_APP },
	{ "http", METER_DEPTH_APP },
	{ "ssh", METER_DEPTH_APP },
};

enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* The readers of an application's subject; 0 for another. */
static unsigned
readers_of(size_t i)
{
	return subjects[i].depth == METER_DEPTH_APP
	    ? app_readers_named(subjects[i].name, strlen(subjects[i].name)) : 0;
}

static void
add_subject(struct meter_options *m, size_t i)
{
	m->depth |= subjects[i].depth;
	m->readers |= readers_of(i);
}

static bool
has_subject(const struct meter_options *m, size_t i)
{
	unsigned readers = readers_of(i);

	return readers != 0 ? (m->readers & readers) != 0 : (m->depth & subjects[i].depth) != 0;
}

static bool
take_subject(const char *name, size_t len, struct meter_options *m)
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		if (strlen(subjects[i].name) != len || memcmp(subjects[i].name, name, len) != 0)
			continue;
		add_subject(m, i);
		return true;
	}
	return false;
}

/* The names of these, or of all that there are. */
static void
list_subjects(const struct meter_options *m, char text[CAPTURE_DPI_MAX])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < SUBJECTS; i++)
		if (m == NULL || has_subject(m, i))
			len += (size_t)snprintf(text + len, CAPTURE_DPI_MAX - len, "%s%s",
			    len > 0 ? "," : "", subjects[i].name);
}

static enum status
unknown_subject(const char *list, struct fault *f)
{
	char known[CAPTURE_DPI_MAX];

	list_subjects(NULL, known);
	return fault_set(f, STATUS_USAGE, NULL, "--dpi=%s: a list of %s is expected", list, known);
}

enum status
capture_take_dpi(struct meter_options *m, const char *list, struct fault *f)
{
	if (list == NULL) {
		for (size_t i = 0; i < SUBJECTS; i++)
			add_subject(m, i);
		return STATUS_OK;
	}
	for (const char *p = list;; p++) {
		size_t len = strcspn(p, ",");

		if (!take_subject(p, len, m))
			return unknown_subject(list, f);
		p += len;
		if (*p == '\0')
			return STATUS_OK;
	}
}

void
capture_dpi_text(const struct meter_options *m, char text[CAPTURE_DPI_MAX])
{
	list_subjects(m, text);
}

enum status
capture_take_community_id(struct meter_options *m, const char *seed, struct fault *f)
{
	uint64_t v = 0;

	if (seed != NULL && !text_parse_u64(seed, UINT16_MAX, &v))
		return fault_set(f, STATUS_USAGE, NULL,
		    "--community-id=%s: a number from 0 to %d is expected", seed, UINT16_MAX);
	m->depth |= METER_DEPTH_COMMUNITY_ID;
	m->community_seed = (uint16_t)v;
	return STATUS_OK;
}

enum status
capture_take_dedup(struct meter_options *m, const char *window, struct fault *f)
{
	int64_t v = DEDUP_WINDOW;

	if (window != NULL && (!text_parse_duration(window, &v) || v < 1 || v > CAPTURE_DEDUP_MAX))
		return fault_set(f, STATUS_USAGE, NULL,
		    "--dedup=%s: a time such as 500us or 10ms, at most 60s, is expected", window);
	m->dedup = v;
	return STATUS_OK;
}
