/* SPDX-License-Identifier: BSD-2-Clause */
#include "nfseal.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/anchor.h"
#include "archive/document.h"
#include "archive/sha256.h"
#include "base/log.h"
#include "base/option.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "capture/cmd_redecode.h"
#include "verify/check.h"
#include "verify/custody.h"
#include "verify/older.h"
#include "verify/pool.h"
#include "verify/report.h"

enum { OPT_GENESIS = 1, OPT_HEAD, OPT_UNTIL_HEAD, OPT_OLDER, OPT_CUSTODY, OPT_STATE, OPT_JSON, OPT_JOBS,
	OPT_DEEP, OPT_QUIET, OPT_HELP };

static const struct option options[] = {
	{ OPT_GENESIS, 0, "genesis", "HEX", "the genesis fingerprint that you know" },
	{ OPT_HEAD, 0, "head", "SEQ:HEX", "the head that you know, from a receipt" },
	{ OPT_UNTIL_HEAD, 0, "until-head", NULL, "stop at that head, whatever follows" },
	{ OPT_OLDER, 0, "older", "DIR", "where an archive lies that this one continues" },
	{ OPT_CUSTODY, 0, "custody", "FILE", "check this custody log as well" },
	{ OPT_STATE, 0, "state", "DIR", "where this machine remembers its archives" },
	{ OPT_DEEP, 0, "deep", NULL, "check chunk lists too, compare tables with sums and with datagrams" },
	{ OPT_JOBS, 'j', "jobs", "N", "hash N files at a time (default: one for each core)" },
	{ OPT_JSON, 0, "json", NULL, "one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "only the verdict's line" },
	{ OPT_HELP, 'h', "help", NULL, "this text" },
	{ 0, 0, NULL, NULL, NULL },
};

struct command {
	struct check_options check;
	struct older_options older;
	const char *custody; /* a log, or NULL */
	uint64_t seed; /* of the decoder's hashes */
	bool json;
	bool quiet;
	bool help;
};

static enum status
take_head(const char *value, struct head *out, struct fault *f)
{
	const char *colon = strchr(value, ':');
	char number[24];
	size_t len = colon == NULL ? sizeof number : (size_t)(colon - value);

	if (len < sizeof number) {
		memcpy(number, value, len);
		number[len] = '\0';
		if (text_parse_u64(number, (UINT64_C(1) << 53) - 1, &out->sequence) &&
		    text_parse_hex_typed(colon + 1, out->sha256, SHA256_SIZE)) {
			out->known = true;
			return STATUS_OK;
		}
	}
	return fault_set(f, STATUS_USAGE, NULL,
	    "--head %s: it is SEQUENCE:HEX with 64 hex digits", value);
}

static enum status
take_operand(struct command *c, const char *value, struct fault *f)
{
	if (c->check.archive != NULL)
		return fault_set(f, STATUS_USAGE, NULL, "one ARCHIVE only, not %s too", value);
	c->check.archive = value;
	return STATUS_OK;
}

static enum status
take_jobs(struct command *c, const char *value, struct fault *f)
{
	uint64_t n;

	if (!text_parse_u64(value, POOL_THREADS_MAX, &n) || n == 0)
		return fault_set(f, STATUS_USAGE, NULL, "-j %s: it is 1 to %d", value,
		    POOL_THREADS_MAX);
	c->check.threads = (size_t)n;
	return STATUS_OK;
}

static enum status
take_option(struct command *c, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPT_GENESIS:
		c->check.genesis_given = text_parse_hex_typed(value, c->check.genesis, SHA256_SIZE);
		return c->check.genesis_given ? STATUS_OK : fault_set(f, STATUS_USAGE, NULL,
		    "--genesis %s: it is 64 hex digits", value);
	case OPT_HEAD:
		return take_head(value, &c->check.head, f);
	case OPT_OLDER:
		if (c->older.count == OLDER_MAX)
			return fault_set(f, STATUS_USAGE, NULL, "--older: %d times at most", OLDER_MAX);
		c->older.places[c->older.count++] = value;
		return STATUS_OK;
	case OPT_CUSTODY:
		c->custody = value;
		return STATUS_OK;
	case OPT_STATE:
		c->check.state = c->older.state = value;
		return STATUS_OK;
	case OPT_JOBS:
		return take_jobs(c, value, f);
	case OPTION_OPERAND:
		return take_operand(c, value, f);
	default:
		break;
	}
	c->check.until_head |= id == OPT_UNTIL_HEAD;
	c->check.deep |= id == OPT_DEEP;
	c->older.deep |= id == OPT_DEEP;
	c->json |= id == OPT_JSON;
	c->quiet |= id == OPT_QUIET;
	c->help |= id == OPT_HELP;
	return STATUS_OK;
}

static size_t
core_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n > POOL_THREADS_MAX ? POOL_THREADS_MAX : (size_t)n;
}

static enum status
parse_command(int argc, char **argv, struct command *c, struct fault *f)
{
	struct options o;
	const char *value = NULL;
	enum status rc = STATUS_OK;
	int id;

	c->check.threads = core_count();
	option_init(&o, options, argc, argv);
	while (rc == STATUS_OK && (id = option_next(&o, &value, f)) != OPTION_END)
		rc = id == OPTION_BAD ? f->status : take_option(c, id, value, f);
	c->older.threads = c->check.threads;
	if (rc == STATUS_OK && !c->help && c->check.archive == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "which ARCHIVE? --help tells more");
	if (rc == STATUS_OK && c->check.until_head && !c->check.head.known)
		return fault_set(f, STATUS_USAGE, NULL, "--until-head goes with --head");
	return rc;
}

/* A file, say: no archive of any version, and nothing that a later try could read. */
static bool
is_no_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* Nothing could be checked: the verdict says so, and the fault says why. */
static void
settle_failed(bool no_directory, struct result *r, const struct fault *f)
{
	enum finding_code code = no_directory ? FINDING_VERSION : FINDING_IO;
	char text[1024];
	struct segment *s;

	fault_print(f, text, sizeof text);
	log_error("%s", text);
	result_settle(r);
	r->verdict = finding_verdict(code);
	s = r->count > 0 ? &r->segments[0] : result_add(r, 0);
	if (s != NULL) {
		findings_add(&s->findings, code, NULL, "%s", text);
		s->verdict = r->verdict;
	}
}

/* A failure is seen again, and told, when the rest is written. */
static void
drain(struct buf *out)
{
	enum { MUCH = 1 << 20 };

	if (out->len >= MUCH && buf_ok(out) && fwrite(out->data, 1, out->len, stdout) == out->len)
		buf_reset(out);
}

static int
print_report(const struct command *c, const struct result *r)
{
	struct buf out;
	int status = verdict_exit(r->verdict);

	buf_init(&out, 0);
	if (c->json)
		report_json(r, c->check.archive, &out, drain);
	else if (c->quiet)
		report_line(r, c->check.archive, &out);
	else
		report_text(r, c->check.archive, &out, drain);
	if (!buf_ok(&out) || fwrite(out.data, 1, out.len, stdout) != out.len ||
	    fflush(stdout) != 0) {
		log_error("cannot write the report");
		status = verdict_exit(VERDICT_ERROR);
	}
	buf_free(&out);
	return status;
}

enum { DIRS_MAX = 4096 };

/* The directories that may be read, each with its own memory. */
struct allowed {
	char *dirs[DIRS_MAX];
	size_t count;
};

static bool
allow(void *ctx, const char *path)
{
	struct allowed *a = ctx;

	if (a->count == DIRS_MAX)
		return false;
	a->dirs[a->count] = strdup(path);
	a->count += a->dirs[a->count] != NULL;
	return true;
}

/* What verify may read of a state: not its secret keys. */
static void
allow_state(struct allowed *a, const char *state)
{
	static const char *const parts[] = { "anchors", "archives" };
	char place[FILE_PATH_MAX];

	for (size_t i = 0; i < 2; i++)
		if (file_join(place, state, parts[i], NULL) == STATUS_OK)
			(void)allow(a, place);
}

static void
allow_all(struct allowed *a, const struct command *c)
{
	char mine[FILE_PATH_MAX];

	(void)allow(a, c->check.archive);
	if (c->custody != NULL) {
		file_parent(mine, c->custody);
		(void)allow(a, mine);
	}
	for (size_t i = 0; i < c->older.count; i++)
		(void)allow(a, c->older.places[i]);
	if (c->check.state != NULL) {
		allow_state(a, c->check.state);
	} else {
		if (state_default(mine, NULL) == STATUS_OK)
			allow_state(a, mine);
		allow_state(a, state_system());
	}
	/* One of these may be the archive that this one continues. */
	anchor_paths(c->check.state, allow, a);
}

/* From here on only archives and what is remembered of them can be read, and nothing written. */
static void
confine(const struct command *c)
{
	struct allowed *a = calloc(1, sizeof *a);
	uint8_t unused[SHA256_SIZE];

	if (a == NULL)
		return; /* the check itself will say so */
	allow_all(a, c);
	/* OpenSSL reads its configuration when it is first used: before that is forbidden. */
	doc_seed();
	if (sha256_of("", 0, unused, NULL) == STATUS_OK) {
		/* what this system does not have is no failure */
		(void)sandbox_read_only((const char *const *)a->dirs, a->count);
		(void)sandbox_calls();
	}
	for (size_t i = 0; i < a->count; i++)
		free(a->dirs[i]);
	free(a);
}

/* The worst of both wins: what the log says is about this archive. */
static void
follow_custody(const struct command *c, struct custody_check *log, struct result *r)
{
	if (c->custody == NULL)
		return;
	custody_check(c->custody, c->check.state, log);
	r->custody = log;
	r->verdict = verdict_worst(r->verdict, log->verdict);
	r->no_memory |= log->findings.failed;
}

int
cmd_verify(int argc, char **argv)
{
	struct command c = { .check = { .archive = NULL } };
	struct result r = { .count = 0 };
	struct custody_check log = { .path = NULL };
	struct fault f = { .status = STATUS_OK };
	bool no_directory;
	int status;

	if (parse_command(argc, argv, &c, &f) != STATUS_OK)
		return log_exit(&f);
	if (c.help) {
		option_usage(options, "nfseal verify [options] ARCHIVE", stdout);
		return 0;
	}
	no_directory = is_no_directory(c.check.archive);
	if (RAND_bytes((unsigned char *)&c.seed, sizeof c.seed) != 1)
		c.seed = (uint64_t)getpid(); /* worse, and the check goes on */
	c.check.deriver = c.older.deriver = (struct deriver){ redecode_derive, &c.seed };
	confine(&c);
	if (check_archive(&c.check, &r, &f) != STATUS_OK)
		settle_failed(no_directory, &r, &f);
	else
		older_follow(&c.older, &r);
	follow_custody(&c, &log, &r);
	if (r.no_memory)
		log_error("out of memory: not everything could be checked");
	status = print_report(&c, &r);
	custody_check_free(&log);
	result_free(&r);
	return status;
}
