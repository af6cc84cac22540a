/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_source_facts.h"

#include <stdlib.h>
#include <string.h>

static void
fill_inputs(struct facts_input *list, const struct source_input *in, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct facts_input) { .name = in[i].name, .size = in[i].size,
			.hashed = in[i].hashed, .container = in[i].container, .capture = in[i].capture,
			.packets = in[i].packets, .format = in[i].format };
		memcpy(list[i].sha256, in[i].sha256, sizeof list[i].sha256);
	}
}

static void
fill_findings(struct facts_finding *list, const struct source_finding *found, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list[i] = (struct facts_finding) { .code = source_finding_name(found[i].code),
			.file = found[i].fault.file, .at_offset = found[i].fault.at_offset,
			.offset = found[i].fault.offset, .text = found[i].fault.text };
}

enum status
source_facts_take(struct source *source, struct segment_facts *facts, struct fault *f)
{
	size_t input_count, finding_count;
	const struct source_input *in = source_inputs(source, &input_count);
	const struct source_finding *found = source_findings(source, &finding_count);
	struct facts_input *inputs = calloc(input_count + 1, sizeof *inputs);
	struct facts_finding *findings = calloc(finding_count + 1, sizeof *findings);

	if (inputs == NULL || findings == NULL) {
		free(inputs);
		free(findings);
		return fault_memory(f);
	}
	fill_inputs(inputs, in, input_count);
	fill_findings(findings, found, finding_count);
	facts->inputs = inputs;
	facts->input_count = input_count;
	facts->findings = findings;
	facts->finding_count = finding_count;
	return STATUS_OK;
}

void
source_facts_release(struct segment_facts *facts)
{
	free((void *)(uintptr_t)facts->inputs);
	free((void *)(uintptr_t)facts->findings);
	facts->inputs = NULL;
	facts->findings = NULL;
}
