/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_STARTED = 2 }; /* exit status where the child's cannot be had */

/* Until the child is ready, one octet, or gone, none. */
static int
wait_for(int report, pid_t child)
{
	char ready;
	ssize_t n;
	int status = 0;

	do
		n = read(report, &ready, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return NOT_STARTED;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_STARTED;
}

static void
close_on_exec(int fd)
{
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

enum status
daemon_fork(struct daemon *d, bool *parent, int *status, struct fault *f)
{
	int ends[2];
	pid_t child;

	d->report = -1;
	(void)fflush(NULL); /* or both would write it */
	if (pipe(ends) != 0)
		return fault_errno(f, NULL, "cannot make a pipe");
	child = fork();
	if (child < 0) {
		enum status rc = fault_errno(f, NULL, "cannot fork");

		(void)close(ends[0]);
		(void)close(ends[1]);
		return rc;
	}
	*parent = child != 0;
	(void)close(ends[*parent ? 1 : 0]);
	if (*parent) {
		*status = wait_for(ends[0], child);
		(void)close(ends[0]);
		return STATUS_OK;
	}
	close_on_exec(ends[1]);
	d->report = ends[1];
	return setsid() < 0 ? fault_errno(f, NULL, "cannot begin a session") : STATUS_OK;
}

enum status
daemon_ready(struct daemon *d, struct fault *f)
{
	static const char ready = 1;
	enum status rc = STATUS_OK;
	int null;

	if (d->report < 0)
		return STATUS_OK;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return fault_errno(f, "/dev/null", "cannot open");
	(void)fflush(NULL);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			rc = fault_errno(f, "/dev/null", "cannot take it for a standard stream");
	if (null > STDERR_FILENO)
		(void)close(null);
	if (rc == STATUS_OK && write(d->report, &ready, 1) != 1)
		rc = fault_errno(f, NULL, "cannot tell that it is ready");
	daemon_close(d);
	return rc;
}

void
daemon_close(struct daemon *d)
{
	if (d->report >= 0)
		(void)close(d->report);
	d->report = -1;
}
