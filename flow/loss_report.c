/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/loss_report.h"

#include <inttypes.h>

void
loss_text(const struct loss *loss, struct buf *out)
{
	const char *separator = "  without: ";

	for (unsigned i = 0; i < REFUSAL_COUNT; i++)
		if (loss->refused[i] > 0)
			buf_printf(out, "  NOT SENT: %" PRIu64 " flows: %s\n", loss->refused[i],
			    refusal_help((enum refusal)i));
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (loss->columns[i] == 0)
			continue;
		buf_printf(out, "%s%s (%" PRIu64 ")", separator, column_infos[i].name, loss->columns[i]);
		separator = ", ";
	}
	if (separator[0] == ',')
		buf_str(out, "\n");
	if (loss->rounded > 0)
		buf_printf(out, "  times cut to milliseconds: %" PRIu64 " flows\n", loss->rounded);
	if (loss->padded > 0)
		buf_printf(out, "  absent values sent as zeros: %" PRIu64 " flows\n", loss->padded);
}

void
loss_json(const struct loss *loss, struct jsonw *j)
{
	jsonw_key(j, "not_sent");
	jsonw_object(j);
	for (unsigned i = 0; i < REFUSAL_COUNT; i++)
		if (loss->refused[i] > 0)
			jsonw_key_u64(j, refusal_name((enum refusal)i), loss->refused[i]);
	jsonw_object_end(j);
	jsonw_key(j, "without");
	jsonw_object(j);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (loss->columns[i] > 0)
			jsonw_key_u64(j, column_infos[i].name, loss->columns[i]);
	jsonw_object_end(j);
	jsonw_key_u64(j, "rounded", loss->rounded);
	jsonw_key_u64(j, "padded", loss->padded);
}
