/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hook_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/hook.h"

enum { ORDERS = 3, FIRST_FREE = 4, DESCRIPTORS_MAX = 65536 };

struct running {
	pid_t pid; /* 0: free */
	time_t since;
	char label[HOOK_LABEL_MAX];
};

struct runner {
	struct running list[HOOK_RUNNING];
	size_t count;
	bool over; /* no more orders */
	sigset_t asleep; /* the mask while it waits; else SIGCHLD is blocked, so that none is missed */
	char order[HOOK_ORDER_MAX + 1];
};

static void
close_others(int from)
{
#if defined(__FreeBSD__) || (defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34))
	closefrom(from);
#else
	long most = sysconf(_SC_OPEN_MAX);

	for (int fd = from; fd < (most < 0 || most > DESCRIPTORS_MAX ? DESCRIPTORS_MAX : most); fd++)
		(void)close(fd);
#endif
}

static void
wake(int number)
{
	(void)number; /* pselect returns */
}

/* Who asks the service to end means the service; a command that was ordered is still run. */
static void
set_signals(struct runner *r)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE };
	struct sigaction a = { .sa_handler = SIG_IGN };
	sigset_t child;

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)sigaction(ignored[i], &a, NULL);
	a.sa_handler = wake;
	(void)sigaction(SIGCHLD, &a, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &child, NULL);
	sigemptyset(&r->asleep);
}

static void
null_streams(bool silent)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		_exit(HOOK_NOT_STARTED);
	(void)dup2(null, STDIN_FILENO);
	if (silent)
		(void)dup2(null, STDERR_FILENO);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO); /* ours may be data */
	if (null > STDERR_FILENO)
		(void)close(null);
}

static void
forget_manager(void)
{
	static const char *const names[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
		"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)unsetenv(names[i]);
}

static noreturn void
become(char **words)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE,
		SIGCHLD };
	struct sigaction a = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigaction(numbers[i], &a, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	(void)close(ORDERS);
	(void)execvp(words[0], words);
	_exit(HOOK_NOT_STARTED);
}

static void
answer(const char *label, int status)
{
	char message[1 + HOOK_LABEL_MAX];
	size_t len = strlen(label);

	message[0] = (char)status;
	memcpy(message + 1, label, len);
	while (send(ORDERS, message, 1 + len, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static struct running *
free_place(struct runner *r)
{
	for (size_t i = 0; i < HOOK_RUNNING; i++)
		if (r->list[i].pid == 0)
			return &r->list[i];
	return NULL;
}

/* An order is a label and words, and every one of them has its end. */
static void
start(struct runner *r, size_t len)
{
	struct running *place = free_place(r);
	char *words[HOOK_WORDS_MAX + 1], *end = r->order + len;
	const char *label = r->order;
	size_t count = 0;
	pid_t pid;

	if (place == NULL || len == 0 || end[-1] != '\0' || strlen(label) >= HOOK_LABEL_MAX)
		return;
	for (char *p = r->order + strlen(label) + 1; p < end && count < HOOK_WORDS_MAX; p += strlen(p) + 1)
		words[count++] = p;
	words[count] = NULL;
	pid = count == 0 ? -1 : fork();
	if (pid == 0)
		become(words);
	if (pid < 0) {
		answer(label, HOOK_NOT_STARTED);
		return;
	}
	place->pid = pid;
	place->since = time(NULL);
	memcpy(place->label, label, strlen(label) + 1);
	r->count++;
}

static void
take_order(struct runner *r)
{
	ssize_t got = recv(ORDERS, r->order, HOOK_ORDER_MAX, 0);

	if (got > 0)
		start(r, (size_t)got);
	else if (got == 0 || errno != EINTR)
		r->over = true;
}

static void
take_ended(struct runner *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < HOOK_RUNNING; i++) {
			if (r->list[i].pid != pid)
				continue;
			answer(r->list[i].label,
			    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
			r->list[i].pid = 0;
			r->count--;
		}
	}
}

/* The clock may be set: one that seems to have begun in the future begins now. */
static void
end_long_ones(struct runner *r)
{
	time_t now = time(NULL);

	for (size_t i = 0; i < HOOK_RUNNING; i++) {
		if (r->list[i].pid == 0)
			continue;
		if (r->list[i].since > now)
			r->list[i].since = now;
		if (now - r->list[i].since > HOOK_SECONDS)
			(void)kill(-r->list[i].pid, SIGKILL);
	}
}

void
hook_runner(int fd, bool silent)
{
	struct runner *r = calloc(1, sizeof *r);

	if (r == NULL)
		_exit(HOOK_NOT_STARTED);
	null_streams(silent);
	if (fd != ORDERS && dup2(fd, ORDERS) < 0)
		_exit(HOOK_NOT_STARTED);
	close_others(FIRST_FREE);
	set_signals(r);
	forget_manager();
	while (!r->over || r->count > 0) {
		const struct timespec second = { 1, 0 };
		bool ready = !r->over && r->count < HOOK_RUNNING;
		fd_set fds;
		int n;

		FD_ZERO(&fds);
		if (ready)
			FD_SET(ORDERS, &fds);
		n = pselect(ready ? ORDERS + 1 : 0, &fds, NULL, NULL, r->count > 0 ? &second : NULL,
		    &r->asleep);
		if (n > 0)
			take_order(r);
		take_ended(r);
		end_long_ones(r);
	}
	_exit(0);
}
