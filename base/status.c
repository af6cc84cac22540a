/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct status_info {
	const char *text;
	int exit;
};

/* The one table of exit statuses; the man page's EXIT STATUS is compared with it by a test. */
static const struct status_info infos[STATUS_COUNT] = {
	[STATUS_OK] = { "done", 0 },
	[STATUS_END] = { "end", 0 },
	[STATUS_USAGE] = { "usage", 2 },
	[STATUS_IO] = { "input or output failed", 2 },
	[STATUS_NO_MEMORY] = { "out of memory", 2 },
	[STATUS_LIMIT] = { "a limit was reached", 2 },
	[STATUS_MALFORMED] = { "malformed", 5 },
	[STATUS_TRUNCATED] = { "truncated", 5 },
	[STATUS_UNSUPPORTED] = { "not supported", 2 },
	[STATUS_DIFFERS] = { "differs from what was sealed", 2 },
	[STATUS_KEY] = { "key refused", 2 },
	[STATUS_LOCKED] = { "locked by another writer", 2 },
	[STATUS_EXISTS] = { "already there", 2 },
	[STATUS_ABSENT] = { "not there", 2 },
	[STATUS_INTERRUPTED] = { "interrupted", 2 },
};

static void
fault_fill(struct fault *f, enum status st, int err, const char *file, const char *fmt, va_list ap)
{
	char text[2 * FAULT_TEXT_MAX];
	int n;

	if (f == NULL || f->status != STATUS_OK)
		return;
	memset(f, 0, sizeof *f);
	f->status = st;
	f->err = err;
	if (file != NULL)
		text_escape(f->file, sizeof f->file, file, strlen(file));
	n = vsnprintf(text, sizeof text, fmt, ap);
	if (n > 0)
		text_escape(f->text, sizeof f->text, text, strlen(text));
}

enum status
fault_set(struct fault *f, enum status st, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_fill(f, st, 0, file, fmt, ap);
	va_end(ap);
	return st;
}

enum status
fault_at(struct fault *f, enum status st, const char *file, uint64_t offset, const char *fmt, ...)
{
	bool first = f != NULL && f->status == STATUS_OK;
	va_list ap;

	va_start(ap, fmt);
	fault_fill(f, st, 0, file, fmt, ap);
	va_end(ap);
	if (first) {
		f->at_offset = true;
		f->offset = offset;
	}
	return st;
}

enum status
fault_errno(struct fault *f, const char *file, const char *fmt, ...)
{
	int err = errno;
	enum status st = err == ENOMEM ? STATUS_NO_MEMORY : err == ENOENT ? STATUS_ABSENT : STATUS_IO;
	va_list ap;

	va_start(ap, fmt);
	fault_fill(f, st, err, file, fmt, ap);
	va_end(ap);
	return st;
}

enum status
fault_memory(struct fault *f)
{
	return fault_set(f, STATUS_NO_MEMORY, NULL, "out of memory");
}

const char *
status_text(enum status st)
{
	return (unsigned)st < STATUS_COUNT ? infos[st].text : "unknown";
}

int
status_exit(enum status st)
{
	return (unsigned)st < STATUS_COUNT ? infos[st].exit : 2;
}

void
fault_print(const struct fault *f, char *out, unsigned size)
{
	char where[40] = "";
	char why[128] = "";

	if (size == 0)
		return;
	if (f->at_offset)
		snprintf(where, sizeof where, "offset %llu: ", (unsigned long long)f->offset);
	if (f->err != 0)
		snprintf(why, sizeof why, ": %s", strerror(f->err));
	snprintf(out, size, "%s%s%s%s%s", f->file, f->file[0] != '\0' ? ": " : "", where,
	    f->text[0] != '\0' ? f->text : status_text(f->status), why);
}
