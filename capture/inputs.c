/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MEMBER_NAME_MAX = 1024 };

enum status
inputs_name(const char ***list, size_t *count, const char *name, struct fault *f)
{
	const char **grown;

	if (*count == INPUTS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d inputs", INPUTS_MAX);
	grown = realloc(*list, (*count + 1) * sizeof *grown);
	if (grown == NULL)
		return fault_memory(f);
	*list = grown;
	grown[(*count)++] = name;
	return STATUS_OK;
}

enum status
inputs_add(struct inputs *in, const char *name, int container, enum format format, int *index,
    struct fault *f)
{
	struct source_input *grown, *i;

	if (in->count == INPUTS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d inputs: not read", INPUTS_MAX);
	if (in->count == in->room) {
		size_t room = in->room == 0 ? 16 : 2 * in->room;

		grown = reallocarray(in->list, room, sizeof(*grown));
		if (grown == NULL)
			return fault_memory(f);
		in->list = grown;
		in->room = room;
	}
	i = &in->list[in->count];
	memset(i, 0, sizeof(*i));
	i->name = strdup(name);
	if (i->name == NULL)
		return fault_memory(f);
	i->container = container;
	i->capture = format != FORMAT_NONE && format_info(format)->kind == FORMAT_CAPTURE;
	i->format = format_info(format)->name;
	*index = (int)in->count++;
	return STATUS_OK;
}

enum status
inputs_find(struct inputs *in, enum source_finding_code code, int input, const char *name,
    const struct fault *found, struct fault *f)
{
	struct source_finding *grown, *g;

	if (code == SOURCE_SKIPPED ? in->skipped++ >= INPUTS_SKIPPED_MAX :
	    in->damaged++ >= INPUTS_DAMAGED_MAX)
		return STATUS_OK;
	if (in->finding_count == in->finding_room) {
		size_t room = in->finding_room == 0 ? 8 : 2 * in->finding_room;

		grown = reallocarray(in->findings, room, sizeof(*grown));
		if (grown == NULL)
			return fault_memory(f);
		in->findings = grown;
		in->finding_room = room;
	}
	g = &in->findings[in->finding_count++];
	*g = (struct source_finding){ .code = code, .input = input, .fault = *found };
	text_escape(g->fault.file, sizeof(g->fault.file), name, strlen(name));
	return STATUS_OK;
}

/* One finding for those that were only counted. */
static enum status
find_rest(struct inputs *in, enum source_finding_code code, uint64_t *seen, uint64_t most,
    const char *what, struct fault *f)
{
	struct fault rest = { 0 };

	if (*seen <= most)
		return STATUS_OK;
	(void)fault_set(&rest, STATUS_LIMIT, NULL, "and %llu more %s",
	    (unsigned long long)(*seen - most), what);
	*seen = 0;
	return inputs_find(in, code, 0, in->list[0].name, &rest, f);
}

enum status
inputs_close(struct inputs *in, struct fault *f)
{
	enum status st = find_rest(in, SOURCE_DAMAGED, &in->damaged, INPUTS_DAMAGED_MAX,
	    "findings of damage", f);

	return st != STATUS_OK ? st : find_rest(in, SOURCE_SKIPPED, &in->skipped,
	    INPUTS_SKIPPED_MAX, "members that are no captures", f);
}

const char *
source_finding_name(enum source_finding_code code)
{
	static const char *const names[] = {
		[SOURCE_TRUNCATED] = "TRUNCATED",
		[SOURCE_DAMAGED] = "DAMAGED",
		[SOURCE_NOT_CAPTURE] = "NOT_CAPTURE",
		[SOURCE_SKIPPED] = "SKIPPED",
		[SOURCE_IO] = "IO",
	};

	return names[code];
}

void
inputs_free(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->list[i].name);
	free(in->list);
	free(in->findings);
	memset(in, 0, sizeof(*in));
}

/* Endings of compressed files, and what stands in their place. */
static const struct {
	const char *ending;
	const char *instead;
} endings[] = {
	{ ".gz", "" },
	{ ".xz", "" },
	{ ".zst", "" },
	{ ".bz2", "" },
	{ ".lz4", "" },
	{ ".Z", "" },
	{ ".tgz", ".tar" },
	{ ".txz", ".tar" },
	{ ".tzst", ".tar" },
	{ ".tbz2", ".tar" },
};

static void
name_inside(char out[MEMBER_NAME_MAX], const char *container)
{
	const char *last = container + strlen(container);
	size_t len, ending;

	while (last > container && last[-1] != '/' && last[-1] != ':')
		last--;
	len = strlen(last);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		ending = strlen(endings[i].ending);
		if (len > ending && strcmp(last + len - ending, endings[i].ending) == 0) {
			snprintf(out, MEMBER_NAME_MAX, "%.*s%s", (int)(len - ending), last,
			    endings[i].instead);
			return;
		}
	}
	snprintf(out, MEMBER_NAME_MAX, "data");
}

void
inputs_member_name(char out[INPUTS_NAME_MAX], const char *container, const char *member)
{
	char inside[MEMBER_NAME_MAX];

	if (member[0] == '\0')
		name_inside(inside, container);
	else
		text_escape(inside, sizeof(inside), member, strlen(member));
	snprintf(out, INPUTS_NAME_MAX, "%s:%s", container, inside);
}
