/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "flow/ipfix_file.h"

struct input {
	struct reader *reader; /* one of the two */
	struct ipfix_file *ipfix;
	bool is_archive;
	int fd;
	bool owned;
	const char *name;
	uint8_t probe[IPFIX_PROBE_SIZE]; /* read before we knew what it is */
	size_t probed;
	size_t given; /* of these */
};

static enum status
read_more(void *ctx, void *data, size_t len, size_t *got, struct fault *f)
{
	struct input *in = ctx;
	size_t left = in->probed - in->given;

	if (left == 0)
		return file_read(in->fd, data, len, got, in->name, f);
	*got = left < len ? left : len;
	memcpy(data, in->probe + in->given, *got);
	in->given += *got;
	return STATUS_OK;
}

/* The first octets of what is no directory. */
static enum status
probe(struct input *in, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t got = 1;

	while (st == STATUS_OK && got > 0 && in->probed < sizeof in->probe) {
		st = file_read(in->fd, in->probe + in->probed, sizeof in->probe - in->probed, &got,
		    in->name, f);
		if (st == STATUS_OK)
			in->probed += got;
	}
	return st;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum status
open_stream(struct input *in, const char *path, struct fault *f)
{
	enum status st = STATUS_OK;

	if (strcmp(path, "-") == 0) {
		in->fd = STDIN_FILENO;
		in->name = "standard input";
	} else {
		st = file_open_read(path, &in->fd, f);
		in->owned = st == STATUS_OK;
	}
	return st == STATUS_OK ? probe(in, f) : st;
}

static enum status
open_any(struct input *in, const char *path, const struct reader_options *o,
    reader_notice notice, void *ctx, struct fault *f)
{
	struct ipfix_source source = { .read = read_more, .ctx = in };
	enum status st;

	in->is_archive = is_directory(path);
	if (in->is_archive)
		return reader_open(path, o, notice, ctx, &in->reader, f);
	st = open_stream(in, path, f);
	if (st != STATUS_OK)
		return st;
	source.name = in->name;
	if (ipfix_file_probe(in->probe, in->probed))
		return ipfix_file_open(&source, &in->ipfix, f);
	if (in->probed < 4 || memcmp(in->probe, "PAR1", 4) != 0)
		return fault_set(f, STATUS_MALFORMED, in->name,
		    "no archive, no IPFIX and no Parquet; nfseal info may tell what it is");
	if (!in->owned)
		return fault_set(f, STATUS_MALFORMED, in->name,
		    "Parquet is read from a file, by its name: it is no stream");
	return reader_open(path, o, notice, ctx, &in->reader, f);
}

enum status
input_open(const char *path, const struct reader_options *o, reader_notice notice, void *ctx,
    struct input **out, struct fault *f)
{
	struct input *in = calloc(1, sizeof *in);
	enum status st;

	if (in == NULL)
		return fault_memory(f);
	in->name = path;
	st = open_any(in, path, o, notice, ctx, f);
	if (st != STATUS_OK) {
		input_free(in);
		return st;
	}
	*out = in;
	return STATUS_OK;
}

enum status
input_next(struct input *in, struct table *t, struct fault *f)
{
	return in->ipfix != NULL ? ipfix_file_next(in->ipfix, t, f) : reader_next(in->reader, t, f);
}

enum status
input_next_datagram(struct input *in, struct reader_datagram *out, struct fault *f)
{
	if (!in->is_archive)
		return fault_set(f, STATUS_UNSUPPORTED, in->name, "no archive: it has no datagrams");
	return reader_next_datagram(in->reader, out, f);
}

bool
input_place(const struct input *in, struct flow_place *out)
{
	if (!in->is_archive)
		return false;
	*out = reader_place(in->reader);
	return true;
}

bool
input_span(const struct input *in, int64_t *from, int64_t *to)
{
	return in->is_archive && reader_span(in->reader, from, to);
}

uint64_t
input_damaged(const struct input *in)
{
	if (in->ipfix != NULL)
		return decode_lost(ipfix_file_counters(in->ipfix));
	return reader_damaged(in->reader);
}

bool
input_nothing_read(const struct input *in, uint64_t rows)
{
	return rows == 0 && !in->is_archive && in->reader != NULL && reader_damaged(in->reader) > 0;
}

const char *
input_anchor(const struct input *in)
{
	return in->reader != NULL ? reader_anchor(in->reader) : "none";
}

bool
input_is_archive(const struct input *in)
{
	return in->is_archive;
}

const struct decode_counters *
input_counters(const struct input *in)
{
	return in->ipfix != NULL ? ipfix_file_counters(in->ipfix) : NULL;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	ipfix_file_free(in->ipfix);
	reader_free(in->reader);
	if (in->owned)
		close(in->fd); /* only read: nothing can be lost here */
	free(in);
}
