/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/thread.h"
#include "capture/session.h"

enum {
	ACCEPTED_AT_ONCE = 64,
	SCRATCH = 128 << 10,  /* octets of one session at a time: a turn of all may exceed the bound */
	REST_TURNS = 1024,    /* of each session at the end, since somebody may go on sending for ever */
	NANOS_PER_MILLI = 1000000,
	TURN_MILLIS = 500     /* at most, between two looks at the clock */
};
/* Where descriptors have run out, somebody has to go first. */
#define PAUSE_NANOS INT64_C(1000000000)

struct sessions {
	struct sessions_options o;
	pthread_t thread;
	bool running;
	int wake[2];           /* a pipe: there is room again, or the thread is to end */
	pthread_mutex_t lock;
	/* under the lock */
	struct sessions_batch *first;
	struct sessions_batch **end;
	size_t octets;
	bool full;             /* nothing is read until there is room */
	bool stop;
	enum status failed;
	struct fault fault;
	/* the thread's own */
	uint64_t numbered;
	int64_t pause;         /* clock: nobody is accepted before */
	size_t count;
	struct session **list; /* o.max of them */
	struct pollfd *fds;
	uint8_t scratch[SCRATCH];
};

static const struct {
	const char *name;
	const char *help;
} ends[SESSION_ENDS] = {
#define SESSION_END(id, name, help) { #name, help },
#include "capture/session_end.def"
#undef SESSION_END
};

const char *
session_end_name(enum session_end e)
{
	return ends[e].name;
}

const char *
session_end_help(enum session_end e)
{
	return ends[e].help;
}

static void
fail(struct sessions *s, enum status st, const struct fault *f)
{
	pthread_mutex_lock(&s->lock);
	s->failed = st;
	s->fault = *f;
	pthread_mutex_unlock(&s->lock);
	s->o.filled(s->o.ctx);
}

static struct sessions_batch *
make_batch(enum sessions_kind kind, const struct datagram *way, const uint8_t *data, size_t octets)
{
	struct sessions_batch *b = malloc(sizeof *b + octets);

	if (b == NULL)
		return NULL;
	memset(b, 0, sizeof *b);
	b->kind = kind;
	b->way = *way;
	b->octets = octets;
	if (octets > 0)
		memcpy(b->data, data, octets);
	return b;
}

/* False when it cannot go on. */
static bool
hand_over(struct sessions *s, struct sessions_batch *b)
{
	struct fault f = { 0 };

	if (b == NULL) {
		fail(s, fault_memory(&f), &f);
		return false;
	}
	pthread_mutex_lock(&s->lock);
	b->next = NULL;
	*s->end = b;
	s->end = &b->next;
	s->octets += sizeof *b + b->octets;
	s->full = s->octets >= s->o.octets;
	pthread_mutex_unlock(&s->lock);
	s->o.filled(s->o.ctx);
	return true;
}

static bool
tell_opened(struct sessions *s, struct session *x)
{
	struct sessions_batch *b = make_batch(SESSIONS_OPENED, &x->way, NULL, 0);
	const char *version = stream_version(x->stream);
	char name[STREAM_NAME_MAX];

	if (b != NULL && version != NULL) {
		stream_certificate(x->stream, name);
		(void)snprintf(b->text, sizeof b->text, "%s%s%s", version,
		    name[0] != '\0' ? ", certificate " : "", name);
	}
	if (b != NULL)
		b->way.received = s->o.now();
	return hand_over(s, b);
}

/* The session leaves the list. */
static bool
end_session(struct sessions *s, size_t i, enum session_end end, const struct fault *f)
{
	struct session *x = s->list[i];
	struct sessions_batch *b = make_batch(SESSIONS_CLOSED, &x->way, NULL, 0);

	if (b != NULL) {
		b->way.received = s->o.now();
		b->end = end;
		b->opened = x->open;
		b->messages = x->messages;
		b->lost = x->lost;
		if (f->status != STATUS_OK)
			fault_print(f, b->text, sizeof b->text);
	}
	session_free(x);
	s->list[i] = s->list[--s->count];
	return hand_over(s, b);
}

static bool
is_allowed(const struct sessions *s, const struct address *from)
{
	for (size_t i = 0; i < s->o.allowed_count; i++)
		if (prefix_has(&s->o.allowed[i], from))
			return true;
	return s->o.allowed_count == 0;
}

static bool
same_source(const struct session *x, const struct address *from)
{
	return x->way.src.family == from->family &&
	    memcmp(x->way.src.octets, from->octets, sizeof from->octets) == 0;
}

/*
 * Makes room for one more of this source, if need be at the cost of the one that has been there
 * longest without any message; *room is false where there is none.
 */
static bool
make_room(struct sessions *s, const struct address *from, bool *room)
{
	const struct fault none = { 0 };
	size_t own = 0, silent = s->count;

	for (size_t i = 0; i < s->count; i++) {
		own += same_source(s->list[i], from);
		if (s->list[i]->messages == 0 && !same_source(s->list[i], from) &&
		    (silent == s->count || s->list[i]->way.session < s->list[silent]->way.session))
			silent = i;
	}
	*room = own < s->o.max_per_source;
	if (!*room || s->count < s->o.max)
		return true;
	*room = silent < s->count;
	return !*room || end_session(s, silent, SESSION_GAVE_WAY, &none);
}

static bool
refuse(struct sessions *s, const struct accepted *who, bool tls, bool not_allowed)
{
	const struct datagram way = { .transport = tls ? TRANSPORT_TLS : TRANSPORT_TCP,
		.received = s->o.now(), .src = who->from, .src_port = who->from_port, .dst = who->to,
		.dst_port = who->to_port };
	struct sessions_batch *b = make_batch(SESSIONS_REFUSED, &way, NULL, 0);

	close(who->fd);
	if (b != NULL)
		b->not_allowed = not_allowed;
	return hand_over(s, b);
}

static bool
welcome(struct sessions *s, const struct accepted *who, const struct tls *tls, int64_t clock)
{
	struct fault f = { 0 };
	struct session *x;
	bool room = false;

	if (!is_allowed(s, &who->from))
		return refuse(s, who, tls != NULL, true);
	if (!make_room(s, &who->from, &room)) {
		close(who->fd);
		return false;
	}
	if (!room)
		return refuse(s, who, tls != NULL, false);
	if (session_open(who, tls, s->numbered + 1, clock, &x, &f) != STATUS_OK)
		return f.status != STATUS_NO_MEMORY || (fail(s, f.status, &f), false);
	s->numbered++;
	x->open = tls == NULL;
	s->list[s->count++] = x;
	return !x->open || tell_opened(s, x);
}

static bool
accept_all(struct sessions *s, size_t listener, int64_t clock)
{
	struct accepted who;

	for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
		enum status st = listener_accept(s->o.listeners[listener], &who, NULL);

		if (st == STATUS_LIMIT)
			return true;
		if (st != STATUS_OK) {
			s->pause = clock + PAUSE_NANOS;
			return true;
		}
		if (!welcome(s, &who, s->o.tls[listener], clock))
			return false;
	}
	return true;
}

/* What one session has to say; *gone: it left the list. */
static bool
serve(struct sessions *s, size_t i, int64_t clock, enum status *how, bool *gone)
{
	struct session *x = s->list[i];
	struct fault f = { 0 };
	enum session_end end;
	size_t octets = 0;

	*gone = false;
	if (!x->open) {
		*how = session_shake(x, clock, &end, &f);
		if (*how == STATUS_OK && !tell_opened(s, x))
			return false;
	} else {
		x->way.received = s->o.now();
		*how = session_read(x, clock, s->scratch, sizeof s->scratch, &octets, &end, &f);
		if (octets > 0 && !hand_over(s, make_batch(SESSIONS_MESSAGES, &x->way, s->scratch, octets)))
			return false;
	}
	if (*how == STATUS_OK || *how == STATUS_LIMIT)
		return true;
	if (*how == STATUS_NO_MEMORY) {
		fail(s, *how, &f);
		return false;
	}
	*gone = true;
	return end_session(s, i, end, &f);
}

/* Those that take too long; *due is when the next one will. */
static bool
end_late(struct sessions *s, int64_t clock, int64_t *due)
{
	const struct fault none = { 0 };

	*due = INT64_MAX;
	for (size_t i = s->count; i-- > 0;) {
		enum session_end end;
		int64_t when;

		if (session_late(s->list[i], &s->o, clock, &end, &when)) {
			if (!end_session(s, i, end, &none))
				return false;
		} else if (when < *due) {
			*due = when;
		}
	}
	return true;
}

/* The clocks of all stand still while nothing is read for want of room. */
static void
forgive(struct sessions *s, int64_t clock)
{
	for (size_t i = 0; i < s->count; i++) {
		struct session *x = s->list[i];

		x->heard = clock;
		if (!x->open)
			x->since = clock;
		if (x->begun != 0)
			x->begun = clock;
	}
}

static bool
is_full(struct sessions *s, bool *stop)
{
	bool full;

	pthread_mutex_lock(&s->lock);
	full = s->full;
	*stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return full;
}

/* Fills fds: wake, listeners, sessions; how long to wait, milliseconds. */
static int
prepare(struct sessions *s, bool full, int64_t clock, int64_t due)
{
	size_t n = s->o.listener_count;
	int64_t wait = (due - clock) / NANOS_PER_MILLI + 1;

	s->fds[0] = (struct pollfd){ .fd = s->wake[0], .events = POLLIN };
	for (size_t i = 0; i < n; i++)
		s->fds[1 + i] = (struct pollfd){ .events = POLLIN,
			.fd = full || clock < s->pause ? -1 : listener_fd(s->o.listeners[i]) };
	for (size_t i = 0; i < s->count; i++) {
		struct stream *c = s->list[i]->stream;

		s->fds[1 + n + i] = (struct pollfd){ .fd = full ? -1 : stream_fd(c),
			.events = stream_events(c, true, false) };
		if (!full && stream_pending(c))
			wait = 0;
	}
	return wait > TURN_MILLIS ? TURN_MILLIS : (int)wait;
}

static void
drain_wake(struct sessions *s)
{
	uint8_t some[64];

	while (read(s->wake[0], some, sizeof some) > 0)
		;
}

/* From the last to the first, since one that ends is replaced by the last. */
static bool
serve_all(struct sessions *s, size_t polled, int64_t clock)
{
	for (size_t i = polled; i-- > 0;) {
		const struct pollfd *p = &s->fds[1 + s->o.listener_count + i];
		enum status how;
		bool gone;

		if (p->fd >= 0 && (p->revents != 0 || stream_pending(s->list[i]->stream)) &&
		    !serve(s, i, clock, &how, &gone))
			return false;
	}
	for (size_t i = 0; i < s->o.listener_count; i++)
		if (s->fds[1 + i].revents != 0 && !accept_all(s, i, clock))
			return false;
	return true;
}

static void *
run(void *ctx)
{
	struct sessions *s = ctx;
	bool stop = false, full = is_full(s, &stop);
	int64_t clock = s->o.clock(), due = INT64_MAX;

	while (!stop) {
		size_t polled = s->count;
		int wait = prepare(s, full, clock, due);

		if (poll(s->fds, 1 + s->o.listener_count + polled, wait) < 0 && errno != EINTR)
			break;
		clock = s->o.clock();
		if (s->fds[0].revents != 0)
			drain_wake(s);
		if (full)
			forgive(s, clock);
		else if (!serve_all(s, polled, clock))
			break;
		full = is_full(s, &stop);
		if (!end_late(s, clock, &due))
			break;
	}
	return NULL;
}

/* What was in the kernel when it was told to end still counts as received. */
static void
take_rest(struct sessions *s)
{
	const struct fault none = { 0 };
	int64_t clock = s->o.clock();

	while (s->count > 0 && s->failed == STATUS_OK) {
		enum status how = STATUS_OK;
		bool gone = false;

		for (int k = 0; k < REST_TURNS && how == STATUS_OK && !gone; k++)
			if (!serve(s, s->count - 1, clock, &how, &gone))
				return;
		if (gone)
			continue;
		if (!end_session(s, s->count - 1, SESSION_STOPPED, &none))
			return;
	}
}

enum status
sessions_open(const struct sessions_options *o, struct sessions **out, struct fault *f)
{
	struct sessions *s = malloc(sizeof *s);
	int rc;

	if (s == NULL)
		return fault_memory(f);
	memset(s, 0, offsetof(struct sessions, scratch));
	s->o = *o;
	s->end = &s->first;
	s->wake[0] = s->wake[1] = -1;
	pthread_mutex_init(&s->lock, NULL);
	s->list = calloc(o->max, sizeof(struct session *));
	s->fds = calloc(1 + o->listener_count + o->max, sizeof *s->fds);
	if (s->list == NULL || s->fds == NULL) {
		sessions_close(s);
		return fault_memory(f);
	}
	if (pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		(void)fault_errno(f, NULL, "no pipe");
		sessions_close(s);
		return STATUS_IO;
	}
	rc = thread_start(&s->thread, run, s);
	if (rc != 0) {
		sessions_close(s);
		return fault_set(f, STATUS_IO, NULL, "no thread: %s", strerror(rc));
	}
	s->running = true;
	*out = s;
	return STATUS_OK;
}

enum status
sessions_take(struct sessions *s, struct sessions_batch **out, struct fault *f)
{
	enum status st = STATUS_OK;

	pthread_mutex_lock(&s->lock);
	*out = s->first;
	if (s->first != NULL) {
		s->first = s->first->next;
		if (s->first == NULL)
			s->end = &s->first;
	} else if (s->failed != STATUS_OK) {
		st = s->failed;
		if (f != NULL && f->status == STATUS_OK)
			*f = s->fault;
	}
	pthread_mutex_unlock(&s->lock);
	return st;
}

size_t
sessions_octets(struct sessions *s)
{
	size_t octets;

	pthread_mutex_lock(&s->lock);
	octets = s->octets;
	pthread_mutex_unlock(&s->lock);
	return octets;
}

bool
sessions_message(const struct sessions_batch *b, size_t *at, struct datagram *out)
{
	if (b->octets - *at < 4)
		return false;
	*out = b->way;
	out->data = b->data + *at;
	out->len = load_be16(out->data + 2); /* as the thread has cut it */
	*at += out->len;
	return true;
}

static void
nudge(struct sessions *s)
{
	ssize_t ignored = write(s->wake[1], "", 1); /* a full pipe wakes as well */

	(void)ignored;
}

void
sessions_give_back(struct sessions *s, struct sessions_batch *b)
{
	bool room;

	pthread_mutex_lock(&s->lock);
	s->octets -= sizeof *b + b->octets;
	room = s->full && s->octets < s->o.octets / 2;
	if (room)
		s->full = false;
	pthread_mutex_unlock(&s->lock);
	if (room)
		nudge(s);
	free(b);
}

void
sessions_stop(struct sessions *s)
{
	if (!s->running)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	nudge(s);
	pthread_join(s->thread, NULL);
	s->running = false;
	take_rest(s);
}

void
sessions_close(struct sessions *s)
{
	if (s == NULL)
		return;
	sessions_stop(s);
	for (size_t i = 0; i < s->count; i++)
		session_free(s->list[i]);
	while (s->first != NULL) {
		struct sessions_batch *b = s->first;

		s->first = b->next;
		free(b);
	}
	pthread_mutex_destroy(&s->lock);
	socket_close(s->wake[0]);
	socket_close(s->wake[1]);
	free(s->list);
	free(s->fds);
	free(s);
}
