/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Honest archives by the thousand: honest COUNT SEED.  Each is written by a process of its own with
 * a clock that steps (to 1970, 2038, 2106, across a leap second, backwards), in an odd locale and
 * time zone, with keys in files or in memory, from tables or live, closed or not; every second one
 * is killed at a random write, fsync, rename or unlink, some again while they recover.  After each
 * step the archive is verified: nothing that happens to an honest one may condemn it.
 * The last line has the figures; exit 1 where any was refused.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "archive/anchor.h"
#include "archive/writer.h"
#include "base/log.h"
#include "tests/tamper/image.h"

enum { KILLED = 9, NO_KEY = 10, CLOSED = 11, FAILED = 12, ROWS_MAX = 12, CALLS = 160, SIMPLE_SEGMENTS = 3 };

/* The writing process alone uses these. */
static struct {
	uint64_t seed;
	_Atomic int64_t now;
	atomic_long left; /* calls until it is killed; 0: never */
} child;

static void
step(void)
{
	if (child.left > 0 && --child.left == 0)
		_exit(KILLED);
}

/* These stand before the C library's. */
ssize_t
write(int fd, const void *data, size_t len)
{
	step();
	return (ssize_t)syscall(SYS_write, fd, data, len);
}

int
fsync(int fd)
{
	step();
	return (int)syscall(SYS_fsync, fd);
}

int
renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	step();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int
rename(const char *from, const char *to)
{
	step();
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlink(const char *path)
{
	step();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* Seconds at which clocks and programs break. */
static const int64_t odd_times[] = { 0, 1, -1, -86400, 951782400, 1435708799, 1483228799, 1483228800,
	1763884800, 1795434097, 2147483647, 2147483648, 4294967295, 4294967296, 9214646400, -9223372036 };

static int64_t
odd_time(uint64_t *seed)
{
	return odd_times[random_below(seed, ARRAY_LEN(odd_times))] * 1000000000 +
	    (int64_t)random_below(seed, 1000000000);
}

/* Now and then it is another century. */
static int64_t
stepping_clock(void)
{
	if (random_below(&child.seed, 8) == 0)
		child.now = odd_time(&child.seed);
	child.now += 1000;
	return child.now;
}

/* An NTP daemon comes and goes. */
static const char *
odd_clock_state(void)
{
	static const char *const states[] = { "synchronised", "unsynchronised", "unknown" };

	return states[(uint64_t)child.now / 1000 % 3];
}

static void
odd_place(uint64_t *seed)
{
	static const char *const locales[] = { "C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8",
		"ar_EG.UTF-8", "fa_IR", "ja_JP.eucJP", "en_US.ISO-8859-1", "xx_XX", "" };
	static const char *const zones[] = { "UTC", "Asia/Kathmandu", "America/St_Johns",
		"Pacific/Kiritimati", "right/UTC", "XXX25:59:59", "", ":/nothing" };

	(void)setenv("LC_ALL", locales[random_below(seed, ARRAY_LEN(locales))], 1);
	(void)setenv("TZ", zones[random_below(seed, ARRAY_LEN(zones))], 1);
	(void)setlocale(LC_ALL, "");
	tzset();
}

static void
fill_table(struct table *t, uint64_t *seed, size_t rows)
{
	table_reset(t);
	for (size_t i = 0; i < rows; i++) {
		size_t row = table_add_row(t);
		int64_t at = odd_time(seed) / 1000;

		table_set_i64(t, COLUMN_FLOW_START, row, at);
		table_set_i64(t, COLUMN_FLOW_END, row, at + 5);
		table_set_i64(t, COLUMN_PACKETS, row, 1);
		table_set_i64(t, COLUMN_BYTES, row, 46);
	}
}

/* One packet a flow. */
static void
account(struct segment_facts *facts, size_t rows)
{
	struct accounting *a = &facts->accounting;

	a->read.packets += rows;
	a->read.wire_bytes += 60 * rows;
	a->metered = a->read;
	a->metered_sum.flows += rows;
	a->metered_sum.packets += rows;
	a->metered_sum.ip_bytes += 46 * rows;
	a->emitted = a->metered_sum;
}

static enum status
put(struct writer *w, struct table *t, struct segment_facts *facts, struct fault *f)
{
	size_t rows = random_below(&child.seed, ROWS_MAX);

	fill_table(t, &child.seed, rows);
	account(facts, rows);
	return writer_put(w, t, f);
}

static enum status
write_simple(struct writer *w, struct table *t, bool close, struct fault *f)
{
	size_t segments = 1 + random_below(&child.seed, SIMPLE_SEGMENTS);
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < segments && rc == STATUS_OK; i++) {
		struct segment_facts facts = { .source = "files",
			.interrupted = random_below(&child.seed, 9) == 0 };

		rc = writer_begin(w, odd_time(&child.seed), f);
		if (rc == STATUS_OK)
			rc = put(w, t, &facts, f);
		if (rc == STATUS_OK)
			rc = writer_seal(w, &facts, close && i + 1 == segments, NULL, f);
	}
	return rc;
}

static enum status
write_live(struct writer *w, struct table *t, bool close, struct fault *f)
{
	struct segment_facts facts = { .source = "interface" };
	enum status rc = writer_begin_live(w, odd_time(&child.seed), &facts, f);

	for (size_t i = random_below(&child.seed, 5); i > 0 && rc == STATUS_OK; i--) {
		rc = put(w, t, &facts, f);
		if (rc == STATUS_OK)
			rc = writer_durable(w, &facts, f);
		if (rc == STATUS_OK && random_below(&child.seed, 3) == 0) {
			rc = writer_rotate(w, &facts, odd_time(&child.seed), f);
			memset(&facts.accounting, 0, sizeof facts.accounting);
		}
	}
	return rc == STATUS_OK ? writer_seal(w, &facts, close, NULL, f) : rc;
}

struct plan {
	uint64_t seed;
	const char *archive, *state, *continues;
	bool in_memory, live, close;
	long kill_at; /* 0: not */
};

static enum status
write_all(const struct plan *p, struct fault *f)
{
	struct writer_options o = { .archive = p->archive, .state = p->state,
		.layout = (int)random_below(&child.seed, 9), .keys_in_memory = p->in_memory,
		.continues = p->continues, .now = stepping_clock,
		.clock_state = odd_clock_state, .version = "0", .build = "honest" };
	struct table *t = NULL;
	struct writer *w = NULL;
	enum status rc;

	rc = table_open(ROWS_MAX, &t, f);
	if (rc == STATUS_OK)
		rc = writer_open(&o, NULL, NULL, &w, f);
	if (rc == STATUS_OK)
		rc = (p->live ? write_live : write_simple)(w, t, p->close || p->in_memory, f);
	writer_free(w);
	table_free(t);
	return rc;
}

/* In a process of its own; its exit status. */
static int
run_writer(const struct plan *p)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct fault f = { .status = STATUS_OK };
		char text[1024];
		enum status rc;

		child.seed = p->seed;
		child.now = odd_time(&child.seed);
		odd_place(&child.seed);
		child.left = p->kill_at;
		rc = write_all(p, &f);
		child.left = 0;
		fault_print(&f, text, sizeof text);
		if (rc != STATUS_OK && rc != STATUS_KEY && rc != STATUS_EXISTS)
			printf("%s: %s\n", p->archive, text);
		fflush(stdout);
		_exit(rc == STATUS_OK ? 0 : rc == STATUS_KEY ? NO_KEY : rc == STATUS_EXISTS ? CLOSED : FAILED);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

struct figures {
	uint64_t archives, checks, kills, refused;
};

/* As this machine remembers it.  After a kill what lies behind the remembered head may be new. */
static void
check_honest(const struct plan *p, bool killed, struct figures *n)
{
	struct check_options o = { .archive = p->archive, .state = p->state, .threads = 1 };
	struct result r = { .count = 0 };
	char genesis[FILE_PATH_MAX];

	assert_int_equal(file_join(genesis, p->archive, "genesis.json", NULL), STATUS_OK);
	if (!file_exists(genesis))
		return;
	n->checks++;
	assert_int_equal(check_archive(&o, &r, NULL), STATUS_OK);
	if (r.verdict != VERDICT_VERIFIED && !(killed && r.verdict == VERDICT_UNANCHORED)) {
		n->refused++;
		printf("seed %llu%s: %s\n", (unsigned long long)p->seed, killed ? ", killed" : "",
		    verdict_name(r.verdict));
		for (size_t i = 0; i < r.count; i++)
			for (size_t k = 0; k < r.segments[i].findings.count; k++)
				printf("  %llu %s %s: %s\n", (unsigned long long)r.segments[i].sequence,
				    finding_name(r.segments[i].findings.list[k].code),
				    r.segments[i].findings.list[k].file, r.segments[i].findings.list[k].text);
	}
	result_free(&r);
}

/* A run after one that was killed may find the archive closed, or its key gone with that. */
static void
expect_exit(const struct plan *p, int got, bool after_kill, struct figures *n)
{
	if (got == 0 || got == KILLED || (after_kill && got == CLOSED) ||
	    (after_kill && p->in_memory && got == NO_KEY))
		return;
	n->refused++;
	printf("seed %llu: the writer's exit %d\n", (unsigned long long)p->seed, got);
}

/* Who had his keys in memory begins another archive that continues the first. */
static void
go_on_elsewhere(struct plan *p, uint64_t *seed, struct figures *n)
{
	struct plan next = *p;
	char genesis[FILE_PATH_MAX];

	assert_int_equal(file_join(genesis, p->archive, "genesis.json", NULL), STATUS_OK);
	if (!file_exists(genesis))
		return;
	next.archive = "next";
	next.continues = p->archive;
	next.seed = random_next(seed);
	next.kill_at = 0;
	expect_exit(&next, run_writer(&next), false, n);
	check_honest(&next, false, n);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	if (file_exists(path))
		assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void
one(uint64_t seed, struct figures *n)
{
	uint64_t s = seed;
	struct plan p = { .seed = random_next(&s), .archive = "archive", .state = "state",
		.in_memory = random_below(&s, 8) == 0, .live = random_below(&s, 3) == 0,
		.close = random_below(&s, 4) == 0 };
	bool killed = false;
	int got = KILLED;

	n->archives++;
	for (int level = (int)random_below(&s, 3); level >= 0 && got == KILLED; level--) {
		p.kill_at = level > 0 ? 1 + (long)random_below(&s, CALLS) : 0;
		got = run_writer(&p);
		expect_exit(&p, got, killed, n);
		killed |= got == KILLED;
		n->kills += got == KILLED;
		check_honest(&p, got == KILLED, n);
		p.seed = random_next(&s);
	}
	if (got == NO_KEY)
		go_on_elsewhere(&p, &s, n);
	remove_tree("archive");
	remove_tree("state");
	remove_tree("next");
}

int
main(int argc, char **argv)
{
	struct figures n = { .archives = 0 };
	uint64_t count = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t seed = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	if (count == 0) {
		fputs("usage: honest COUNT SEED\n", stderr);
		return 2;
	}
	for (uint64_t i = 0; i < count; i++)
		one(seed + i, &n);
	printf("honest archives: %llu, checks %llu, kills %llu, refused %llu (seed %llu)\n",
	    (unsigned long long)n.archives, (unsigned long long)n.checks,
	    (unsigned long long)n.kills, (unsigned long long)n.refused, (unsigned long long)seed);
	return n.refused > 0;
}
