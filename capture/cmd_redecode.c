/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_redecode.h"

#include <stdlib.h>
#include <unistd.h>

#include "archive/datagrams.h"
#include "archive/flowlog.h"
#include "archive/messages.h"
#include "base/file.h"
#include "capture/collector.h"
#include "capture/exporters_json.h"

/* A record has an octet at least. */
enum { LATE_OFFSETS_MAX = 65536 };

struct source {
	const char *path;
	int fd;
};

struct redecoding {
	const struct derive_task *task;
	bool rowless; /* what comes gives no rows */
	struct derive_counts counts;
	struct collector *collector;
	const struct derive_late *late; /* what is left of the task's */
	size_t late_count;
	uint64_t segment; /* that is read for them */
	uint64_t offsets[LATE_OFFSETS_MAX];
};

static enum status
emit(void *ctx, struct table **t, struct fault *f)
{
	struct redecoding *r = ctx;
	enum status st = r->rowless ? STATUS_OK : r->task->take(r->task->take_ctx, *t, f);

	table_reset(*t);
	return st;
}

static enum status
read_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct source *r = ctx;

	return file_read_at(r->fd, data, len, offset, r->path, f);
}

enum status
redecode_put(struct collector *c, const struct reader_datagram *r, struct fault *f)
{
	struct datagram d = { .received = r->received, .data = r->data, .len = r->len, .src = r->src,
		.dst = r->dst, .src_port = r->src_port, .dst_port = r->dst_port,
		.number = r->carried ? r->came_number : r->number,
		.set = r->carried ? (size_t)r->came_set : 0, .listed = r->carried,
		.records = r->records, .record_count = r->record_count };

	return r->carried ? collector_put_carried(c, &d, r->came_segment, r->inherited, f)
	                  : collector_put(c, &d, f);
}

/* Calls put for each datagram of a file. */
static enum status
read_file(const char *path, enum status (*put)(void *ctx, const struct reader_datagram *d,
    struct fault *f), void *ctx, struct fault *f)
{
	struct source r = { path, -1 };
	struct frames_input in = { .read_at = read_at, .ctx = &r, .name = path };
	struct reader_datagram d = { .received = 0 };
	struct datagrams *list = NULL;
	struct stat facts;
	enum status st = file_open_regular(path, &r.fd, &facts, f);

	if (st != STATUS_OK)
		return st;
	in.size = (uint64_t)facts.st_size;
	st = datagrams_open(&in, &list, f);
	while (st == STATUS_OK && (st = datagrams_next(list, &d, f)) == STATUS_OK)
		st = put(ctx, &d, f);
	datagrams_free(list);
	(void)close(r.fd);
	return st == STATUS_END ? STATUS_OK : st;
}

static enum status
put_own(void *ctx, const struct reader_datagram *d, struct fault *f)
{
	struct redecoding *r = ctx;

	if (d->carried)
		r->counts.carried++;
	else
		r->counts.datagrams++;
	return redecode_put(r->collector, d, f);
}

/* Those of an earlier segment: d's number is looked for in what is left of the list. */
static enum status
put_earlier(void *ctx, const struct reader_datagram *d, struct fault *f)
{
	struct redecoding *r = ctx;
	const struct derive_late *at = r->late;
	struct datagram g = { .received = d->received, .data = d->data, .len = d->len, .src = d->src,
		.dst = d->dst, .src_port = d->src_port, .dst_port = d->dst_port, .number = d->number };
	size_t count = 0;

	while (r->late_count > 0 && !d->carried && at->segment == r->segment && at->datagram < d->number) {
		r->late = ++at; /* a number that no datagram has */
		r->late_count--;
	}
	while (r->late_count > 0 && !d->carried && r->late->segment == r->segment &&
	    r->late->datagram == d->number) {
		if (count < LATE_OFFSETS_MAX)
			r->offsets[count++] = r->late->offset;
		r->late++;
		r->late_count--;
	}
	return count == 0 ? STATUS_OK
	                  : collector_put_late(r->collector, &g, r->segment, r->offsets, count, f);
}

static enum status
put_late(struct redecoding *r, struct fault *f)
{
	enum status st = STATUS_OK;

	while (r->late_count > 0 && st == STATUS_OK) {
		r->segment = r->late->segment;
		st = read_file(r->late->path, put_earlier, r, f);
		while (r->late_count > 0 && r->late->segment == r->segment) {
			r->late++;
			r->late_count--;
		}
	}
	return st;
}

/* One of a session, or that it is over; restated templates are in force already. */
static enum status
put_message(struct redecoding *r, const struct messagemark *m, struct fault *f)
{
	switch (m->kind) {
	case MESSAGEMARK_ENDED:
		(void)collector_end(r->collector, &m->way);
		return STATUS_OK;
	case MESSAGEMARK_CARRIED:
		r->counts.messages_carried++;
		return collector_put_carried(r->collector, &m->way, m->segment, false, f);
	case MESSAGEMARK_RESTATED:
		return collector_put_carried(r->collector, &m->way, r->task->sequence, false, f);
	case MESSAGEMARK_RECEIVED:
		r->counts.messages++;
		break;
	}
	return collector_put(r->collector, &m->way, f);
}

static enum status
put_messages(struct redecoding *r, struct fault *f)
{
	struct source from = { r->task->messages, -1 };
	struct frames_input in = { .read_at = read_at, .ctx = &from, .name = from.path };
	struct messages *list = NULL;
	struct messagemark m;
	struct stat facts;
	enum status st;

	if (from.path == NULL)
		return STATUS_OK;
	st = file_open_regular(from.path, &from.fd, &facts, f);
	if (st != STATUS_OK)
		return st;
	in.size = (uint64_t)facts.st_size;
	st = messages_open(&in, &list, f);
	while (st == STATUS_OK && (st = messages_next(list, &m, f)) == STATUS_OK)
		st = put_message(r, &m, f);
	messages_free(list);
	(void)close(from.fd);
	return st == STATUS_END ? STATUS_OK : st;
}

enum status
redecode_derive(void *ctx, const struct derive_task *task, struct derive_counts *out,
    struct fault *f)
{
	const uint64_t *seed = ctx;
	struct redecoding *r = calloc(1, sizeof *r);
	enum status st;

	if (r == NULL)
		return fault_memory(f);
	r->task = task;
	r->late = task->late;
	r->late_count = task->late_count;
	st = collector_open(FLOWLOG_GROUP, *seed, emit, r, &r->collector, f);
	if (st == STATUS_OK) {
		collector_segment(r->collector, task->sequence);
		st = put_late(r, f);
	}
	if (st == STATUS_OK && task->datagrams != NULL)
		st = read_file(task->datagrams, put_own, r, f);
	if (st == STATUS_OK)
		st = put_messages(r, f);
	if (st == STATUS_OK)
		st = collector_flush(r->collector, f);
	*out = r->counts;
	collector_free(r->collector);
	free(r);
	return st;
}

/* The ledger of all that is kept; where messages cannot be read, that of a part would be wrong. */
static void
tell_ledger(struct redecoding *r, struct buf *ledger)
{
	struct fault why = { .status = STATUS_OK };
	struct exporters_sum sum;

	r->rowless = true;
	if (put_messages(r, &why) == STATUS_OK && collector_flush(r->collector, &why) == STATUS_OK)
		exporters_json_file(collector_exporters(r->collector), true, ledger, &sum);
}

enum status
redecode(const struct writer_kept *kept, table_consume take, void *take_ctx, struct buf *ledger,
    struct fault *f)
{
	const struct derive_task task = { .datagrams = kept->datagrams, .messages = kept->messages,
		.sequence = kept->sequence, .take = take, .take_ctx = take_ctx };
	struct redecoding *r = calloc(1, sizeof *r);
	enum status st;

	if (r == NULL)
		return fault_memory(f);
	r->task = &task;
	/* the seed changes nothing that comes out */
	st = collector_open(FLOWLOG_GROUP, kept->sequence, emit, r, &r->collector, f);
	if (st == STATUS_OK)
		collector_segment(r->collector, kept->sequence);
	if (st == STATUS_OK && kept->datagrams != NULL)
		st = read_file(kept->datagrams, put_own, r, f);
	if (st == STATUS_OK)
		st = collector_flush(r->collector, f);
	if (st == STATUS_OK)
		tell_ledger(r, ledger);
	if (st == STATUS_OK && ledger->failed)
		st = fault_memory(f);
	collector_free(r->collector);
	free(r);
	return st;
}
