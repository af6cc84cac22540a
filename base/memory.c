/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum {
	PATH_MOST = 4096,
	GROUPS_MOST = 8192 /* octets of /proc/self/cgroup, a line for each hierarchy */
};

/* A text of the kernel's, cut at size - 1 octets and ended; false where there is none. */
static bool
read_text(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (used < size - 1 && (n = read(fd, out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	out[used] = '\0';
	return n >= 0;
}

/* The least of what stands in files of this name in a group's directory and those above it. */
static uint64_t
least_upwards(const char *root, const char *mount, const char *group, const char *name,
    uint64_t least)
{
	size_t len = strlen(group);

	for (;;) {
		char path[PATH_MOST], text[32];
		uint64_t v;
		int n = snprintf(path, sizeof path, "%s%s%.*s/%s", root, mount, (int)len, group, name);

		if (n > 0 && (size_t)n < sizeof path && read_text(path, text, sizeof text)) {
			text[strcspn(text, "\n")] = '\0'; /* "max" is no number, and no limit */
			if (text_parse_u64(text, UINT64_MAX, &v) && v < least)
				least = v;
		}
		if (len == 0)
			return least;
		do
			len--;
		while (len > 0 && group[len] != '/');
	}
}

/* A line is HIERARCHY:CONTROLLERS:GROUP; version 2 has no controllers there (cgroups(7)). */
static uint64_t
group_limit(const char *root, char *line, uint64_t least)
{
	char *controllers = strchr(line, ':');
	char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');

	if (group == NULL)
		return least;
	*group++ = '\0';
	if (strcmp(controllers, ":") == 0)
		return least_upwards(root, "/sys/fs/cgroup", group, "memory.max", least);
	if (strcmp(controllers, ":memory") == 0)
		return least_upwards(root, "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", least);
	return least;
}

uint64_t
memory_usable(const char *root)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t machine = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
	uint64_t least = machine > 0 ? machine : UINT64_MAX;
	char path[PATH_MOST], groups[GROUPS_MOST];
	int n = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);

	if (n > 0 && (size_t)n < sizeof path && read_text(path, groups, sizeof groups))
		for (char *line = groups, *end; *line != '\0'; line = end) {
			end = line + strcspn(line, "\n");
			if (*end == '\n')
				*end++ = '\0';
			least = group_limit(root, line, least);
		}
	return least == UINT64_MAX ? 0 : least;
}
