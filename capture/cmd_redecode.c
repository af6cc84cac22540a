/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_redecode.h"

#include <unistd.h>

#include "archive/datagrams.h"
#include "archive/flowlog.h"
#include "base/file.h"
#include "capture/collector.h"

struct redecoding {
	const char *path;
	int fd;
	table_consume take;
	void *ctx;
};

static enum status
emit(void *ctx, struct table **t, struct fault *f)
{
	struct redecoding *r = ctx;
	enum status st = r->take(r->ctx, *t, f);

	table_reset(*t);
	return st;
}

static enum status
read_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct redecoding *r = ctx;

	return file_read_at(r->fd, data, len, offset, r->path, f);
}

enum status
redecode_put(struct collector *c, const struct reader_datagram *r, struct fault *f)
{
	struct datagram d = { .received = r->received, .data = r->data, .len = r->len, .src = r->src,
		.dst = r->dst, .src_port = r->src_port, .dst_port = r->dst_port,
		.number = r->carried ? r->came_number : r->number };

	return r->carried ? collector_put_carried(c, &d, r->came_segment, r->inherited, f)
	                  : collector_put(c, &d, f);
}

static enum status
put_all(struct collector *c, struct datagrams *list, struct fault *f)
{
	struct reader_datagram d = { .received = 0 };
	enum status st;

	while ((st = datagrams_next(list, &d, f)) == STATUS_OK) {
		st = redecode_put(c, &d, f);
		if (st != STATUS_OK)
			return st;
	}
	return st == STATUS_END ? collector_flush(c, f) : st;
}

enum status
redecode(const char *path, uint64_t sequence, table_consume take, void *take_ctx, struct fault *f)
{
	struct redecoding r = { path, -1, take, take_ctx };
	struct datagrams_input in = { .read_at = read_at, .ctx = &r, .name = path };
	struct collector *c = NULL;
	struct datagrams *list = NULL;
	struct stat facts;
	enum status st = file_open_regular(path, &r.fd, &facts, f);

	if (st != STATUS_OK)
		return st;
	in.size = (uint64_t)facts.st_size;
	st = datagrams_open(&in, &list, f);
	if (st == STATUS_OK) /* the seed changes nothing that comes out */
		st = collector_open(FLOWLOG_GROUP, sequence, emit, &r, &c, f);
	if (st == STATUS_OK) {
		collector_segment(c, sequence);
		st = put_all(c, list, f);
	}
	collector_free(c);
	datagrams_free(list);
	(void)close(r.fd);
	return st;
}
