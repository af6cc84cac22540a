/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/source_json.h"

void
source_json_input(struct json *j, const struct source_input *in)
{
	json_key_str(j, "name", in->name);
	json_key_str(j, "format", in->format);
	json_key_u64(j, "size", in->size);
	json_key(j, "sha256");
	if (in->hashed)
		json_hex(j, in->sha256, sizeof(in->sha256));
	else
		json_null(j);
	json_key(j, "container");
	if (in->container >= 0)
		json_u64(j, (uint64_t)in->container);
	else
		json_null(j);
}

void
source_json_findings(struct json *j, struct source *source)
{
	size_t count;
	const struct source_finding *found = source_findings(source, &count);

	json_key(j, "findings");
	json_array(j);
	for (size_t i = 0; i < count; i++) {
		json_object(j);
		json_key_str(j, "code", source_finding_name(found[i].code));
		json_key_str(j, "file", found[i].fault.file);
		json_key(j, "offset");
		if (found[i].fault.at_offset)
			json_u64(j, found[i].fault.offset);
		else
			json_null(j);
		json_key_str(j, "text", found[i].fault.text);
		json_object_end(j);
	}
	json_array_end(j);
}
