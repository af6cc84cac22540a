/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times the Parquet writer and reader on made-up flows, and counts the bytes of a row:
 *   bench_parquet [mixed|scan] [rows] [level] [file]
 * mixed: clients and servers, biflows; scan: floods and scans, nearly all of one packet.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/parquet_metadata.h"
#include "archive/parquet_reader.h"
#include "archive/parquet_writer.h"

struct prng {
	uint64_t state;
};

static uint64_t
next(struct prng *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t
below(struct prng *r, uint32_t n)
{
	return (uint32_t)(((next(r) >> 32) * n) >> 32);
}

static double
fraction(struct prng *r)
{
	return ((double)(next(r) >> 11) + 1) * 0x1p-53;
}

static uint32_t
scramble(uint32_t x)
{
	x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
	x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
	return x ^ x >> 16;
}

enum side { CLIENT, SERVER, STRANGER };

static struct address
make_address(bool six, enum side side, uint32_t id)
{
	static const uint8_t nets[][4] = { { 10, 0, 0, 0 }, { 198, 18, 0, 0 }, { 100, 64, 0, 0 } };
	static const uint32_t masks[] = { 0xffffff, 0x1ffff, 0x3fffff };
	uint32_t h = side == STRANGER ? id : scramble(id * 2 + (uint32_t)side + 77);
	uint32_t v = h & masks[side];
	struct address a = { .family = six ? 6 : 4 };

	if (!six) {
		memcpy(a.octets, nets[side], 4);
		for (int i = 0; i < 4; i++)
			a.octets[i] |= (uint8_t)(v >> (24 - 8 * i));
		return a;
	}
	memcpy(a.octets, (uint8_t[]){ 0x20, 1, 0xd, 0xb8, 0, (uint8_t)(5 + side), 0, (uint8_t)h }, 8);
	for (int i = 0; i < 4; i++) {
		a.octets[8 + i] = (uint8_t)(scramble(h) >> (24 - 8 * i));
		a.octets[12 + i] = (uint8_t)((side == STRANGER ? id : scramble(h + 1)) >> (24 - 8 * i));
	}
	return a;
}

struct made {
	struct prng r;
	double now; /* microseconds */
	double gap;
	int64_t frame;
	size_t row;
	struct table *t;
};

static void
set32(struct made *m, enum column_id id, uint32_t v)
{
	table_set_i32(m->t, id, m->row, (int32_t)v);
}

static void
set64(struct made *m, enum column_id id, int64_t v)
{
	table_set_i64(m->t, id, m->row, v);
}

static void
set_times(struct made *m, int64_t duration, int64_t packets)
{
	int64_t end = INT64_C(1700000100000000) + (int64_t)m->now;

	m->now -= m->gap * log(fraction(&m->r));
	m->frame += 1 + (below(&m->r, 3) == 0);
	set64(m, COLUMN_FLOW_START, end - duration);
	set64(m, COLUMN_FLOW_END, end);
	set64(m, COLUMN_FIRST_FRAME, m->frame - (packets > 1 ? (int64_t)below(&m->r, 100000) : 0));
}

static void
set_common(struct made *m, bool six, uint32_t protocol, uint32_t flags, uint32_t ttl)
{
	set32(m, COLUMN_PROTOCOL, protocol);
	set32(m, COLUMN_IP_VERSION, six ? 6 : 4);
	set32(m, COLUMN_TOS, 0);
	set32(m, COLUMN_TTL_MIN, ttl);
	set32(m, COLUMN_TTL_MAX, ttl);
	set32(m, COLUMN_END_REASON, 1);
	set32(m, COLUMN_INPUT, 0);
	table_set_mac(m->t, COLUMN_SRC_MAC, m->row, UINT64_C(0x02005e000001));
	table_set_mac(m->t, COLUMN_DST_MAC, m->row, UINT64_C(0x02005e000002));
	if (protocol == 6) {
		set32(m, COLUMN_TCP_FLAGS, flags);
		set32(m, COLUMN_INITIAL_TCP_FLAGS, 2);
	}
	if (below(&m->r, 100) < 8)
		set32(m, COLUMN_VLAN, 100 + below(&m->r, 10));
}

static void
set_ends(struct made *m, struct address src, struct address dst, uint32_t sport, uint32_t dport)
{
	table_set_address(m->t, COLUMN_SRC_IP, m->row, &src);
	table_set_address(m->t, COLUMN_DST_IP, m->row, &dst);
	set32(m, COLUMN_SRC_PORT, sport);
	set32(m, COLUMN_DST_PORT, dport);
}

static void
make_scan(struct made *m)
{
	struct prng *r = &m->r;
	bool six = fraction(r) < 0.15;
	double kind = fraction(r);
	uint32_t ttl = 40 + below(r, 80), packets = kind >= 0.45 && below(r, 10) == 0 ? 2 : 1;

	m->row = table_add_row(m->t);
	set_times(m, packets > 1 ? below(r, 4000) : 0, packets);
	set64(m, COLUMN_PACKETS, packets);
	if (kind < 0.45) {
		set_ends(m, make_address(six, STRANGER, (uint32_t)next(r)),
		    make_address(six, SERVER, below(r, 4)), 1024 + below(r, 64000), 443);
	} else if (kind < 0.75) {
		set_ends(m, make_address(six, CLIENT, below(r, 16)),
		    make_address(six, STRANGER, (uint32_t)next(r)), 40000 + below(r, 1000),
		    below(r, 2) ? 22 : 1 + below(r, 10000));
	} else {
		set_ends(m, make_address(six, STRANGER, (uint32_t)next(r)),
		    make_address(six, SERVER, below(r, 4)), below(r, 2) ? 123 : 389,
		    1024 + below(r, 60000));
	}
	set_common(m, six, kind < 0.75 ? 6 : 17, 2, ttl);
	set64(m, COLUMN_BYTES, packets * (kind < 0.75 ? 60 : 468 + 4 * below(r, 8)) + (six ? 20 : 0));
}

static void
make_mixed(struct made *m)
{
	static const uint16_t ports[] = { 443, 443, 443, 443, 443, 80, 80, 22, 25, 993, 8080, 3306 };
	struct prng *r = &m->r;
	bool six = fraction(r) < 0.15, dns = fraction(r) < 0.35;
	uint32_t server = dns ? below(r, 8) : (uint32_t)pow(20000, fraction(r));
	int64_t packets = dns ? 1 : 3 + (int64_t)(3 / pow(fraction(r), 0.8));
	int64_t back = dns ? 1 : packets + below(r, (uint32_t)packets);

	m->row = table_add_row(m->t);
	set_times(m, dns ? below(r, 30000) : (int64_t)(-5e6 * log(fraction(r))), packets);
	set_ends(m, make_address(six, CLIENT, below(r, 40000)), make_address(six, SERVER, server),
	    32768 + below(r, 28232), dns ? 53 : ports[below(r, 12)]);
	set_common(m, six, dns ? 17 : 6, below(r, 5) ? 0x1b : 0x1f, 64 - below(r, 3));
	set64(m, COLUMN_PACKETS, packets);
	set64(m, COLUMN_BYTES, dns ? 50 + below(r, 40) : packets * (60 + below(r, 300)));
	set64(m, COLUMN_REV_PACKETS, back);
	set64(m, COLUMN_REV_BYTES, dns ? 100 + below(r, 200) : back * (60 + below(r, 1400)));
	set32(m, COLUMN_REV_TOS, 0);
	if (!dns) {
		set32(m, COLUMN_REV_TCP_FLAGS, 0x1b);
		set32(m, COLUMN_REV_INITIAL_TCP_FLAGS, 0x12);
	}
}

struct memory {
	uint8_t *data;
	size_t len;
	size_t cap;
};

static enum status
keep(void *ctx, const void *data, size_t len, struct fault *f)
{
	struct memory *m = ctx;

	if (len > m->cap - m->len)
		return fault_set(f, STATUS_LIMIT, NULL, "the benchmark's buffer is full");
	memcpy(m->data + m->len, data, len);
	m->len += len;
	return STATUS_OK;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum status st, const struct fault *f)
{
	char text[1024];

	if (st == STATUS_OK)
		return;
	fault_print(f, text, sizeof text);
	fprintf(stderr, "%s\n", text);
	exit(1);
}

/* What each column takes, by the footer. */
static void
print_columns(const struct memory *m, size_t rows)
{
	size_t len = load_le32(m->data + m->len - 8);
	const uint8_t *data = m->data + m->len - 8 - len;
	struct parquet_chunk chunks[COLUMN_COUNT];
	int64_t bytes[COLUMN_COUNT] = { 0 };
	uint32_t encodings[COLUMN_COUNT] = { 0 };
	struct parquet_footer footer;
	struct fault f = { 0 };

	must(parquet_footer_get(data, len, &footer, "memory", &f), &f);
	for (size_t g = 0; g < footer.group_count; g++) {
		struct parquet_group group = { .count = COLUMN_COUNT, .chunks = chunks };

		if (!parquet_group_get(data, len, footer.groups[g], &group))
			exit(1);
		for (size_t i = 0; i < COLUMN_COUNT; i++) {
			bytes[i] += chunks[i].compressed;
			encodings[i] |= chunks[i].encodings;
		}
	}
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (bytes[i] > 64 * (int64_t)footer.group_count)
			printf("  %-22s %7.3f  %03x\n", column_infos[i].name,
			    (double)bytes[i] / (double)rows, (unsigned)encodings[i]);
	}
	printf("  footer %zu\n", len);
	parquet_footer_free(&footer);
}

static double
write_all(const char *mix, size_t rows, int level, struct memory *out)
{
	struct parquet_writer_options o = { .level = level, .build = "bench" };
	struct sink sink = { keep, out };
	struct made m = { .r = { 42 }, .gap = strcmp(mix, "scan") == 0 ? 5 : 40 };
	struct parquet_writer *w = NULL;
	struct fault f = { 0 };
	double spent = 0, start;

	must(table_open(TABLE_ROWS, &m.t, &f), &f);
	must(parquet_writer_open(&o, &sink, &w, &f), &f);
	for (size_t done = 0; done < rows; done += m.t->rows) {
		table_reset(m.t);
		while (!table_full(m.t) && done + m.t->rows < rows) {
			if (strcmp(mix, "scan") == 0)
				make_scan(&m);
			else
				make_mixed(&m);
		}
		start = seconds();
		must(parquet_writer_put(w, m.t, &f), &f);
		spent += seconds() - start;
	}
	must(parquet_writer_finish(w, &f), &f);
	parquet_writer_free(w);
	table_free(m.t);
	return spent;
}

static enum status
read_memory(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct memory *m = ctx;

	if (offset > m->len || len > m->len - offset)
		return fault_set(f, STATUS_TRUNCATED, "memory", "read behind the end");
	memcpy(data, m->data + offset, len);
	return STATUS_OK;
}

/* Reads the wanted columns of all rows; the seconds that it took. */
static double
read_all(struct memory *m, struct column_set wanted, size_t rows)
{
	struct parquet_input in = { .read_at = read_memory, .ctx = m, .size = m->len,
		.name = "memory" };
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };
	struct table *t;
	double start;
	size_t seen = 0;

	must(table_open(TABLE_ROWS, &t, &f), &f);
	must(parquet_reader_open(&in, &r, &f), &f);
	start = seconds();
	for (size_t g = 0; g < parquet_reader_groups(r); g++) {
		uint64_t row = 0;
		enum status st;

		while ((st = parquet_reader_read(r, g, &row, &wanted, t, &f)) == STATUS_OK)
			seen += t->rows;
		must(st == STATUS_END ? STATUS_OK : st, &f);
	}
	start = seconds() - start;
	parquet_reader_free(r);
	table_free(t);
	if (seen != rows)
		exit(1);
	return start;
}

int
main(int argc, char **argv)
{
	const char *mix = argc > 1 ? argv[1] : "mixed";
	size_t rows = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
	struct memory m = { .cap = rows * 100 + (1 << 20) };
	struct column_set few = { { 0 } };
	double spent;

	m.data = malloc(m.cap);
	if (m.data == NULL)
		return 1;
	memset(m.data, 0, m.cap);
	spent = write_all(mix, rows, argc > 3 ? atoi(argv[3]) : 0, &m);
	print_columns(&m, rows);
	printf("%s: %zu rows, %.2f bytes/row, write %.0f ns/row\n", mix, rows,
	    (double)m.len / (double)rows, spent / (double)rows * 1e9);
	spent = read_all(&m, column_set_all(), rows);
	column_set_add(&few, COLUMN_SRC_IP);
	column_set_add(&few, COLUMN_BYTES);
	printf("read %.0f ns/row, of two columns %.0f ns/row\n", spent / (double)rows * 1e9,
	    read_all(&m, few, rows) / (double)rows * 1e9);
	if (argc > 4) {
		FILE *out = fopen(argv[4], "wb");

		if (out == NULL || fwrite(m.data, 1, m.len, out) != m.len || fclose(out) != 0)
			return 1;
	}
	free(m.data);
	return 0;
}
