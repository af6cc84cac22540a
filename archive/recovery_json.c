/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/recovery_json.h"

void
recovery_json(const struct manifest_recovery *r, recovery_time *put_time, struct jsonw *j)
{
	jsonw_object(j);
	jsonw_key_str(j, "action", r->action);
	jsonw_key_u64_if(j, "sequence", r->has_sequence, r->sequence);
	put_time(j, "from", r->span.has_from, r->span.from);
	put_time(j, "to", r->span.has_to, r->span.to);
	jsonw_key(j, "files");
	jsonw_array(j);
	for (size_t i = 0; i < r->file_count; i++) {
		jsonw_object(j);
		jsonw_key_str(j, "name", r->files[i].name);
		jsonw_key_u64(j, "size", r->files[i].size);
		jsonw_key_hex_if(j, "sha256", r->files[i].hashed, r->files[i].sha256, SHA256_SIZE);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_key_str(j, "text", r->text);
	jsonw_object_end(j);
}
