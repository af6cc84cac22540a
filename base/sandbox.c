/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sandbox.h"

#include "base/sanitized.h"

#if defined(__linux__) && !defined(SANITIZED)

#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * As in linux/landlock.h, whose copy may be older than the kernel that runs: the numbers are the
 * same on all architectures.
 */
enum { SYS_CREATE_RULESET = 444, SYS_ADD_RULE = 445, SYS_RESTRICT_SELF = 446 };
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

#define ACCESS_READ_FILE (UINT64_C(1) << 2)
#define ACCESS_READ_DIR  (UINT64_C(1) << 3)
#define TCP_BIND_CONNECT UINT64_C(3)
#define SCOPE_SOCKET_SIGNAL UINT64_C(3)

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* from version 4 */
	uint64_t scoped;             /* from version 6 */
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

/* All that a version of Landlock can forbid: 13 kinds of access at first, and those added. */
static int
open_ruleset(void)
{
	struct ruleset_attr a = { .handled_access_fs = 0 };
	long version = syscall(SYS_CREATE_RULESET, NULL, (size_t)0, CREATE_RULESET_VERSION);
	unsigned kinds = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
	size_t size = sizeof a.handled_access_fs;

	if (version < 1)
		return -1;
	a.handled_access_fs = (UINT64_C(1) << kinds) - 1;
	if (version >= 4) {
		a.handled_access_net = TCP_BIND_CONNECT;
		size += sizeof a.handled_access_net;
	}
	if (version >= 6) {
		a.scoped = SCOPE_SOCKET_SIGNAL;
		size += sizeof a.scoped;
	}
	return (int)syscall(SYS_CREATE_RULESET, &a, size, 0);
}

static bool
allow_below(int ruleset, const char *directory)
{
	struct path_beneath_attr a = { .allowed_access = ACCESS_READ_FILE | ACCESS_READ_DIR };
	long rc;

	a.parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a.parent_fd < 0)
		return true; /* what is not there now needs no right to be read */
	rc = syscall(SYS_ADD_RULE, ruleset, RULE_PATH_BENEATH, &a, 0);
	close(a.parent_fd);
	return rc == 0;
}

bool
sandbox_read_only(const char *const *directories, size_t count)
{
	bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	int ruleset = ok ? open_ruleset() : -1;

	if (ruleset < 0)
		return false;
	for (size_t i = 0; ok && i < count; i++)
		ok = allow_below(ruleset, directories[i]);
	ok = ok && syscall(SYS_RESTRICT_SELF, ruleset, 0) == 0;
	close(ruleset);
	return ok;
}

#elif defined(__FreeBSD__) && !defined(SANITIZED)

#include <sys/capsicum.h>

#include "base/place.h"

/*
 * Capability mode: no path, process, address or other global name can be used any more; what lies below
 * the directories is reached from there.
 */
bool
sandbox_read_only(const char *const *directories, size_t count)
{
	return place_keep(directories, count) && cap_enter() == 0;
}

#else

bool
sandbox_read_only(const char *const *directories, size_t count)
{
	(void)directories;
	(void)count;
	return false;
}

#endif
