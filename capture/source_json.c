/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/source_json.h"

void
source_json_input(struct jsonw *j, const struct source_input *in)
{
	jsonw_key_str(j, "name", in->name);
	jsonw_key_str(j, "format", in->format);
	jsonw_key_u64(j, "size", in->size);
	jsonw_key_hex_if(j, "sha256", in->hashed, in->sha256, sizeof(in->sha256));
	jsonw_key_u64_if(j, "container", in->container >= 0, (uint64_t)in->container);
}

void
source_json_inputs(struct jsonw *j, struct source *source)
{
	size_t count;
	const struct source_input *in = source_inputs(source, &count);

	jsonw_key(j, "inputs");
	jsonw_array(j);
	for (size_t i = 0; i < count; i++) {
		jsonw_object(j);
		source_json_input(j, &in[i]);
		jsonw_key_u64(j, "packets", in[i].packets);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
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
		jsonw_key_u64_if(j, "offset", found[i].fault.at_offset, found[i].fault.offset);
		jsonw_key_str(j, "text", found[i].fault.text);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}
