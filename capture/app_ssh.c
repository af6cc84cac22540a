/* SPDX-License-Identifier: BSD-2-Clause */
/* SSH's identification string, RFC 4253 section 4.2: the first line of each side. */
#include <string.h>

#include "capture/app_reader.h"

enum { SSH_LINE_MAX = 255 }; /* with its CR LF */

static const char prefix[] = "SSH-";

enum { PREFIX = sizeof(prefix) - 1 };

bool
app_ssh_probe(const uint8_t *data, size_t len)
{
	if (memcmp(data, prefix, len < PREFIX ? len : PREFIX) != 0)
		return false;
	return len <= PREFIX || (data[PREFIX] >= '0' && data[PREFIX] <= '9');
}

/* One end's lines stand in one column, the other's in the other; which is forward is known later. */
enum app_verdict
app_ssh_feed(const struct app_input *in)
{
	enum column_id id = in->side == 0 ? COLUMN_SSH_BANNER : COLUMN_REV_SSH_BANNER;
	size_t len = in->len < SSH_LINE_MAX ? in->len : SSH_LINE_MAX;
	const uint8_t *end;

	if (!app_ssh_probe(in->data, in->len))
		return APP_NO;
	if (in->len <= PREFIX)
		return APP_MORE;
	end = memchr(in->data, '\n', len);
	if (end == NULL && in->len < SSH_LINE_MAX && !in->cut)
		return APP_SEEN;
	if (end != NULL)
		len = (size_t)(end - in->data);
	if (len > 0 && in->data[len - 1] == '\r')
		len--;
	app_found_text(in->found, id, in->data, len);
	return APP_DONE;
}
