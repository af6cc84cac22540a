/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_capture_out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/parquet_writer.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "flow/format.h"
#include "flow/ipfix_file.h"
#include "flow/table_append.h"
#include "nfseal.h"

struct output {
	const struct kind *kind;
	const char *format; /* its name, for the text formats */
	const char *name;   /* as it was given */
	char path[FILE_PATH_MAX];
	char part[FILE_PATH_MAX]; /* what is written until it is complete; "": path itself */
	int fd;
	bool owns_fd;
	struct sink sink;
	struct table *group; /* of Parquet: rows that become a row group, or NULL */
	union {
		struct ipfix_writer *ipfix;
		struct parquet_writer *parquet;
		struct format_writer *text;
		struct sender *sender;
	} to;
};

/* One row per way to write flows. */
struct kind {
	enum status (*open)(struct output *o, struct fault *f);
	enum status (*put)(struct output *o, const struct table *t, struct fault *f);
	enum status (*tick)(struct output *o, struct fault *f); /* NULL: nothing waits */
	enum status (*finish)(struct output *o, struct fault *f);
	void (*free)(struct output *o);
};

static enum status
ipfix_open(struct output *o, struct fault *f)
{
	struct ipfix_writer_options options = { .domain = 0 };

	return ipfix_writer_open(&options, &o->sink, &o->to.ipfix, f);
}

static enum status
ipfix_put(struct output *o, const struct table *t, struct fault *f)
{
	return ipfix_writer_put(o->to.ipfix, t, f);
}

/* What the protocol has no element for is said, as replay says it. */
static void
tell_loss(const char *path, const struct loss *loss)
{
	char names[1024] = "";
	size_t len = 0;

	for (int i = 0; i < COLUMN_COUNT; i++)
		if (loss->columns[i] > 0 && len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
			    len > 0 ? ", " : "", column_infos[i].name);
	if (len > 0)
		log_notice("%s: IPFIX has no element for the columns %s", path, names);
	for (int i = 0; i < REFUSAL_COUNT; i++)
		if (loss->refused[i] > 0)
			log_error("%s: %" PRIu64 " flows are left out: %s", path, loss->refused[i],
			    refusal_help((enum refusal)i));
}

static enum status
ipfix_finish(struct output *o, struct fault *f)
{
	enum status rc = ipfix_writer_finish(o->to.ipfix, f);

	if (rc == STATUS_OK)
		tell_loss(o->path, &ipfix_writer_stats(o->to.ipfix)->loss);
	return rc;
}

static void
ipfix_free(struct output *o)
{
	ipfix_writer_free(o->to.ipfix);
}

static enum status
parquet_open(struct output *o, struct fault *f)
{
	struct parquet_writer_options options = { .level = 0, .build = version_build() };

	return parquet_writer_open(&options, &o->sink, &o->to.parquet, f);
}

static enum status
put_group(struct output *o, struct fault *f)
{
	enum status rc = o->group->failed ? fault_memory(f) :
	    parquet_writer_put(o->to.parquet, o->group, f);

	table_reset(o->group);
	return rc;
}

/* A live run hands over what there is each second; a row group is made of many such tables. */
static enum status
parquet_put(struct output *o, const struct table *t, struct fault *f)
{
	enum status rc = STATUS_OK;

	if (t->rows == TABLE_ROWS && (o->group == NULL || o->group->rows == 0))
		return parquet_writer_put(o->to.parquet, t, f);
	if (o->group == NULL)
		rc = table_open(TABLE_ROWS, &o->group, f);
	for (size_t at = 0; at < t->rows && rc == STATUS_OK;) {
		size_t room = TABLE_ROWS - o->group->rows;
		size_t n = t->rows - at < room ? t->rows - at : room;

		table_append(o->group, t, at, n);
		at += n;
		if (table_full(o->group) || table_octets(o->group) >= TABLE_OCTETS)
			rc = put_group(o, f);
	}
	return rc;
}

static enum status
parquet_finish(struct output *o, struct fault *f)
{
	enum status rc = o->group == NULL || o->group->rows == 0 ? STATUS_OK : put_group(o, f);

	return rc == STATUS_OK ? parquet_writer_finish(o->to.parquet, f) : rc;
}

static void
parquet_free(struct output *o)
{
	table_free(o->group);
	parquet_writer_free(o->to.parquet);
}

static enum status
text_open(struct output *o, struct fault *f)
{
	return format_open(format_find(o->format), NULL, &o->sink, &o->to.text, f);
}

static enum status
text_put(struct output *o, const struct table *t, struct fault *f)
{
	return format_rows(o->to.text, t, f);
}

static enum status
text_finish(struct output *o, struct fault *f)
{
	return format_finish(o->to.text, f);
}

static void
text_free(struct output *o)
{
	format_free(o->to.text);
}

static enum status
export_put(struct output *o, const struct table *t, struct fault *f)
{
	return sender_put(o->to.sender, t, 0, t->rows, NULL, f);
}

static enum status
export_tick(struct output *o, struct fault *f)
{
	return sender_tick(o->to.sender, f);
}

static enum status
export_finish(struct output *o, struct fault *f)
{
	return sender_finish(o->to.sender, f);
}

static void
export_free(struct output *o)
{
	sender_free(o->to.sender);
}

static const struct kind kind_ipfix = { ipfix_open, ipfix_put, NULL, ipfix_finish, ipfix_free };
static const struct kind kind_parquet = { parquet_open, parquet_put, NULL, parquet_finish,
	parquet_free };
static const struct kind kind_text = { text_open, text_put, NULL, text_finish, text_free };
static const struct kind kind_export = { NULL, export_put, export_tick, export_finish,
	export_free };

/* Names and the endings of file names that mean them. */
static const struct {
	const char *ending;
	const char *format;
} endings[] = { { ".ipfix", "ipfix" }, { ".parquet", "parquet" }, { ".ndjson", "ndjson" },
	{ ".jsonl", "ndjson" }, { ".json", "ndjson" }, { ".csv", "csv" }, { ".txt", "table" } };

static const char *
format_of_name(const char *name)
{
	size_t len = strlen(name);

	if (strcmp(name, "-") == 0)
		return "ipfix";
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i].ending);

		if (len > n && strcasecmp(name + len - n, endings[i].ending) == 0)
			return endings[i].format;
	}
	return NULL;
}

static const struct kind *
kind_of_format(const char *format)
{
	if (strcmp(format, "ipfix") == 0)
		return &kind_ipfix;
	if (strcmp(format, "parquet") == 0)
		return &kind_parquet;
	return format_find(format) != NULL ? &kind_text : NULL;
}

bool
output_is_export(const char *destination)
{
	return strstr(destination, "://") != NULL;
}

static bool
ending_says(const char *destination)
{
	return !output_is_export(destination) && format_of_name(destination) != NULL;
}

static bool
is_file_format(const char *format)
{
	return kind_of_format(format) != NULL;
}

static bool
is_export_format(const char *format)
{
	enum pack_format found;

	return pack_format_find(format, &found);
}

enum status
output_formats_take(struct output_formats *x, struct capture_destination *list, size_t count,
    const char *value, struct fault *f)
{
	bool of_file = is_file_format(value), of_export = is_export_format(value);

	if (!of_file && !of_export)
		return fault_set(f, STATUS_USAGE, NULL, "--format %s is none of ipfix, parquet, ndjson, "
		    "csv, table, netflow9 and netflow5", value);
	if (of_file)
		x->file = value;
	if (of_export)
		x->collector = value;
	for (size_t i = 0; i < count; i++)
		if (list[i].format == NULL && (output_is_export(list[i].name) ? of_export : of_file))
			list[i].format = value;
	return STATUS_OK;
}

const char *
output_formats_for(const struct output_formats *x, const char *destination)
{
	return output_is_export(destination) ? x->collector : x->file;
}

void
output_formats_settle(struct capture_destination *list, size_t count)
{
	bool exports = false;

	for (size_t i = 0; i < count; i++)
		exports |= output_is_export(list[i].name);
	for (size_t i = 0; i < count && exports; i++)
		if (list[i].format != NULL && is_export_format(list[i].format) && ending_says(list[i].name))
			list[i].format = NULL;
}

static const char *
format_of(const struct capture_destination *d)
{
	if (d->format != NULL)
		return d->format;
	return output_is_export(d->name) ? pack_format_name(PACK_IPFIX) : format_of_name(d->name);
}

static enum status
check(const struct capture_destination *d, struct fault *f)
{
	struct endpoint to;

	if (output_is_export(d->name))
		return endpoint_parse(d->name, &to, f);
	if (format_of(d) == NULL)
		return fault_set(f, STATUS_USAGE, d->name, "the name's ending is none of .ipfix, "
		    ".parquet, .ndjson, .csv and .txt; --format says what to write");
	return STATUS_OK;
}

enum status
outputs_check(const struct output_formats *x, const struct capture_destination *list, size_t count,
    struct fault *f)
{
	bool exports = false, files = false;

	for (size_t i = 0; i < count; i++) {
		enum status rc = check(&list[i], f);

		if (rc != STATUS_OK)
			return rc;
		exports |= output_is_export(list[i].name);
		files |= !output_is_export(list[i].name);
		/* two writers of one file would spoil it */
		for (size_t k = 0; k < i; k++)
			if (strcmp(list[k].name, list[i].name) == 0)
				return fault_set(f, STATUS_USAGE, list[i].name, "-o names it twice");
	}
	if (x->collector != NULL && !exports && !is_file_format(x->collector))
		return fault_set(f, STATUS_USAGE, NULL, "--format %s is for collectors: -o udp://HOST:PORT",
		    x->collector);
	if (x->file != NULL && !files && !is_export_format(x->file))
		return fault_set(f, STATUS_USAGE, NULL, "--format %s is for files: -o FILE", x->file);
	return STATUS_OK;
}

static bool
is_same_file(const char *path, const struct stat *as)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == as->st_dev &&
	    st.st_ino == as->st_ino;
}

static bool
part_name(char out[FILE_PATH_MAX], const char *path)
{
	return snprintf(out, FILE_PATH_MAX, "%s.part", path) < FILE_PATH_MAX;
}

bool
output_replaces(const char *destination, const struct stat *st)
{
	char part[FILE_PATH_MAX];

	if (strcmp(destination, "-") == 0 || output_is_export(destination))
		return false;
	return is_same_file(destination, st) ||
	    (part_name(part, destination) && is_same_file(part, st));
}

/* A new or regular file is written beside its name first; a device or FIFO directly. */
static enum status
open_file(struct output *o, struct fault *f)
{
	const char *path = o->path;
	struct stat st;

	if (strcmp(path, "-") == 0) {
		o->fd = STDOUT_FILENO;
		return STATUS_OK;
	}
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode)) {
		if (!part_name(o->part, path))
			return fault_set(f, STATUS_LIMIT, path, "the path is too long");
		path = o->part;
	}
	o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		o->part[0] = '\0';
		return fault_errno(f, o->path, "cannot create");
	}
	o->owns_fd = true;
	return STATUS_OK;
}

static enum status
write_out(void *ctx, const void *data, size_t len, struct fault *f)
{
	struct output *o = ctx;

	return file_write_all(o->fd, data, len, strcmp(o->path, "-") == 0 ? "standard output" :
	    o->path, f);
}

static enum status
open_sender(struct output *o, const struct sender_options *sender, struct fault *f)
{
	struct sender_options options = *sender;
	struct endpoint to;
	enum status rc = endpoint_parse(o->name, &to, f);

	if (rc != STATUS_OK)
		return rc;
	if (!pack_format_find(o->format, &options.pack.format))
		return fault_set(f, STATUS_USAGE, o->name, "%s is no export protocol", o->format);
	o->kind = &kind_export;
	return sender_open(&to, &options, &o->to.sender, f);
}

static enum status
open_writer(struct output *o, struct fault *f)
{
	enum status rc;

	if (strlen(o->name) >= sizeof o->path)
		return fault_set(f, STATUS_LIMIT, o->name, "the path is too long");
	strcpy(o->path, o->name);
	o->kind = kind_of_format(o->format);
	rc = open_file(o, f);
	return rc == STATUS_OK ? o->kind->open(o, f) : rc;
}

enum status
output_open(const struct capture_destination *d, const struct sender_options *sender,
    struct output **out, struct fault *f)
{
	struct output *o = calloc(1, sizeof *o);
	enum status rc;

	if (o == NULL)
		return fault_memory(f);
	o->fd = -1;
	o->sink = (struct sink) { write_out, o };
	o->name = d->name;
	o->format = format_of(d);
	rc = check(d, f);
	if (rc == STATUS_OK)
		rc = output_is_export(d->name) ? open_sender(o, sender, f) : open_writer(o, f);
	if (rc != STATUS_OK) {
		output_free(o);
		return rc;
	}
	*out = o;
	return STATUS_OK;
}

enum status
output_put(struct output *o, const struct table *t, struct fault *f)
{
	return o->kind->put(o, t, f);
}

enum status
output_tick(struct output *o, struct fault *f)
{
	return o->kind->tick != NULL ? o->kind->tick(o, f) : STATUS_OK;
}

bool
output_report(const struct output *o, struct sender_report *out)
{
	enum pack_format format;

	if (o->kind != &kind_export || !pack_format_find(o->format, &format))
		return false;
	sender_report_take(out, o->to.sender, o->name, format);
	return true;
}

enum status
output_finish(struct output *o, struct fault *f)
{
	enum status rc = o->kind->finish(o, f);

	if (rc != STATUS_OK || !o->owns_fd)
		return rc;
	if (o->part[0] != '\0')
		rc = file_sync(o->fd, o->path, f);
	o->owns_fd = false;
	if (close(o->fd) != 0 && rc == STATUS_OK)
		rc = fault_errno(f, o->path, "cannot close");
	if (rc == STATUS_OK && o->part[0] != '\0' && rename(o->part, o->path) != 0)
		rc = fault_errno(f, o->path, "cannot rename into place");
	if (rc == STATUS_OK)
		o->part[0] = '\0';
	return rc;
}

void
output_free(struct output *o)
{
	if (o == NULL)
		return;
	if (o->kind != NULL)
		o->kind->free(o);
	if (o->owns_fd)
		(void)close(o->fd);
	if (o->part[0] != '\0')
		(void)unlink(o->part);
	free(o);
}
