/* SPDX-License-Identifier: BSD-2-Clause */
#include "nfseal.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/sha256.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/text.h"
#include "replay/cmd_input.h"
#include "replay/cmd_replay_custody.h"
#include "replay/cmd_replay_progress.h"
#include "replay/cmd_replay_resume.h"
#include "replay/filter.h"
#include "replay/receipt.h"
#include "replay/replay_option.h"
#include "replay/spool.h"
#include "replay/target.h"

#define LOOK_NANOS       INT64_C(20000000)
#define CHECKPOINT_NANOS INT64_C(1000000000) /* between two receipts of a run that goes on */

enum { TOLD_MAX = 256 };

/* What targets tell.  Every one reads the input; what is wrong with it is told once. */
struct told {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* another has ended */
	size_t ended;
	const char *input;
	bool trust;
	struct fault faults[TOLD_MAX]; /* those below count do not change any more */
	size_t count;
	uint64_t more; /* told, and not kept here */
};

struct replay {
	struct replay_options options;
	const char *path; /* of the input that targets read */
	struct spool spool;
	struct filter *filter;
	struct told told;
	struct target *targets[REPLAY_TARGETS_MAX];
	struct sha256 *hashes[REPLAY_TARGETS_MAX];
	size_t started;
	struct resume resume;
	struct progress progress;
	int64_t began; /* since 1970 */
	int64_t kept;  /* when the last receipt was, monotonic */
	bool not_kept; /* one could not be written */
};

/* The filter's own message has a caret under the place. */
static int
tell_filter(const char *text, const struct fault *where)
{
	char message[FILTER_MESSAGE_MAX];

	filter_message(text, where, message);
	message[strlen(message) - 1] = '\0';
	log_error("%s", message);
	return status_exit(where->status);
}

static enum status
hash_octets(void *ctx, const void *data, size_t len, struct fault *f)
{
	return sha256_update(ctx, data, len, f);
}

static void
told_init(struct told *t)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static bool
same_fault(const struct fault *a, const struct fault *b)
{
	return a->status == b->status && a->at_offset == b->at_offset && a->offset == b->offset &&
	    strcmp(a->file, b->file) == 0 && strcmp(a->text, b->text) == 0;
}

static void
tell_once(void *ctx, const struct fault *fault)
{
	struct told *told = ctx;
	bool known = false;

	pthread_mutex_lock(&told->lock);
	for (size_t i = 0; i < told->count && !known; i++)
		known = same_fault(&told->faults[i], fault);
	if (!known && told->count < TOLD_MAX)
		told->faults[told->count++] = *fault;
	else
		told->more += !known;
	if (!known)
		input_say_fault(NULL, fault);
	pthread_mutex_unlock(&told->lock);
}

static void
tell_trust(void *ctx, const struct input *in)
{
	struct told *told = ctx;

	pthread_mutex_lock(&told->lock);
	if (!told->trust)
		input_say_trust(in, told->input);
	told->trust = true;
	pthread_mutex_unlock(&told->lock);
}

static void
tell_ended(void *ctx)
{
	struct told *told = ctx;

	pthread_mutex_lock(&told->lock);
	told->ended++;
	pthread_cond_signal(&told->changed);
	pthread_mutex_unlock(&told->lock);
}

/* A filter of a target's own is told like the run's. */
static int
open_target(struct replay *r, size_t i)
{
	const struct target_options *o = &r->options.targets[i];
	struct target_env env = { .path = r->path, .reader = &r->options.reader, .filter = r->filter,
		.clock = { clock_monotonic_nanos, clock_sleep_until, clock_wall_nanos },
		.interrupt = interrupt_flag(), .notice = tell_once, .opened = tell_trust,
		.ended = tell_ended, .notice_ctx = &r->told, .dry = r->options.dry,
		.resume = r->resume.targets[i] };
	struct fault f = { 0 };

	if (sha256_open(&r->hashes[i], &f) != STATUS_OK)
		return log_exit(&f);
	env.tap = (struct sink){ hash_octets, r->hashes[i] };
	if (target_open(o, &env, &r->targets[i], &f) == STATUS_OK)
		return 0;
	return f.at_offset && o->filter != NULL ? tell_filter(o->filter, &f) : log_exit(&f);
}

/* What everybody should know before it goes. */
static void
tell_limits(const struct replay *r)
{
	for (size_t i = 0; i < r->options.target_count; i++) {
		const struct target_options *o = &r->options.targets[i];

		if (o->format != NULL && strcmp(o->format, "netflow5") == 0 && !r->options.dry)
			log_notice("%s: netflow5 carries IPv4 alone, counters of 32 bits, interfaces and AS numbers of "
			    "16; --dry-run tells which flows that leaves out", o->url);
	}
}

static int
open_targets(struct replay *r)
{
	int rc = 0;

	for (size_t i = 0; i < r->options.target_count && rc == 0; i++)
		rc = open_target(r, i);
	return rc;
}

/* Until the next look, or all have ended; true once they have. */
static bool
wait_for_all(struct replay *r, int64_t now)
{
	int64_t then = now + LOOK_NANOS;
	struct timespec until = { (time_t)(then / 1000000000), (long)(then % 1000000000) };
	struct told *t = &r->told;
	bool all;

	pthread_mutex_lock(&t->lock);
	while (t->ended < r->started && pthread_cond_timedwait(&t->changed, &t->lock, &until) == 0)
		;
	all = t->ended == r->started;
	pthread_mutex_unlock(&t->lock);
	return all;
}

static struct receipt
receipt_of(struct replay *r, struct receipt_target *list)
{
	struct receipt receipt = { .input = r->options.path, .filter = buf_cstr(&r->options.filter),
		.unverified = r->options.reader.unverified, .dry = r->options.dry,
		.resumes = r->options.resume != NULL ? r->resume.sha256 : NULL, .began = r->began,
		.ended = clock_wall_nanos(), .nanos = clock_monotonic_nanos() - r->progress.began,
		.targets = list, .target_count = r->started };

	for (size_t i = 0; i < r->started; i++)
		list[i] = (struct receipt_target){ .target = r->targets[i] };
	pthread_mutex_lock(&r->told.lock);
	receipt.findings = r->told.faults;
	receipt.finding_count = r->told.count;
	receipt.more_findings = r->told.more;
	pthread_mutex_unlock(&r->told.lock);
	return receipt;
}

/* The receipt's file, from which another run can go on. */
static void
keep_receipt(struct replay *r, const struct receipt *receipt)
{
	struct buf text = { 0 };
	struct fault f = { 0 };
	enum status st;

	receipt_json(receipt, &text);
	st = buf_ok(&text) ? file_replace(r->options.receipt, 0644, text.data, text.len, &f) :
	    fault_memory(&f);
	if (st != STATUS_OK && !r->not_kept)
		log_fault(&f);
	r->not_kept = st != STATUS_OK;
	buf_free(&text);
}

static void
checkpoint(struct replay *r, int64_t now)
{
	struct receipt_target list[REPLAY_TARGETS_MAX];
	struct receipt receipt;

	if (r->options.receipt == NULL || now - r->kept < CHECKPOINT_NANOS)
		return;
	r->kept = now;
	receipt = receipt_of(r, list);
	receipt.running = true;
	keep_receipt(r, &receipt);
}

/* Why a target has come to its end is told when it has, not when the last one has. */
static void
tell_targets(struct replay *r)
{
	for (size_t i = 0; i < r->started; i++) {
		struct target_result look;

		target_look(r->targets[i], &look);
		if (look.progress.finished && look.fault.status != STATUS_OK)
			tell_once(&r->told, &look.fault);
	}
}

/* The threads do the work; this one looks after them. */
static void
watch(struct replay *r)
{
	int64_t now = clock_monotonic_nanos();

	for (; !wait_for_all(r, now); now = clock_monotonic_nanos()) {
		if (interrupt_status_wanted() || progress_due(&r->progress, now)) {
			pthread_mutex_lock(&r->told.lock); /* the log is for one thread at a time */
			progress_show(&r->progress, r->targets, r->started, now);
			pthread_mutex_unlock(&r->told.lock);
		}
		checkpoint(r, now);
		tell_targets(r);
	}
	for (size_t i = 0; i < r->started; i++)
		target_join(r->targets[i]);
}

/* Where flows go to the standard output, nothing else does. */
static FILE *
receipt_file(const struct replay_options *o)
{
	for (size_t i = 0; i < o->target_count; i++)
		if (strcmp(o->targets[i].url, "-") == 0)
			return stderr;
	return stdout;
}

static bool
write_receipt(struct replay *r, const struct receipt *receipt)
{
	FILE *to = receipt_file(&r->options);
	struct buf text;
	bool written = true;

	buf_init(&text, 0);
	if (r->options.json)
		receipt_json(receipt, &text);
	else if (!r->options.quiet)
		receipt_text(receipt, &text);
	log_progress(NULL);
	if (text.len > 0)
		written = fwrite(text.data, 1, text.len, to) == text.len;
	written = fflush(to) == 0 && written && buf_ok(&text);
	buf_free(&text);
	if (!written)
		log_error("the summary could not be written");
	return written;
}

/* What the targets ended with, said once where they agree, as one exit status. */
static int
judge(struct replay *r, const struct receipt *receipt)
{
	size_t opened = 0, nothing = 0;
	int worst = 0;

	for (size_t i = 0; i < r->started; i++) {
		const struct target_result *t = target_result(r->targets[i]);

		opened += t->opened;
		nothing += t->nothing_read;
		if (t->fault.status == STATUS_OK)
			continue;
		tell_once(&r->told, &t->fault);
		if (!t->opened || t->progress.read == 0 || t->fault.status == STATUS_DIFFERS)
			worst = status_exit(t->fault.status) > worst ? status_exit(t->fault.status) : worst;
	}
	if (*interrupt_flag() != 0 && opened > 0)
		return 128 + *interrupt_flag();
	if (opened == 0 || (worst != 0 && opened == r->started))
		return worst;
	if (nothing == r->started)
		return status_exit(STATUS_MALFORMED);
	return receipt_complete(receipt) ? 0 : 3;
}

/* The same once more, where it is not replaced. */
static void
append_custody(struct replay *r, const struct receipt *receipt)
{
	struct buf text = { 0 };
	struct fault f = { 0 };
	enum status st;

	receipt_json(receipt, &text);
	st = buf_ok(&text) ? custody_keep(&r->options, &text, &f) : fault_memory(&f);
	if (st != STATUS_OK)
		log_fault(&f);
	r->not_kept |= st != STATUS_OK;
	buf_free(&text);
}

static int
report(struct replay *r)
{
	struct receipt_target list[REPLAY_TARGETS_MAX];
	struct receipt receipt = receipt_of(r, list);
	bool any = false;
	int rc;

	for (size_t i = 0; i < r->started; i++) {
		list[i].hashed = sha256_finish(r->hashes[i], list[i].sha256, NULL) == STATUS_OK;
		any |= target_result(r->targets[i])->opened;
	}
	if (r->options.receipt != NULL)
		keep_receipt(r, &receipt);
	if (any && r->options.custody && !r->options.dry)
		append_custody(r, &receipt);
	if (any && !write_receipt(r, &receipt))
		return 2;
	rc = judge(r, &receipt);
	return r->not_kept && (rc == 0 || rc == 3) ? 2 : rc;
}

/* What can be read only once, where it will be read more often. */
static enum status
open_spool(struct replay *r, struct fault *f)
{
	const char *dir = getenv("TMPDIR");
	bool again = r->options.target_count > 1;
	enum status st;

	for (size_t i = 0; i < r->options.target_count; i++)
		again |= r->options.targets[i].loop > 1;
	if (!again || !spool_needed(r->path))
		return STATUS_OK;
	st = spool_make(&r->spool, r->path, dir != NULL && *dir != '\0' ? dir : "/tmp",
	    interrupt_flag(), f);
	r->path = r->spool.path;
	return st;
}

static int
run(struct replay *r)
{
	struct fault f = { 0 };
	enum status st = r->options.resume != NULL ? resume_read(&r->options, &r->resume, &f) : STATUS_OK;
	int rc;

	if (st == STATUS_OK && r->options.custody && !r->options.dry)
		st = custody_keep(&r->options, NULL, &f);
	if (st == STATUS_OK)
		st = open_spool(r, &f);
	if (st != STATUS_OK)
		return *interrupt_flag() != 0 ? 128 + *interrupt_flag() : log_exit(&f);
	rc = open_targets(r);
	if (rc != 0)
		return rc;
	tell_limits(r);
	r->began = clock_wall_nanos();
	r->kept = clock_monotonic_nanos();
	r->progress = (struct progress){ .json = r->options.log_json,
		.quiet = r->options.quiet, .began = r->kept, .shown = r->kept,
		.terminal = !r->options.quiet && isatty(STDERR_FILENO) };
	r->kept -= CHECKPOINT_NANOS; /* the first receipt is due at once: the run may be killed */
	for (size_t i = 0; i < r->options.target_count && st == STATUS_OK; i++) {
		st = target_start(r->targets[i], &f);
		r->started += st == STATUS_OK;
	}
	watch(r);
	return st == STATUS_OK ? report(r) : log_exit(&f);
}

static int
parse(struct replay *r, int argc, char **argv)
{
	struct fault f = { 0 };
	const char *text;

	if (replay_options_parse(&r->options, argc, argv, &f) != STATUS_OK)
		return log_exit(&f);
	if (r->options.help || r->options.profiles)
		return 0;
	log_quiet(r->options.quiet);
	if (r->options.log_json)
		log_as_json();
	r->path = r->told.input = r->options.path;
	text = buf_cstr(&r->options.filter);
	return filter_parse(text, &r->filter, &f) == STATUS_OK ? 0 : tell_filter(text, &f);
}

static int
list_profiles(void)
{
	struct buf b = { 0 };
	bool written;

	profile_help(&b);
	written = buf_ok(&b) && fwrite(b.data, 1, b.len, stdout) == b.len && fflush(stdout) == 0;
	buf_free(&b);
	if (!written)
		log_error("the list could not be written");
	return written ? 0 : 2;
}

static void
release(struct replay *r)
{
	for (size_t i = 0; i < r->options.target_count; i++) {
		target_free(r->targets[i]);
		sha256_free(r->hashes[i]);
	}
	spool_remove(&r->spool);
	resume_free(&r->resume);
	filter_free(r->filter);
	replay_options_free(&r->options);
	pthread_cond_destroy(&r->told.changed);
	pthread_mutex_destroy(&r->told.lock);
	free(r);
}

int
cmd_replay(int argc, char **argv)
{
	struct replay *r = calloc(1, sizeof *r);
	int rc;

	if (r == NULL) {
		log_error("out of memory");
		return 2;
	}
	told_init(&r->told);
	interrupt_install();
	replay_options_init(&r->options);
	rc = parse(r, argc, argv);
	if (rc == 0 && r->options.help)
		option_usage(replay_option_table, "nfseal replay ARCHIVE|FILE|- [options] [filter]", stdout);
	else if (rc == 0 && r->options.profiles)
		rc = list_profiles();
	else if (rc == 0)
		rc = run(r);
	release(r);
	return rc;
}
