/* SPDX-License-Identifier: BSD-2-Clause */
#include "nfseal.h"

#include <stdio.h>
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
#include "verify/check.h"
#include "verify/pool.h"
#include "verify/report.h"

enum { OPT_GENESIS = 1, OPT_HEAD, OPT_UNTIL_HEAD, OPT_STATE, OPT_JSON, OPT_JOBS, OPT_DEEP,
	OPT_QUIET, OPT_HELP };

static const struct option options[] = {
	{ OPT_GENESIS, 0, "genesis", "HEX", "the genesis fingerprint that you know" },
	{ OPT_HEAD, 0, "head", "SEQ:HEX", "the head that you know, from a receipt" },
	{ OPT_UNTIL_HEAD, 0, "until-head", NULL, "stop at that head, whatever follows" },
	{ OPT_STATE, 0, "state", "DIR", "where this machine remembers its archives" },
	{ OPT_DEEP, 0, "deep", NULL, "check chunk lists too, decode the tables and compare sums" },
	{ OPT_JOBS, 'j', "jobs", "N", "hash N files at a time (default: one for each core)" },
	{ OPT_JSON, 0, "json", NULL, "one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "only the verdict's line" },
	{ OPT_HELP, 'h', "help", NULL, "this text" },
	{ 0, 0, NULL, NULL, NULL },
};

struct command {
	struct check_options check;
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
	case OPT_STATE:
		c->check.state = value;
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
settle_failed(const char *archive, struct result *r, const struct fault *f)
{
	enum finding_code code = is_no_directory(archive) ? FINDING_VERSION : FINDING_IO;
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

static int
print_report(const struct command *c, const struct result *r)
{
	struct buf out;
	int status = verdict_exit(r->verdict);

	buf_init(&out, 0);
	if (c->json)
		report_json(r, c->check.archive, &out);
	else if (c->quiet)
		report_line(r, c->check.archive, &out);
	else
		report_text(r, c->check.archive, &out);
	if (!buf_ok(&out) || fwrite(out.data, 1, out.len, stdout) != out.len ||
	    fflush(stdout) != 0) {
		log_error("cannot write the report");
		status = verdict_exit(VERDICT_ERROR);
	}
	buf_free(&out);
	return status;
}

enum { DIRS_MAX = 5 };

/* What verify may read of the states: not their secret keys. */
static size_t
add_state(const char *dirs[DIRS_MAX], size_t count, char place[2][FILE_PATH_MAX], const char *state)
{
	static const char *const parts[] = { "anchors", "archives" };

	for (size_t i = 0; i < 2; i++)
		if (file_join(place[i], state, parts[i], NULL) == STATUS_OK)
			dirs[count++] = place[i];
	return count;
}

/* From here on only the archive and what is remembered can be read, and nothing written. */
static void
confine(const struct check_options *o)
{
	const char *dirs[DIRS_MAX] = { o->archive };
	char places[4][FILE_PATH_MAX];
	char mine[FILE_PATH_MAX];
	uint8_t unused[SHA256_SIZE];
	size_t count = 1;

	if (o->state != NULL) {
		count = add_state(dirs, count, places, o->state);
	} else {
		if (state_default(mine, NULL) == STATUS_OK)
			count = add_state(dirs, count, places, mine);
		count = add_state(dirs, count, places + 2, state_system());
	}
	/* OpenSSL reads its configuration when it is first used: before that is forbidden. */
	doc_seed();
	if (sha256_of("", 0, unused, NULL) == STATUS_OK)
		(void)sandbox_read_only(dirs, count);
}

int
cmd_verify(int argc, char **argv)
{
	struct command c = { .check = { .archive = NULL } };
	struct result r = { .count = 0 };
	struct fault f = { .status = STATUS_OK };
	int status;

	if (parse_command(argc, argv, &c, &f) != STATUS_OK)
		return log_exit(&f);
	if (c.help) {
		option_usage(options, "nfseal verify [options] ARCHIVE", stdout);
		return 0;
	}
	confine(&c.check);
	if (check_archive(&c.check, &r, &f) != STATUS_OK)
		settle_failed(c.check.archive, &r, &f);
	else if (r.no_memory)
		log_error("out of memory: not everything could be checked");
	status = print_report(&c, &r);
	result_free(&r);
	return status;
}
