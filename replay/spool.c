/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP = 1 << 16 };

bool
spool_needed(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 ||
	    (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static enum status
copy(int from, int to, const char *name, const char *path, const volatile int *interrupt,
    struct fault *f)
{
	uint8_t octets[STEP];
	enum status st;
	size_t got;

	do {
		st = file_read(from, octets, sizeof octets, &got, name, f);
		if (st == STATUS_OK && *interrupt != 0)
			st = STATUS_INTERRUPTED;
		if (st == STATUS_OK && got > 0)
			st = file_write_all(to, octets, got, path, f);
	} while (st == STATUS_OK && got > 0);
	return st;
}

static enum status
create(struct spool *s, const char *dir, int *fd, struct fault *f)
{
	if (snprintf(s->path, sizeof s->path, "%s/nfseal-XXXXXX", dir) >= (int)sizeof s->path)
		return fault_set(f, STATUS_LIMIT, NULL, "the name of the temporary directory is too long");
	*fd = mkstemp(s->path); /* mode 0600 */
	if (*fd >= 0)
		return STATUS_OK;
	s->path[0] = '\0';
	return fault_errno(f, dir, "cannot make a temporary file");
}

enum status
spool_make(struct spool *s, const char *path, const char *dir, const volatile int *interrupt,
    struct fault *f)
{
	bool standard = strcmp(path, "-") == 0;
	int from = STDIN_FILENO, to = -1;
	enum status st = standard ? STATUS_OK : file_open_read(path, &from, f);

	if (st != STATUS_OK)
		return st;
	st = create(s, dir, &to, f);
	if (st == STATUS_OK)
		st = copy(from, to, standard ? "standard input" : path, s->path, interrupt, f);
	if (to >= 0 && close(to) != 0 && st == STATUS_OK)
		st = fault_errno(f, s->path, "cannot close");
	if (!standard)
		(void)close(from);
	if (st != STATUS_OK)
		spool_remove(s);
	return st;
}

void
spool_remove(struct spool *s)
{
	if (s->path[0] != '\0')
		(void)unlink(s->path); /* what stays is for the system's own cleaning */
	s->path[0] = '\0';
}
