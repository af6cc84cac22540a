/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "replay/event_text.h"

enum { FLUSH_AT = 256 << 10 };

struct file {
	struct outlet_env copy;
	struct event_text *events;
	const char *path;
	int fd;
	struct buf text; /* that is to be written */
	uint64_t gathered; /* flows in it */
	uint64_t flows;
	uint64_t octets;
};

/* "file:///var/x", "file:x", "x", "-". */
static const char *
path_of(const char *url)
{
	if (strncasecmp(url, "file://", 7) == 0)
		return url + 7;
	return strncasecmp(url, "file:", 5) == 0 ? url + 5 : url;
}

static void
file_outlet_free(void *ctx)
{
	struct file *o = ctx;

	if (o == NULL)
		return;
	event_text_free(o->events);
	buf_free(&o->text);
	if (o->fd > STDERR_FILENO)
		close(o->fd); /* finish has told what failed */
	free(o);
}

static enum status
open_path(struct file *o, struct fault *f)
{
	o->fd = STDOUT_FILENO;
	if (strcmp(o->path, "-") == 0) {
		o->path = "standard output";
		return STATUS_OK;
	}
	if (o->path[0] == '\0')
		return fault_set(f, STATUS_USAGE, NULL, "--to %s: no file is named", o->copy.options->url);
	o->fd = open(o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return o->fd < 0 ? fault_errno(f, o->path, "cannot open for writing") : STATUS_OK;
}

/* All that was gathered; a flow is out when its octets are. */
static enum status
write_out(struct file *o, struct fault *f)
{
	enum status st = STATUS_OK;

	if (!buf_ok(&o->text))
		return fault_memory(f);
	if (o->text.len > 0 && !o->copy.dry)
		st = file_write_all(o->fd, o->text.data, o->text.len, o->path, f);
	if (st == STATUS_OK && o->text.len > 0 && o->copy.tap.write != NULL)
		st = sink_write(&o->copy.tap, o->text.data, o->text.len, f);
	if (st != STATUS_OK)
		return st;
	o->octets += o->text.len;
	o->flows += o->gathered;
	o->gathered = 0;
	buf_reset(&o->text);
	return STATUS_OK;
}

static enum status
file_outlet_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct file *o = calloc(1, sizeof *o);
	const uint8_t *first;
	enum status st;
	size_t len;

	if (o == NULL)
		return fault_memory(f);
	o->copy = *env;
	o->fd = -1;
	o->path = path_of(env->options->url);
	buf_init(&o->text, 0);
	st = event_text_open(outlet_format(&outlet_file, env->options), &o->events, f);
	if (st == STATUS_OK && !env->dry)
		st = open_path(o, f);
	if (st != STATUS_OK) {
		file_outlet_free(o);
		return st;
	}
	first = event_text_all(o->events, &len);
	buf_put(&o->text, first, len);
	*out = o;
	return STATUS_OK;
}

static enum status
file_outlet_put(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct file *o = ctx;
	enum status st = STATUS_OK;
	const uint8_t *text;
	size_t len;

	for (size_t row = r->from; row < r->to && st == STATUS_OK; row++) {
		if (r->matched[row] == 0)
			continue;
		st = event_text_row(o->events, r, row, f);
		if (st != STATUS_OK)
			break;
		text = event_text_all(o->events, &len);
		schedule_admit(o->copy.schedule, 1, len);
		buf_put(&o->text, text, len);
		o->gathered++;
		if (o->text.len >= FLUSH_AT)
			st = write_out(o, f);
	}
	return st;
}

static enum status
file_outlet_flush(void *ctx, struct fault *f)
{
	return write_out(ctx, f);
}

static enum status
file_outlet_finish(void *ctx, struct fault *f)
{
	struct file *o = ctx;
	enum status st = write_out(o, f);
	int fd = o->fd;

	if (st != STATUS_OK || fd <= STDERR_FILENO)
		return st;
	o->fd = -1;
	return file_close(fd, o->path, f);
}

static void
file_outlet_counts(const void *ctx, struct outlet_counts *out)
{
	const struct file *o = ctx;

	*out = (struct outlet_counts){ .flows = o->flows + o->gathered, .settled = o->flows,
		.records = o->flows, .octets = o->octets };
	snprintf(out->address, sizeof out->address, "%s", o->path);
}

static bool
file_outlet_complete(const void *ctx)
{
	(void)ctx;
	return true; /* what is not written ends the target */
}

const struct outlet_kind outlet_file = {
	.schemes = "file",
	.formats = "ndjson json csv table ecs ecs-bulk hec cef leef sof-elk goflow2-json goflow2-pb",
	.format = "ndjson",
	.unpaced = true,
	.open = file_outlet_open,
	.put = file_outlet_put,
	.flush = file_outlet_flush,
	.finish = file_outlet_finish,
	.counts = file_outlet_counts,
	.complete = file_outlet_complete,
	.free = file_outlet_free,
};
