/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/cmd_replay_custody.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/custody.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

/* ARCHIVE.custody, beside it: not inside, where it would be a file that no manifest lists. */
static enum status
path_of(const struct replay_options *o, char out[FILE_PATH_MAX], struct fault *f)
{
	const char *path = o->custody_file != NULL ? o->custody_file : o->path;
	size_t len = strlen(path);
	int n;

	while (o->custody_file == NULL && len > 1 && path[len - 1] == '/')
		len--;
	n = snprintf(out, FILE_PATH_MAX, "%.*s%s", (int)len, path, o->custody_file != NULL ? "" : ".custody");
	return n < FILE_PATH_MAX ? STATUS_OK : fault_set(f, STATUS_LIMIT, path, "the path is too long");
}

/* Who acts, as far as this system knows. */
static void
name_actor(char user[CUSTODY_NAME_MAX + 1], char host[CUSTODY_NAME_MAX + 1])
{
	const struct passwd *p = getpwuid(geteuid());

	(void)snprintf(user, CUSTODY_NAME_MAX + 1, "%s", p != NULL ? p->pw_name : "");
	if (p == NULL)
		(void)snprintf(user, CUSTODY_NAME_MAX + 1, "%lu", (unsigned long)geteuid());
	if (gethostname(host, CUSTODY_NAME_MAX) != 0)
		host[0] = '\0';
	host[CUSTODY_NAME_MAX] = '\0';
}

enum status
custody_keep(const struct replay_options *o, const struct buf *receipt, struct fault *f)
{
	char path[FILE_PATH_MAX], user[CUSTODY_NAME_MAX + 1], host[CUSTODY_NAME_MAX + 1], hex[SHA256_HEX];
	const struct custody_writer w = { .path = path, .state = o->reader.state, .user = user, .host = host,
		.time = clock_wall_nanos() };
	struct custody_head head;
	enum status st = path_of(o, path, f);

	name_actor(user, host);
	if (st == STATUS_OK)
		st = custody_append(&w, "replay", receipt, &head, f);
	if (st != STATUS_OK || receipt == NULL)
		return st;
	text_hex(hex, head.sha256, SHA256_SIZE);
	log_notice("custody log %s: head %llu:%s", path, (unsigned long long)head.sequence, hex);
	return STATUS_OK;
}
