/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A live writer without a network: rows through the writer's journal, in segments.
 *     liver STATE ARCHIVE FIRST COUNT ROWS DURABLE SEGMENT [close] [kept] [pace] [wait] [memory]
 * Writes COUNT rows from the number FIRST on, which stands in each row's column `first_frame`,
 * ROWS at a time, makes them durable after each DURABLE puts, and rotates after each SEGMENT of
 * these.  `kept`: octets go into a file of the segment too.  `pace`: it sleeps a little between
 * puts.  `wait`: for each seal, so that the order of all calls is always the same.  `memory`: keys
 * are kept there, and nobody can go on with the archive but another one.
 * For each that is durable it says so on stdout, before it goes on: "durable NUMBER SEQUENCE"
 * (all rows below NUMBER), and "sealed SEQUENCE MANIFEST-SHA256"; "early" where a full disk made
 * it seal before its time.  Exit 0, else 1 and why.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/writer.h"
#include "base/clock.h"

enum { ROWS_MAX = 4096, PACKET_OCTETS = 60, IP_OCTETS = 46 };

struct live {
	struct writer *w;
	struct table *t;
	struct segment_facts facts;
	struct facts_option option;
	uint64_t at; /* the next row's number */
	uint64_t sequence;
	bool kept;
	bool pace;
	bool wait;
	bool memory;
};

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)fprintf(stderr, "%s\n", text);
}

/* Said before anything else happens: what a reader of the pipe has seen is true. */
static void
say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) != (ssize_t)strlen(text))
		exit(1);
}

static void
fill_row(struct table *t, uint64_t n)
{
	size_t row = table_add_row(t);
	struct address a = { { 10, 0, (uint8_t)(n >> 8), (uint8_t)n }, 4 };

	table_set_i64(t, COLUMN_FLOW_START, row, 1000 * (int64_t)n);
	table_set_i64(t, COLUMN_FLOW_END, row, 1000 * (int64_t)n + 500);
	table_set_i64(t, COLUMN_FIRST_FRAME, row, (int64_t)n);
	table_set_i64(t, COLUMN_PACKETS, row, 1);
	table_set_i64(t, COLUMN_BYTES, row, IP_OCTETS);
	table_set_address(t, COLUMN_SRC_IP, row, &a);
	if (n % 3 == 0)
		table_set_i32(t, COLUMN_PROTOCOL, row, 17);
	if (n % 5 == 0)
		table_set_bytes(t, COLUMN_DNS_QUERY, row, "example.org", 11);
}

/* One packet a flow. */
static void
account(struct live *l, uint64_t rows)
{
	struct accounting *a = &l->facts.accounting;

	a->read.packets += rows;
	a->read.wire_bytes += PACKET_OCTETS * rows;
	a->metered = a->read;
	a->metered_sum.flows += rows;
	a->metered_sum.packets += rows;
	a->metered_sum.ip_bytes += IP_OCTETS * rows;
	a->emitted = a->metered_sum;
	l->facts.to = 1000000 * (int64_t)l->at;
}

static enum status
put(struct live *l, uint64_t rows, struct fault *f)
{
	char octets[64];
	enum status rc;

	table_reset(l->t);
	for (uint64_t i = 0; i < rows; i++)
		fill_row(l->t, l->at + i);
	rc = writer_put(l->w, l->t, f);
	if (rc == STATUS_OK && l->kept) {
		int n = snprintf(octets, sizeof octets, "rows from %" PRIu64 "\n", l->at);

		rc = writer_append(l->w, "octets.txt", octets, (size_t)n, f);
	}
	l->at += rows;
	account(l, rows);
	return rc;
}

static enum status
say_sealed(struct live *l, bool wait, struct fault *f)
{
	struct receipt r;
	char text[128];
	enum status rc;

	while ((rc = writer_sealed(l->w, wait, &r, f)) == STATUS_OK) {
		(void)snprintf(text, sizeof text, "sealed %" PRIu64 " %s\n", r.sequence,
		    r.manifest_sha256);
		say(text);
	}
	return rc == STATUS_ABSENT ? STATUS_OK : rc;
}

static void
say_durable(const struct live *l)
{
	char text[64];

	(void)snprintf(text, sizeof text, "durable %" PRIu64 " %" PRIu64 "\n", l->at, l->sequence);
	say(text);
}

static enum status
rotate(struct live *l, struct fault *f)
{
	enum status rc = writer_rotate(l->w, &l->facts, 1000000 * (int64_t)l->at, f);

	memset(&l->facts.accounting, 0, sizeof l->facts.accounting);
	l->facts.from = l->facts.to = 1000000 * (int64_t)l->at;
	l->sequence++;
	return rc == STATUS_OK ? say_sealed(l, l->wait, f) : rc;
}

static enum status
run(struct live *l, uint64_t count, uint64_t rows, uint64_t durable, uint64_t segment,
    struct fault *f)
{
	const struct timespec nap = { 0, 200000 };
	uint64_t end = l->at + count;
	enum status rc = STATUS_OK;

	for (uint64_t puts = 1; rc == STATUS_OK && l->at < end; puts++) {
		rc = put(l, end - l->at < rows ? end - l->at : rows, f);
		if (rc == STATUS_OK && puts % durable == 0) {
			rc = writer_durable(l->w, &l->facts, f);
			if (rc == STATUS_OK || rc == STATUS_LIMIT)
				say_durable(l);
		}
		if (rc == STATUS_OK && puts % (durable * segment) == 0 && l->at < end)
			rc = rotate(l, f);
		if (l->pace)
			(void)nanosleep(&nap, NULL);
	}
	return rc;
}

static enum status
finish(struct live *l, bool close_archive, struct fault *f)
{
	struct receipt r;
	char text[128];
	enum status rc = writer_seal(l->w, &l->facts, close_archive, &r, f);

	if (rc == STATUS_OK)
		rc = say_sealed(l, true, f);
	if (rc != STATUS_OK)
		return rc;
	(void)snprintf(text, sizeof text, "sealed %" PRIu64 " %s\n", r.sequence, r.manifest_sha256);
	say(text);
	return rc;
}

static enum status
begin(struct live *l, const char *state, const char *archive, struct fault *f)
{
	const struct writer_options o = { .archive = archive, .state = state, .layout = 1,
		.now = clock_wall_nanos, .keys_in_memory = l->memory };
	struct receipt r;
	enum status rc = table_open(ROWS_MAX, &l->t, f);

	l->option = (struct facts_option) { "driver", "liver" };
	l->facts = (struct segment_facts) { .source = "interface", .options = &l->option,
		.option_count = 1, .from = 1000000 * (int64_t)l->at, .to = 1000000 * (int64_t)l->at };
	if (rc == STATUS_OK)
		rc = writer_open(&o, notice, NULL, &l->w, f);
	if (rc != STATUS_OK)
		return rc;
	writer_receipt(l->w, &r);
	l->sequence = r.sequence + 1;
	return writer_begin_live(l->w, l->facts.from, &l->facts, f);
}

static bool
has(char **words, const char *word)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct live l = { .at = 0 };
	struct fault f = { 0 };
	struct fault late = { 0 };
	char text[1024];
	enum status rc;

	if (argc < 8)
		return 2;
	l.at = strtoull(argv[3], NULL, 10);
	l.kept = has(argv + 8, "kept");
	l.pace = has(argv + 8, "pace");
	l.wait = has(argv + 8, "wait");
	l.memory = has(argv + 8, "memory");
	rc = begin(&l, argv[1], argv[2], &f);
	if (rc == STATUS_OK)
		rc = run(&l, strtoull(argv[4], NULL, 10), strtoull(argv[5], NULL, 10),
		    strtoull(argv[6], NULL, 10), strtoull(argv[7], NULL, 10), &f);
	/* A disk without room for more: what there is can be sealed. */
	if (rc == STATUS_OK || rc == STATUS_LIMIT) {
		bool full = rc == STATUS_LIMIT;

		rc = finish(&l, has(argv + 8, "close"), full ? &late : &f);
		if (full && rc == STATUS_OK)
			say("early\n");
		rc = full ? STATUS_LIMIT : rc;
	}
	writer_free(l.w);
	table_free(l.t);
	if (rc == STATUS_OK)
		return 0;
	fault_print(&f, text, sizeof text);
	(void)fprintf(stderr, "liver: %s\n", text);
	return 1;
}
