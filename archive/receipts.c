/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/receipts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum status
receipts_add(struct receipts *r, const struct receipt *more, struct fault *f)
{
	bool created = r->any ? r->head.created : more->created;

	if (r->count < RECEIPTS_MAX) {
		struct receipt *grown = realloc(r->list, (r->count + 1) * sizeof *grown);

		if (grown == NULL)
			return fault_memory(f);
		r->list = grown;
		r->count++;
	} else {
		memmove(r->list, r->list + 1, (RECEIPTS_MAX - 1) * sizeof *r->list);
	}
	r->list[r->count - 1] = *more;
	r->head = *more;
	r->head.created = created;
	r->any = true;
	return STATUS_OK;
}

void
receipts_head_json(const struct receipt *head, struct jsonw *j)
{
	jsonw_key_str(j, "archive", head->archive_id);
	jsonw_key_str(j, "genesis", head->genesis);
	jsonw_key(j, "head");
	jsonw_object(j);
	jsonw_key_u64(j, "sequence", head->sequence);
	jsonw_key_str(j, "manifest_sha256", head->manifest_sha256);
	jsonw_object_end(j);
}

void
receipts_json(const struct receipts *r, struct jsonw *j)
{
	receipts_head_json(&r->head, j);
	jsonw_key_bool(j, "created", r->head.created);
	jsonw_key_bool(j, "closed", r->head.closed);
	jsonw_key(j, "segments");
	jsonw_array(j);
	for (size_t i = 0; i < r->count; i++) {
		jsonw_object(j);
		jsonw_key_u64(j, "sequence", r->list[i].sequence);
		jsonw_key_str(j, "manifest", r->list[i].manifest);
		jsonw_key_u64(j, "flows", r->list[i].flows);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

void
receipts_text(const struct receipts *r, struct buf *out)
{
	const struct receipt *head = &r->head;

	if (!r->any)
		return;
	for (size_t i = 0; i < r->count; i++)
		buf_printf(out, "sealed     segment %" PRIu64 ", %" PRIu64 " flows: %s\n",
		    r->list[i].sequence, r->list[i].flows, r->list[i].manifest);
	buf_printf(out, "archive    %s%s%s\n", head->archive_id, head->created ? ", created" : "",
	    head->closed ? ", closed" : "");
	buf_printf(out, "genesis    %s\n", head->genesis);
	buf_printf(out, "head       %" PRIu64 ":%s\n", head->sequence, head->manifest_sha256);
}

void
receipts_free(struct receipts *r)
{
	free(r->list);
	*r = (struct receipts) { .list = NULL };
}
