/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hook.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hook_runner.h"

struct hook {
	int fd;
	pid_t runner;
	char *words[HOOK_WORDS_MAX]; /* as given, without quotes; they lie in one piece */
	size_t count;
	bool has_value; /* some word has a %X */
	bool shut;
};

/* One word, its quotes taken away, moved to *to; the text behind it. */
static char *
take_word(char *from, char **to, bool *ok)
{
	char quote = '\0';

	for (; *from != '\0'; from++) {
		if (quote == '\0' && (*from == ' ' || *from == '\t'))
			break;
		if (quote == '\0' && (*from == '\'' || *from == '"'))
			quote = *from;
		else if (quote != '\0' && *from == quote)
			quote = '\0';
		else
			*(*to)++ = *from;
	}
	*ok = quote == '\0';
	return from;
}

static enum status
split(struct hook *h, const char *command, struct fault *f)
{
	char *copy = strdup(command), *from = copy, *to = copy;

	if (copy == NULL)
		return fault_memory(f);
	h->words[0] = copy;
	for (;;) {
		bool ok, end;

		from += strspn(from, " \t");
		if (*from == '\0')
			break;
		if (h->count == HOOK_WORDS_MAX - 2)
			return fault_set(f, STATUS_USAGE, NULL, "%s: more than %d words", command,
			    HOOK_WORDS_MAX - 2);
		h->words[h->count++] = to;
		from = take_word(from, &to, &ok);
		if (!ok)
			return fault_set(f, STATUS_USAGE, NULL, "%s: a quote is not closed", command);
		end = *from == '\0';
		*to++ = '\0';
		if (end)
			break;
		from++;
	}
	return h->count > 0 ? STATUS_OK : fault_set(f, STATUS_USAGE, NULL, "there is no command");
}

static enum status
check_letters(struct hook *h, const char *letters, struct fault *f)
{
	for (size_t i = 0; i < h->count; i++) {
		for (const char *p = strchr(h->words[i], '%'); p != NULL; p = strchr(p + 2, '%')) {
			if (p[1] == '\0' || (p[1] != '%' && strchr(letters, p[1]) == NULL))
				return fault_set(f, STATUS_USAGE, NULL, "%s: %%%c is unknown; %%%% is %%, others are %s",
				    h->words[i], p[1], letters);
			h->has_value |= p[1] != '%';
		}
	}
	return STATUS_OK;
}

static enum status
start(struct hook *h, bool silent, struct fault *f)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return fault_errno(f, NULL, "no socket");
	h->runner = fork();
	if (h->runner == 0) {
		(void)close(ends[0]);
		hook_runner(ends[1], silent);
	}
	(void)close(ends[1]);
	if (h->runner < 0) {
		enum status st = fault_errno(f, NULL, "cannot fork");

		(void)close(ends[0]);
		return st;
	}
	h->fd = ends[0];
	return STATUS_OK;
}

enum status
hook_open(const char *command, const char *letters, bool silent, struct hook **out, struct fault *f)
{
	struct hook *h = calloc(1, sizeof *h);
	enum status st;

	if (h == NULL)
		return fault_memory(f);
	h->fd = -1;
	st = split(h, command, f);
	if (st == STATUS_OK)
		st = check_letters(h, letters, f);
	if (st == STATUS_OK)
		st = start(h, silent, f);
	if (st != STATUS_OK) {
		hook_close(h);
		return st;
	}
	*out = h;
	return STATUS_OK;
}

static const char *
value_of(char letter, const struct hook_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i].letter == letter)
			return values[i].text;
	return "";
}

static void
put_word(struct buf *out, const char *word, const struct hook_value *values, size_t count)
{
	for (; *word != '\0'; word++) {
		if (*word == '%' && *++word != '%')
			buf_str(out, value_of(*word, values, count));
		else
			buf_u8(out, (uint8_t)*word);
	}
	buf_u8(out, '\0');
}

enum status
hook_run(struct hook *h, const char *label, const struct hook_value *values, size_t count,
    struct fault *f)
{
	struct buf order;
	ssize_t sent = -1;

	buf_init(&order, HOOK_ORDER_MAX);
	if (strlen(label) >= HOOK_LABEL_MAX)
		label += strlen(label) - HOOK_LABEL_MAX + 1;
	buf_put(&order, label, strlen(label) + 1);
	for (size_t i = 0; i < h->count; i++)
		put_word(&order, h->words[i], values, count);
	if (!h->has_value && count > 0)
		buf_put(&order, values[0].text, strlen(values[0].text) + 1);
	if (!buf_ok(&order)) {
		buf_free(&order);
		return fault_set(f, STATUS_LIMIT, NULL, "the command is too long");
	}
	sent = send(h->fd, order.data, order.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_free(&order);
	if (sent >= 0)
		return STATUS_OK;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return fault_set(f, STATUS_LIMIT, NULL, "too many commands wait");
	return fault_errno(f, NULL, "the runner of commands is gone");
}

bool
hook_next(struct hook *h, struct hook_result *out)
{
	uint8_t message[1 + HOOK_LABEL_MAX];
	ssize_t got = recv(h->fd, message, sizeof message, MSG_DONTWAIT);

	if (got < 1)
		return false;
	memcpy(out->label, message + 1, (size_t)got - 1);
	out->label[got - 1] = '\0';
	out->status = message[0];
	return true;
}

bool
hook_last(struct hook *h, int64_t until, struct hook_result *out)
{
	struct pollfd p = { .fd = h->fd, .events = POLLIN };

	if (!h->shut)
		(void)shutdown(h->fd, SHUT_WR);
	h->shut = true;
	for (;;) {
		int64_t left = until - clock_monotonic_nanos();
		int n = poll(&p, 1, left <= 0 ? 0 : (int)(left / 1000000) + 1);

		if (n > 0)
			return hook_next(h, out); /* false: its end is closed, all is done */
		if ((n < 0 && errno != EINTR) || left <= 0)
			return false;
	}
}

void
hook_close(struct hook *h)
{
	if (h == NULL)
		return;
	if (h->fd >= 0)
		(void)close(h->fd);
	if (h->runner > 0)
		(void)waitpid(h->runner, NULL, WNOHANG); /* what still runs goes on without us */
	free(h->words[0]);
	free(h);
}
