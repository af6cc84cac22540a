/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/member.h"

#include <string.h>
#include <unistd.h>

static enum status
read_unchecked(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct member *m = ctx;

	return file_read_at(m->fd, data, len, offset, m->path, f);
}

static enum status
open_unchecked(struct member *out, struct fault *f)
{
	struct stat st;
	enum status rc = file_open_regular(out->path, &out->fd, &st, f);

	if (rc != STATUS_OK)
		return rc;
	out->read_at = read_unchecked;
	out->ctx = out;
	out->size = (uint64_t)st.st_size;
	return STATUS_OK;
}

/* STEM.suffix beside STEM.manifest.json. */
static enum status
open_by_stem(const char *manifest, const char *suffix, struct member *out, struct fault *f)
{
	size_t stem = strlen(manifest) - strlen(".manifest.json");

	if (stem + strlen(suffix) >= sizeof out->path)
		return fault_set(f, STATUS_LIMIT, manifest, "the path is too long");
	memcpy(out->path, manifest, stem);
	memcpy(out->path + stem, suffix, strlen(suffix) + 1);
	return file_exists(out->path) ? open_unchecked(out, f) : STATUS_ABSENT;
}

static enum status
open_listed(const struct manifest_file *file, const struct member_rules *rules, struct member *out,
    struct fault *f)
{
	struct fault why = { 0 };
	enum status rc = file_exists(out->path) ? checked_open(out->path, file, &out->checked, &why) :
	    fault_set(&why, STATUS_ABSENT, out->path, "FILE_MISSING: it is not there");

	if (rc == STATUS_DIFFERS && rules->tolerate) { /* another size: no chunk can be told from another */
		rules->tell(rules->ctx, &why);
		return open_unchecked(out, f);
	}
	if (rc != STATUS_OK) {
		if (f != NULL)
			*f = why;
		return rc;
	}
	if (rules->tolerate)
		checked_tolerate(out->checked, rules->tell, rules->ctx);
	out->read_at = checked_read;
	out->ctx = out->checked;
	out->size = file->size;
	return STATUS_OK;
}

enum status
member_open(const char *manifest, const struct manifest *m, const char *suffix,
    const struct member_rules *rules, struct member *out, struct fault *f)
{
	const struct manifest_file *file = m == NULL ? NULL : manifest_file_by_suffix(m, suffix);
	char dir[FILE_PATH_MAX];
	enum status rc;

	if (m == NULL && rules->tolerate)
		return open_by_stem(manifest, suffix, out, f);
	if (file == NULL)
		return STATUS_ABSENT;
	file_parent(dir, manifest);
	rc = file_join(out->path, dir, file->name, f);
	return rc == STATUS_OK ? open_listed(file, rules, out, f) : rc;
}

void
member_close(struct member *m)
{
	checked_free(m->checked);
	if (m->fd >= 0)
		(void)close(m->fd); /* only read: nothing can be lost here */
	m->checked = NULL;
	m->fd = -1;
}
