/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/ipfix_file.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "flow/ipfix_decode.h"
#include "flow/row_decode.h"

struct ipfix_file {
	struct ipfix_source source;
	struct template_set *templates;
	struct row_decoder *decoder;
	struct decode_counters counters;
	struct ipfix_message message;
	bool in_message;
	uint64_t offset;    /* of the message in octets[] */
	size_t len;
	struct fault fault; /* met while there were rows to give */
	uint8_t octets[IPFIX_MESSAGE_MAX];
};

bool
ipfix_file_probe(const void *data, size_t len)
{
	struct cursor c = cursor_over(data, len);
	uint16_t version = cursor_be16(&c);
	uint16_t size = cursor_be16(&c);

	return cursor_ok(&c) && version == DIALECT_IPFIX && size >= IPFIX_HEADER_SIZE;
}

enum status
ipfix_file_open(const struct ipfix_source *source, struct ipfix_file **out, struct fault *f)
{
	struct ipfix_file *file = calloc(1, sizeof *file);
	enum status st;

	if (file == NULL)
		return fault_memory(f);
	file->source = *source;
	st = template_set_open(&file->templates, f);
	if (st == STATUS_OK)
		st = row_decoder_open(&file->decoder, f);
	if (st != STATUS_OK) {
		ipfix_file_free(file);
		return st;
	}
	*out = file;
	return STATUS_OK;
}

void
ipfix_file_free(struct ipfix_file *file)
{
	if (file == NULL)
		return;
	template_set_free(file->templates);
	row_decoder_free(file->decoder);
	free(file);
}

const struct decode_counters *
ipfix_file_counters(const struct ipfix_file *file)
{
	return &file->counters;
}

/* Reads until len octets of the message are there. */
static enum status
fill(struct ipfix_file *file, size_t len, struct fault *f)
{
	while (file->len < len) {
		size_t got = 0;
		enum status st = file->source.read(file->source.ctx, file->octets + file->len,
		    len - file->len, &got, f);

		if (st != STATUS_OK)
			return st;
		if (got == 0)
			return file->len == 0
			    ? STATUS_END
			    : fault_at(f, STATUS_TRUNCATED, file->source.name, file->offset,
				  "the message is cut after %zu octets", file->len);
		file->len += got;
	}
	return STATUS_OK;
}

static enum status
next_message(struct ipfix_file *file, struct fault *f)
{
	enum status st;

	file->offset += file->len;
	file->len = 0;
	st = fill(file, IPFIX_PROBE_SIZE, f);
	if (st != STATUS_OK)
		return st;
	if (!ipfix_file_probe(file->octets, file->len))
		return fault_at(f, STATUS_MALFORMED, file->source.name, file->offset,
		    "no IPFIX message begins here");
	st = fill(file, load_be16(file->octets + 2), f);
	if (st != STATUS_OK)
		return st;
	file->in_message = ipfix_message_open(&file->message, file->octets, file->len,
	    file->templates, &file->counters);
	return STATUS_OK;
}

/* Rows of the present message; false when it has no more. */
static bool
take_rows(struct ipfix_file *file, struct table *t)
{
	struct row_origin origin = { .header = &file->message.header, .templates = file->templates };
	struct record_run run;

	while (file->in_message && !table_full(t)) {
		if (ipfix_message_run(&file->message, t->capacity - t->rows, &run))
			row_decode_run(file->decoder, &run, &origin, t);
		else
			file->in_message = false;
	}
	return file->in_message;
}

enum status
ipfix_file_next(struct ipfix_file *file, struct table *t, struct fault *f)
{
	enum status st = file->fault.status;

	table_reset(t);
	while (st == STATUS_OK && !take_rows(file, t))
		st = next_message(file, &file->fault);
	if (t->failed)
		return fault_memory(f);
	if (t->rows > 0)
		return STATUS_OK; /* a fault is told next time */
	if (st == STATUS_END)
		return st;
	if (f != NULL && f->status == STATUS_OK)
		*f = file->fault;
	return st;
}

struct ipfix_writer {
	struct sink sink;
	struct packer *packer;
};

static enum status
write_message(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct ipfix_writer *w = ctx;

	(void)records;
	return sink_write(&w->sink, data, len, f);
}

enum status
ipfix_writer_open(const struct ipfix_writer_options *o, const struct sink *sink,
    struct ipfix_writer **out, struct fault *f)
{
	const struct pack_options pack = { .format = PACK_IPFIX, .max_octets = PACK_MESSAGE_MAX,
		.domain = o->domain, .precise = !o->milliseconds };
	struct ipfix_writer *w = calloc(1, sizeof *w);
	enum status st;

	if (w == NULL)
		return fault_memory(f);
	w->sink = *sink;
	st = pack_open(&pack, write_message, w, &w->packer, f);
	if (st != STATUS_OK) {
		free(w);
		return st;
	}
	*out = w;
	return STATUS_OK;
}

enum status
ipfix_writer_put(struct ipfix_writer *w, const struct table *t, struct fault *f)
{
	return pack_put(w->packer, t, NULL, f);
}

enum status
ipfix_writer_finish(struct ipfix_writer *w, struct fault *f)
{
	uint8_t header[IPFIX_HEADER_SIZE] = { 0, DIALECT_IPFIX, 0, IPFIX_HEADER_SIZE };
	enum status st = pack_flush(w->packer, f);

	/* without flows, one message without sets says what the file is */
	if (st == STATUS_OK && pack_stats(w->packer)->messages == 0)
		st = sink_write(&w->sink, header, sizeof header, f);
	return st;
}

const struct pack_stats *
ipfix_writer_stats(const struct ipfix_writer *w)
{
	return pack_stats(w->packer);
}

void
ipfix_writer_free(struct ipfix_writer *w)
{
	if (w == NULL)
		return;
	pack_free(w->packer);
	free(w);
}
