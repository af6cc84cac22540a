/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/source_json.h"

void
source_json_input(struct jsonw *j, const struct source_input *in)
{
	jsonw_key_str(j, "name", in->name);
	jsonw_key_str(j, "format", in->format);
	jsonw_key_u64(j, "size", in->size);
	jsonw_key(j, "sha256");
	if (in->hashed)
		jsonw_hex(j, in->sha256, sizeof(in->sha256));
	else
		jsonw_null(j);
	jsonw_key(j, "container");
	if (in->container >= 0)
		jsonw_u64(j, (uint64_t)in->container);
	else
		jsonw_null(j);
}

void
source_json_findings(struct jsonw *j, struct source *source)
{
	size_t count;
	const struct source_finding *found = source_findings(source, &count);

	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < count; i++) {
		jsonw_object(j);
		jsonw_key_str(j, "code", source_finding_name(found[i].code));
		jsonw_key_str(j, "file", found[i].fault.file);
		jsonw_key(j, "offset");
		if (found[i].fault.at_offset)
			jsonw_u64(j, found[i].fault.offset);
		else
			jsonw_null(j);
		jsonw_key_str(j, "text", found[i].fault.text);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}
