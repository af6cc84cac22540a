/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/files.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "verify/deep.h"
#include "verify/pool.h"
#include "verify/rederive.h"

/* One listed file and the directories in which it may lie, in one allocation. */
struct job {
	size_t segment;
	struct manifest_file want;
	bool is_table; /* its content is compared with sums */
	struct deep_sums sums;
	size_t dir_count;
	char bytes[]; /* the chunks, the name, the directories, each with its NUL */
};

/* What one job found; merged when all threads have ended. */
struct outcome {
	size_t segment;
	struct findings findings;
};

struct files {
	const char *archive;
	bool deep;
	size_t threads;
	struct rederive *rederive; /* NULL: not to be done */
	struct pool *pool;
	pthread_mutex_t lock; /* of all below */
	struct outcome *outcomes;
	size_t count;
	struct notices notices;
	uint64_t files;
	uint64_t bytes;
	bool no_memory;
};

/* "dir/name", or "name" in the archive's root. */
static bool
path_in(char out[FILE_PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(out, FILE_PATH_MAX, "%s%s%s", dir, dir[0] == '\0' ? "" : "/", name);

	return n >= 0 && n < FILE_PATH_MAX;
}

static void
check_in(const struct files *q, const struct job *j, const char *dir, struct findings *out,
    uint64_t *bytes)
{
	char path[FILE_PATH_MAX];

	if (!path_in(path, dir, j->want.name)) {
		findings_add(out, FINDING_LIMIT, j->want.name, "the path is too long");
		return;
	}
	file_check(q->archive, path, &j->want, q->deep, out, bytes);
	if (q->deep && j->is_table && out->count == 0)
		deep_check(q->archive, path, &j->sums, out);
}

/* What is not as it was sealed, though a copy elsewhere is. */
static void
tell_beside(struct files *q, const struct findings *l, const char *dir)
{
	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].code != FINDING_FILE_MISSING)
			notices_add(&q->notices, NOTICE_UNLISTED_FILE, l->list[i].file,
			    "%s: %s; the copy in %s is as it was sealed", finding_name(l->list[i].code),
			    l->list[i].text, dir[0] == '\0' ? "the archive itself" : dir);
	pthread_mutex_unlock(&q->lock);
}

/* The findings of the first directory, unless it passes in another one. */
static void
check_anywhere(struct files *q, const struct job *j, struct findings *out, uint64_t *bytes)
{
	const char *dir = j->want.name + strlen(j->want.name) + 1;

	check_in(q, j, dir, out, bytes);
	for (size_t i = 1; i < j->dir_count && out->verdict != VERDICT_VERIFIED; i++) {
		struct findings other = { .list = NULL };

		dir += strlen(dir) + 1;
		check_in(q, j, dir, &other, bytes);
		if (other.verdict == VERDICT_VERIFIED && !other.failed) {
			tell_beside(q, out, dir);
			findings_free(out);
		}
		findings_free(&other);
	}
}

static void
keep(struct files *q, size_t segment, struct findings *found, uint64_t bytes)
{
	pthread_mutex_lock(&q->lock);
	q->files++;
	q->bytes += bytes;
	if (found->verdict != VERDICT_VERIFIED || found->failed) {
		struct outcome *more = realloc(q->outcomes, (q->count + 1) * sizeof *more);

		if (more != NULL) {
			q->outcomes = more;
			q->outcomes[q->count++] = (struct outcome) { segment, *found };
			*found = (struct findings) { .list = NULL };
		} else {
			q->no_memory = true;
		}
	}
	pthread_mutex_unlock(&q->lock);
	findings_free(found);
}

static void
work(void *ctx, void *job)
{
	struct files *q = ctx;
	struct job *j = job;
	struct findings found = { .list = NULL };
	uint64_t bytes = 0;

	check_anywhere(q, j, &found, &bytes);
	keep(q, j->segment, &found, bytes);
	free(j);
}

enum status
files_open(const char *archive, size_t threads, bool deep, const struct deriver *deriver,
    struct files **out, struct fault *f)
{
	struct files *q = calloc(1, sizeof *q);
	enum status rc = STATUS_OK;

	if (q == NULL)
		return fault_memory(f);
	q->archive = archive;
	q->deep = deep;
	q->threads = threads;
	pthread_mutex_init(&q->lock, NULL);
	if (deep && deriver->derive != NULL)
		rc = rederive_open(archive, deriver, &q->rederive, f);
	if (rc == STATUS_OK)
		rc = pool_open(threads, work, q, &q->pool, f);
	if (rc != STATUS_OK) {
		rederive_free(q->rederive);
		pthread_mutex_destroy(&q->lock);
		free(q);
		return rc;
	}
	*out = q;
	return STATUS_OK;
}

static char *
append(char *at, const char *s)
{
	size_t len = strlen(s) + 1;

	memcpy(at, s, len);
	return at + len;
}

/* A job of its own memory: the manifest is gone when it is done. */
static struct job *
make_job(size_t segment, const struct manifest_file *want, const char *const *dirs,
    size_t dir_count)
{
	size_t chunks = want->chunk_count * SHA256_SIZE;
	size_t size = sizeof(struct job) + chunks + strlen(want->name) + 1;
	struct job *j;
	char *at;

	for (size_t i = 0; i < dir_count; i++)
		size += strlen(dirs[i]) + 1;
	j = calloc(1, size);
	if (j == NULL)
		return NULL;
	j->segment = segment;
	j->want = *want;
	j->dir_count = dir_count;
	at = j->bytes;
	if (chunks > 0)
		memcpy(at, want->chunks, chunks);
	j->want.chunks = (const uint8_t *)at;
	at += chunks;
	j->want.name = at;
	at = append(at, want->name);
	for (size_t i = 0; i < dir_count; i++)
		at = append(at, dirs[i]);
	return j;
}

static void
put(struct files *q, struct job *j)
{
	if (j != NULL) {
		pool_put(q->pool, j);
		return;
	}
	pthread_mutex_lock(&q->lock);
	q->no_memory = true;
	pthread_mutex_unlock(&q->lock);
}

void
files_put(struct files *q, size_t segment, const struct manifest *m, const char *const *dirs,
    size_t dir_count)
{
	const struct manifest_file *table = manifest_file_by_suffix(m, ".flows.parquet");

	for (size_t i = 0; i < m->file_count; i++) {
		struct job *j = make_job(segment, &m->files[i], dirs, dir_count);

		if (j != NULL && &m->files[i] == table) {
			j->is_table = true;
			j->sums = (struct deep_sums) { m->rows, m->flows.emitted,
				m->flow_packets.emitted, m->ip_bytes.emitted };
		}
		put(q, j);
	}
	for (size_t i = 0; i < m->attachment_count; i++) {
		const struct manifest_attachment *a = &m->attachments[i];
		struct manifest_file want = { .name = a->name, .size = a->size };

		memcpy(want.sha256, a->sha256, SHA256_SIZE);
		put(q, make_job(segment, &want, dirs, dir_count));
	}
	if (q->rederive != NULL && !rederive_put(q->rederive, segment, m, dirs, dir_count))
		put(q, NULL);
}

/* Of what is as it was sealed, once all of it is known. */
static void
derive_again(struct files *q, struct result *r)
{
	bool *skip = calloc(r->count + 1, sizeof *skip);

	for (size_t i = 0; i < q->count && skip != NULL; i++)
		skip[q->outcomes[i].segment] = true;
	if (skip != NULL)
		rederive_run(q->rederive, q->threads, skip, r);
	else
		q->no_memory = true;
	free(skip);
	rederive_free(q->rederive);
}

void
files_finish(struct files *q, struct result *r)
{
	if (q == NULL)
		return;
	pool_finish(q->pool);
	if (q->rederive != NULL)
		derive_again(q, r);
	for (size_t i = 0; i < q->count; i++) {
		struct outcome *o = &q->outcomes[i];

		findings_move(&r->segments[o->segment].findings, &o->findings);
	}
	notices_move(&r->notices, &q->notices);
	r->files = q->files;
	r->bytes = q->bytes;
	r->no_memory |= q->no_memory;
	pthread_mutex_destroy(&q->lock);
	free(q->outcomes);
	free(q);
}
