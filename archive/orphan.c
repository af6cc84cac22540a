/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/orphan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "archive/vouch.h"

#define SUFFIX "." STATEMENT_SUFFIX ".part"

bool
orphan_stem(const char *name, char out[STATEMENT_NAME_MAX + 1])
{
	size_t len = strlen(name);

	if (len <= strlen(SUFFIX) || len - strlen(SUFFIX) > STATEMENT_NAME_MAX ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	memcpy(out, name, len - strlen(SUFFIX));
	out[len - strlen(SUFFIX)] = '\0';
	return true;
}

/* The first statement alone may be one that its writer had no time to tell the state of. */
static enum status
check_one(const struct site *s, const char *name, struct fault *f)
{
	const struct vouch_place place = { .open_dir = s->open, .archive = s->anchor.archive };
	struct durable_segment claimed = { .sequence = s->chain.sequence + 1 };
	struct vouched v;
	enum status rc;

	if (!orphan_stem(name, claimed.stem))
		return STATUS_OK;
	memcpy(claimed.key, s->chain.next_key, KEY_SIZE);
	rc = vouch_read(&place, &claimed, &v, f);
	if (rc != STATUS_OK)
		return rc;
	if (v.any && v.index > 0)
		rc = fault_set(f, STATUS_DIFFERS, s->path, "the state is older than the archive: open/%s has "
		    "%llu statements of segment %llu of which it knows nothing; it is an old copy, and going "
		    "on would fork the journal", name, (unsigned long long)v.index + 1,
		    (unsigned long long)claimed.sequence);
	vouch_free(&v);
	return rc;
}

enum status
orphan_check(const struct site *s, const struct durable *record, struct fault *f)
{
	DIR *d = opendir(s->open);
	struct dirent *e;
	enum status rc = STATUS_OK;

	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : fault_errno(f, s->open, "cannot read");
	while (record->count == 0 && rc == STATUS_OK && (e = readdir(d)) != NULL)
		rc = check_one(s, e->d_name, f);
	(void)closedir(d);
	return rc;
}
