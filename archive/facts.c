/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/facts.h"

#include <stdlib.h>
#include <string.h>

/* Every text of the copy, so that they can be freed. */
static const char *
copy_text(const char *s, bool *failed)
{
	char *copy = s == NULL ? NULL : strdup(s);

	*failed |= s != NULL && copy == NULL;
	return copy;
}

static void *
list_of(size_t n, size_t size, bool *failed)
{
	void *p = n == 0 ? NULL : calloc(n, size);

	*failed |= n > 0 && p == NULL;
	return p;
}

static void
copy_inputs(struct segment_facts *to, const struct segment_facts *from, bool *failed)
{
	struct facts_input *list = list_of(from->input_count, sizeof *list, failed);

	to->inputs = list;
	to->input_count = list == NULL ? 0 : from->input_count;
	for (size_t i = 0; i < to->input_count; i++) {
		list[i] = from->inputs[i];
		list[i].name = copy_text(from->inputs[i].name, failed);
		list[i].format = copy_text(from->inputs[i].format, failed);
	}
}

static void
copy_options(struct segment_facts *to, const struct segment_facts *from, bool *failed)
{
	struct facts_option *list = list_of(from->option_count, sizeof *list, failed);

	to->options = list;
	to->option_count = list == NULL ? 0 : from->option_count;
	for (size_t i = 0; i < to->option_count; i++) {
		list[i].name = copy_text(from->options[i].name, failed);
		list[i].value = copy_text(from->options[i].value, failed);
	}
}

static void
copy_findings(struct segment_facts *to, const struct segment_facts *from, bool *failed)
{
	struct facts_finding *list = list_of(from->finding_count, sizeof *list, failed);

	to->findings = list;
	to->finding_count = list == NULL ? 0 : from->finding_count;
	for (size_t i = 0; i < to->finding_count; i++) {
		list[i] = from->findings[i];
		list[i].code = copy_text(from->findings[i].code, failed);
		list[i].file = copy_text(from->findings[i].file, failed);
		list[i].text = copy_text(from->findings[i].text, failed);
	}
}

static void
copy_losses(struct segment_facts *to, const struct segment_facts *from, bool *failed)
{
	struct facts_loss *list = list_of(from->loss_count, sizeof *list, failed);

	to->losses = list;
	to->loss_count = list == NULL ? 0 : from->loss_count;
	for (size_t i = 0; i < to->loss_count; i++)
		list[i] = (struct facts_loss){ copy_text(from->losses[i].name, failed),
			from->losses[i].value };
}

enum status
facts_copy(struct segment_facts *to, const struct segment_facts *from, struct fault *f)
{
	struct segment_facts copy = *from;
	bool failed = false;

	copy.source = copy_text(from->source, &failed);
	copy_inputs(&copy, from, &failed);
	copy_options(&copy, from, &failed);
	copy_findings(&copy, from, &failed);
	copy_losses(&copy, from, &failed);
	if (failed) {
		facts_free(&copy);
		return fault_memory(f);
	}
	*to = copy;
	return STATUS_OK;
}

static void
free_text(const char *s)
{
	free((void *)(uintptr_t)s);
}

void
facts_free(struct segment_facts *facts)
{
	for (size_t i = 0; i < facts->input_count; i++) {
		free_text(facts->inputs[i].name);
		free_text(facts->inputs[i].format);
	}
	for (size_t i = 0; i < facts->option_count; i++) {
		free_text(facts->options[i].name);
		free_text(facts->options[i].value);
	}
	for (size_t i = 0; i < facts->finding_count; i++) {
		free_text(facts->findings[i].code);
		free_text(facts->findings[i].file);
		free_text(facts->findings[i].text);
	}
	for (size_t i = 0; i < facts->loss_count; i++)
		free_text(facts->losses[i].name);
	free((void *)(uintptr_t)facts->losses);
	free((void *)(uintptr_t)facts->inputs);
	free((void *)(uintptr_t)facts->options);
	free((void *)(uintptr_t)facts->findings);
	free_text(facts->source);
	memset(facts, 0, sizeof *facts);
}
