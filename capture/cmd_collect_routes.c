/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archives of a run: the one of -w, those of -n, or one per exporter.  An exporter's own is made
 * only for what looks like an export message, and for so many of them: all others share one, so
 * that invented addresses fill no disk with archives and nothing is thrown away.
 */
#include "capture/cmd_collect.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "capture/udp.h"

enum { KNOWN_MAX = 1024 };

#define OTHERS "others"

/* Where an exporter's datagrams went last: a cache, which a flood of addresses may spoil. */
struct known {
	struct address address; /* family 0: empty */
	bool allowed;
	struct collect_segment *segment; /* NULL: it has none */
};

struct collect_routes {
	struct collect_common *common;
	struct collect_segment *list[COLLECT_ARCHIVES_MAX];
	size_t count;
	bool full; /* no further exporter gets an archive of its own, which was said */
	struct collect_segment *fallback;                 /* NULL: there is none */
	struct collect_segment *routes[COLLECT_ROUTES_MAX]; /* as the settings' */
	struct address unusable[COLLECT_ARCHIVES_MAX]; /* exporters whose archive cannot be written */
	size_t unusable_count;
	struct known known[KNOWN_MAX];
};

enum status
collect_routes_open(struct collect_common *common, struct collect_routes **out, struct fault *f)
{
	struct collect_routes *r = calloc(1, sizeof *r);

	if (r == NULL)
		return fault_memory(f);
	common->result->archives = calloc(COLLECT_ARCHIVES_MAX, sizeof *common->result->archives);
	if (common->result->archives == NULL) {
		free(r);
		return fault_memory(f);
	}
	r->common = common;
	*out = r;
	return STATUS_OK;
}

/* The archive is the result's, the segment the list's, also when opening it fails. */
static enum status
add(struct collect_routes *r, const char *path, const char *ident, int64_t time,
    struct collect_segment **out, struct fault *f)
{
	struct collect_result *result = r->common->result;
	struct collect_archive *a;
	struct collect_segment *s;

	if (r->count == COLLECT_ARCHIVES_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d archives", COLLECT_ARCHIVES_MAX);
	if (strlen(path) >= sizeof a->path)
		return fault_set(f, STATUS_LIMIT, path, "the path is too long");
	a = calloc(1, sizeof *a);
	s = calloc(1, sizeof *s);
	if (a == NULL || s == NULL) {
		free(a);
		free(s);
		return fault_memory(f);
	}
	snprintf(a->path, sizeof a->path, "%s", path);
	snprintf(a->ident, sizeof a->ident, "%s", ident);
	s->common = r->common;
	s->archive = a;
	r->list[r->count++] = s;
	result->archives[result->archive_count++] = a;
	*out = s;
	return collect_segment_open(s, time, f);
}

/* What add could not open. */
static void
forget_last(struct collect_routes *r)
{
	struct collect_result *result = r->common->result;
	struct collect_archive *a = result->archives[--result->archive_count];

	collect_segment_free(r->list[--r->count]);
	collector_free(a->collector);
	free(a);
}

/* Routes may lead into one archive. */
static enum status
add_route(struct collect_routes *r, size_t i, int64_t time, struct fault *f)
{
	const struct collect_route *route = &r->common->set->routes[i];

	for (size_t k = 0; k < r->count; k++) {
		if (strcmp(r->list[k]->archive->path, route->archive) == 0) {
			r->routes[i] = r->list[k];
			return STATUS_OK;
		}
	}
	return add(r, route->archive, route->ident, time, &r->routes[i], f);
}

static enum status
add_below(struct collect_routes *r, const char *name, const char *ident, int64_t time,
    struct collect_segment **out, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status st = file_join(path, r->common->set->archive, name, f);

	return st == STATUS_OK ? add(r, path, ident, time, out, f) : st;
}

/*
 * An exporter's own.  One that cannot be written (closed, or somebody else's) is told, and its
 * exporter is one of the others from then on: that ends nothing.
 */
static enum status
add_own(struct collect_routes *r, const struct address *a, const char *name, int64_t time,
    struct collect_segment **out, struct fault *f)
{
	char ident[TEXT_ADDRESS_MAX];
	struct fault why = { 0 };
	size_t before = r->count;
	enum status st;

	text_address(ident, a);
	*out = NULL;
	st = add_below(r, name, ident, time, out, &why);
	if (st == STATUS_OK)
		return STATUS_OK;
	if (r->count > before)
		forget_last(r);
	*out = NULL;
	if (st == STATUS_NO_MEMORY || r->unusable_count == COLLECT_ARCHIVES_MAX) {
		*f = why;
		return st;
	}
	r->unusable[r->unusable_count++] = *a;
	log_fault(&why);
	log_notice("datagrams of %s go into %s", ident, OTHERS);
	return STATUS_OK;
}

static bool
is_unusable(const struct collect_routes *r, const struct address *a)
{
	for (size_t i = 0; i < r->unusable_count; i++)
		if (memcmp(&r->unusable[i], a, sizeof *a) == 0)
			return true;
	return false;
}

/* "192-0-2-1" and "2001-db8--1" are addresses, others nothing of ours. */
static bool
address_of(const char *name, struct address *out)
{
	static const char marks[] = ".:";
	char text[TEXT_ADDRESS_MAX];

	if (strlen(name) >= sizeof text)
		return false;
	for (size_t i = 0; i < sizeof marks - 1; i++) {
		strcpy(text, name);
		for (char *p = text; *p != '\0'; p++)
			if (*p == '-')
				*p = marks[i];
		if (text_parse_address(text, out))
			return true;
	}
	return false;
}

static bool
is_archive(const char *directory, const char *name)
{
	char path[FILE_PATH_MAX], genesis[FILE_PATH_MAX];

	return file_join(path, directory, name, NULL) == STATUS_OK &&
	    file_join(genesis, path, "genesis.json", NULL) == STATUS_OK && file_exists(genesis);
}

/* That of all whom no archive of their own is made for. */
static enum status
find_others(struct collect_routes *r, int64_t time, struct collect_segment **out, struct fault *f)
{
	enum status st = STATUS_OK;

	if (r->fallback == NULL)
		st = add_below(r, OTHERS, "", time, &r->fallback, f);
	*out = r->fallback;
	return st;
}

/*
 * Those of earlier runs go on, whether or not their exporters are heard again: what such a run left
 * open is sealed, silence is told, and the number of archives has one bound for all runs.
 */
static enum status
add_earlier(struct collect_routes *r, int64_t time, struct fault *f)
{
	const char *directory = r->common->set->archive;
	enum status st = STATUS_OK;
	struct collect_segment *ignored;
	struct dirent *e;
	DIR *d = opendir(directory);

	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : fault_errno(f, directory, "cannot read");
	while (st == STATUS_OK && (e = readdir(d)) != NULL) {
		struct address a;

		if (strcmp(e->d_name, OTHERS) == 0 && is_archive(directory, e->d_name))
			st = find_others(r, time, &ignored, f);
		if (!address_of(e->d_name, &a) || !is_archive(directory, e->d_name))
			continue;
		if (st == STATUS_OK && r->count < COLLECT_ARCHIVES_MAX - 1)
			st = add_own(r, &a, e->d_name, time, &ignored, f);
	}
	(void)closedir(d);
	return st;
}

enum status
collect_routes_begin(struct collect_routes *r, int64_t time, struct fault *f)
{
	const struct collect_settings *s = r->common->set;
	const char *path = s->archive != NULL && s->per_exporter == 0 ? s->archive : "";
	enum status st = STATUS_OK;

	/* without any archive the flows go to -o alone */
	if (path[0] != '\0' || (s->route_count == 0 && s->per_exporter == 0))
		st = add(r, path, s->ident != NULL ? s->ident : "", time, &r->fallback, f);
	for (size_t i = 0; i < s->route_count && st == STATUS_OK; i++)
		st = add_route(r, i, time, f);
	if (st == STATUS_OK && s->per_exporter > 0 && s->input_count == 0)
		st = add_earlier(r, time, f);
	return st;
}

static bool
is_allowed(const struct collect_settings *s, const struct address *a)
{
	for (size_t i = 0; i < s->allowed_count; i++)
		if (prefix_has(&s->allowed[i], a))
			return true;
	return s->allowed_count == 0;
}

/* The longest prefix that has it. */
static struct collect_segment *
find_route(const struct collect_routes *r, const struct address *a)
{
	const struct collect_settings *s = r->common->set;
	struct collect_segment *best = r->fallback;
	unsigned bits = 0;

	for (size_t i = 0; i < s->route_count; i++) {
		if (s->routes[i].from.bits >= bits && prefix_has(&s->routes[i].from, a)) {
			bits = s->routes[i].from.bits;
			best = r->routes[i];
		}
	}
	return best;
}

/* DIR/192-0-2-1, as nfcapd's -M names it: no file system minds it. */
static void
name_of(const struct address *a, char out[TEXT_ADDRESS_MAX])
{
	text_address(out, a);
	for (char *p = out; *p != '\0'; p++)
		if (*p == '.' || *p == ':')
			*p = '-';
}

static enum status
find_own(struct collect_routes *r, const struct datagram *d, struct collect_segment **out,
    struct fault *f)
{
	char name[TEXT_ADDRESS_MAX], ident[TEXT_ADDRESS_MAX];
	enum status st;

	text_address(ident, &d->src);
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->list[i]->archive->ident, ident) == 0) {
			*out = r->list[i];
			return STATUS_OK;
		}
	}
	if (is_unusable(r, &d->src) || (d->transport == TRANSPORT_UDP && !udp_is_export(d->data, d->len)))
		return find_others(r, d->received, out, f);
	if (r->count - (r->fallback != NULL) >= r->common->set->per_exporter) {
		if (!r->full)
			log_notice("%zu exporters have an archive of their own: all others share %s",
			    r->count - (r->fallback != NULL), OTHERS);
		r->full = true;
		return find_others(r, d->received, out, f);
	}
	name_of(&d->src, name);
	st = add_own(r, &d->src, name, d->received, out, f);
	return st == STATUS_OK && *out == NULL ? find_others(r, d->received, out, f) : st;
}

static struct known *
known_of(struct collect_routes *r, const struct address *a)
{
	uint8_t key[sizeof a->octets + 1];

	memcpy(key, a->octets, sizeof a->octets);
	key[sizeof a->octets] = a->family;
	return &r->known[hash_bytes(key, sizeof key, r->common->seed) % KNOWN_MAX];
}

static bool
is_known(const struct known *k, const struct address *a)
{
	return k->address.family == a->family && a->family != 0 &&
	    memcmp(k->address.octets, a->octets, sizeof a->octets) == 0;
}

/* Counted; the first few sources are named. */
static void
note_refused(struct collect_routes *r, const struct address *a, bool allowed)
{
	struct collect_result *result = r->common->result;
	char text[TEXT_ADDRESS_MAX];

	if (allowed)
		result->losses.no_route++;
	else
		result->losses.not_allowed++;
	for (size_t i = 0; i < result->refused_count; i++)
		if (memcmp(&result->refused[i], a, sizeof *a) == 0)
			return;
	if (result->refused_count == COLLECT_REFUSED_NAMED)
		return;
	result->refused[result->refused_count++] = *a;
	text_address(text, a);
	log_notice("datagrams of %s are refused: %s", text,
	    allowed ? "no -n names it" : "--allow does not name it");
	if (result->refused_count == COLLECT_REFUSED_NAMED)
		log_notice("more that are refused are counted, and not named");
}

enum status
collect_routes_find(struct collect_routes *r, const struct datagram *d,
    struct collect_segment **out, struct fault *f)
{
	struct known *k = known_of(r, &d->src);
	enum status st = STATUS_OK;

	if (!is_known(k, &d->src)) {
		struct known now = { .address = d->src };

		now.allowed = is_allowed(r->common->set, &d->src);
		if (now.allowed && r->common->set->per_exporter > 0)
			st = find_own(r, d, &now.segment, f);
		else if (now.allowed)
			now.segment = find_route(r, &d->src);
		if (st != STATUS_OK)
			return st;
		/* who is among the others may yet send what is worth an archive */
		if (r->common->set->per_exporter > 0 && now.segment == r->fallback)
			now.address.family = 0;
		*k = now;
	}
	*out = k->segment;
	if (*out == NULL)
		note_refused(r, &d->src, k->allowed);
	return STATUS_OK;
}

struct collect_segment *const *
collect_routes_segments(const struct collect_routes *r, size_t *count)
{
	*count = r->count;
	return r->list;
}

void
collect_routes_free(struct collect_routes *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		collect_segment_free(r->list[i]);
	free(r);
}
