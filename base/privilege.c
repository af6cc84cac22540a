/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/privilege.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "base/file.h"
#include "base/text.h"

/* The highest number means "unchanged" to the system. */
enum { ID_MAX = INT_MAX };

static enum status
find_user(const char *user, struct identity *out, struct fault *f)
{
	const struct passwd *pw = getpwnam(user);
	uint64_t number;

	if (pw == NULL && text_parse_u64(user, ID_MAX, &number)) {
		pw = getpwuid((uid_t)number);
		if (pw == NULL) {
			out->uid = (uid_t)number;
			out->gid = (gid_t)number;
			return STATUS_OK;
		}
	}
	if (pw == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "there is no user %s", user);
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return STATUS_OK;
}

static enum status
find_group(const char *group, struct identity *out, struct fault *f)
{
	const struct group *gr = getgrnam(group);
	uint64_t number;

	if (gr != NULL)
		out->gid = gr->gr_gid;
	else if (text_parse_u64(group, ID_MAX, &number))
		out->gid = (gid_t)number;
	else
		return fault_set(f, STATUS_USAGE, NULL, "there is no group %s", group);
	return STATUS_OK;
}

enum status
identity_find(const char *user, const char *group, struct identity *out, struct fault *f)
{
	struct identity id = { .uid = 0 };
	enum status rc;

	if (strlen(user) >= sizeof id.user)
		return fault_set(f, STATUS_USAGE, NULL, "there is no user %s", user);
	strcpy(id.user, user);
	rc = find_user(user, &id, f);
	if (rc == STATUS_OK && group != NULL)
		rc = find_group(group, &id, f);
	if (rc == STATUS_OK)
		*out = id;
	return rc;
}

enum status
identity_own(const struct identity *id, const char *path, mode_t mode, struct fault *f)
{
	enum status rc;

	if (file_exists(path))
		return STATUS_OK;
	rc = file_make_dirs(path, mode, f);
	/* lchown: if somebody put a link here meanwhile, not what it points to. */
	if (rc == STATUS_OK && lchown(path, id->uid, id->gid) != 0)
		rc = fault_errno(f, path, "cannot give it to user %s", id->user);
	return rc;
}

#ifdef __linux__

/* None in any set; of the bounding set as many as may be taken out. */
static bool
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { .effective = 0 } };

	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) == 0;
}

static void
drop_bounding_set(void)
{
	for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		(void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

static bool
forbid_new(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

#else

static bool
drop_capabilities(void)
{
	return true;
}

static void
drop_bounding_set(void)
{
}

static bool
forbid_new(void)
{
	return true;
}

#endif

static enum status
become(const struct identity *id, struct fault *f)
{
	if (geteuid() != 0) {
		if (id->uid == getuid() && id->uid == geteuid() && id->gid == getegid())
			return STATUS_OK;
		return fault_set(f, STATUS_USAGE, NULL, "only root can become user %s", id->user);
	}
	drop_bounding_set();
	if (setgroups(1, &id->gid) != 0 || setgid(id->gid) != 0 || setuid(id->uid) != 0)
		return fault_errno(f, NULL, "cannot become user %s", id->user);
	/* setuid and setgid by root set the saved ids as well; that there is no way back is tried. */
	if (getuid() != id->uid || geteuid() != id->uid || getgid() != id->gid ||
	    getegid() != id->gid || (id->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)))
		return fault_set(f, STATUS_IO, NULL, "the system did not make this process user %s's",
		    id->user);
	return STATUS_OK;
}

enum status
privilege_drop(const struct identity *id, struct fault *f)
{
	enum status rc = id == NULL ? STATUS_OK : become(id, f);

	if (rc != STATUS_OK)
		return rc;
	if ((geteuid() != 0 && !drop_capabilities()) || !forbid_new())
		return fault_errno(f, NULL, "cannot give up capabilities");
	return STATUS_OK;
}
