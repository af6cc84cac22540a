/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/messagelog.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "capture/zframe.h"
#include "flow/ipfix_decode.h"
#include "flow/messagemark.h"
#include "flow/restate.h"

enum {
	OWNERS = 1 << 14,     /* slots, a power of two */
	OWNERS_MAX = 1 << 13  /* domains that are told apart; then all are forgotten */
};

/* Whose templates stand in the file last, for a domain. */
struct owner {
	uint64_t session; /* 0: the slot is free */
	uint32_t domain;
};

struct messagelog {
	struct zframe *frames;
	struct buf pending;      /* whole runs */
	struct buf run;          /* the messages of the present one */
	struct messagemark mark; /* its own; messages 0: there is none */
	uint32_t marks;          /* in this file */
	bool forgot;             /* templates may stand in the file that no owner tells of */
	size_t owner_count;
	struct owner owners[OWNERS];
};

enum status
messagelog_open(int level, struct messagelog **out, struct fault *f)
{
	struct messagelog *m = calloc(1, sizeof *m);
	enum status st;

	if (m == NULL)
		return fault_memory(f);
	st = zframe_open(level, &m->frames, f);
	if (st != STATUS_OK) {
		free(m);
		return st;
	}
	*out = m;
	return STATUS_OK;
}

void
messagelog_free(struct messagelog *m)
{
	if (m == NULL)
		return;
	zframe_free(m->frames);
	buf_free(&m->pending);
	buf_free(&m->run);
	free(m);
}

static void
forget_owners(struct messagelog *m)
{
	memset(m->owners, 0, sizeof m->owners);
	m->owner_count = 0;
}

void
messagelog_begin(struct messagelog *m)
{
	m->marks = 0;
	m->forgot = false;
	forget_owners(m);
}

static void
put_mark(struct messagelog *m, const struct messagemark *mark)
{
	messagemark_put(&m->pending, mark, m->marks++);
}

static void
end_run(struct messagelog *m)
{
	if (m->mark.messages == 0)
		return;
	m->mark.octets = m->run.len;
	put_mark(m, &m->mark);
	buf_put(&m->pending, m->run.data, m->run.len);
	if (!buf_ok(&m->run))
		m->pending.failed = true;
	buf_reset(&m->run);
	m->mark.messages = 0;
}

static struct owner *
owner_of(struct messagelog *m, uint32_t domain)
{
	size_t i = (size_t)hash_mix(domain + 0x9e3779b97f4a7c15u, 0xd6e8feb86659fd93u) % OWNERS;

	while (m->owners[i].session != 0 && m->owners[i].domain != domain)
		i = (i + 1) % OWNERS;
	return &m->owners[i];
}

static bool
has_templates(const struct template_set *templates, uint32_t domain)
{
	const struct template *one;

	return templates != NULL && template_set_list(templates, domain, &one, 1) > 0;
}

/*
 * The domain's templates are the session's from here on.  Whether they are to be stated: `some` are
 * in force, or those of others may stand.
 */
static bool
take_over(struct messagelog *m, uint32_t domain, uint64_t session, bool some)
{
	struct owner *o = owner_of(m, domain);
	bool others = m->forgot || some;

	if (o->session == session)
		return false;
	if (o->session != 0) {
		others = true;
	} else if (m->owner_count == OWNERS_MAX) {
		forget_owners(m);
		m->forgot = others = true;
		o = owner_of(m, domain);
	}
	if (o->session == 0)
		m->owner_count++;
	*o = (struct owner){ session, domain };
	return others;
}

static void
restate(struct messagelog *m, const struct datagram *d, const struct template_set *templates,
    const struct export_header *next)
{
	struct messagemark mark = { .kind = MESSAGEMARK_RESTATED, .way = *d };
	struct buf octets;

	end_run(m);
	mark.way.number = 0;
	buf_init(&octets, 0);
	mark.messages = restate_templates(&octets, templates, next);
	mark.octets = octets.len;
	put_mark(m, &mark);
	buf_put(&m->pending, octets.data, octets.len);
	if (!buf_ok(&octets))
		m->pending.failed = true;
	buf_free(&octets);
}

/* What a message's header says; it was framed, and so is long enough. */
static struct export_header
header_of(const struct datagram *d)
{
	struct cursor c = cursor_over(d->data, d->len);
	struct export_header h = { .version = DIALECT_IPFIX };

	cursor_skip(&c, 4);
	h.seconds = cursor_be32(&c);
	h.sequence = cursor_be32(&c);
	h.domain = cursor_be32(&c);
	return h;
}

static bool
goes_on(const struct messagelog *m, const struct datagram *d)
{
	return m->mark.messages > 0 && m->mark.way.session == d->session &&
	    (d->transport == TRANSPORT_FILE || m->mark.way.received == d->received);
}

void
messagelog_put(struct messagelog *m, const struct datagram *d,
    const struct template_set *templates)
{
	const struct export_header h = header_of(d);

	if (take_over(m, h.domain, d->session, has_templates(templates, h.domain)))
		restate(m, d, templates, &h);
	if (!goes_on(m, d)) {
		end_run(m);
		m->mark = (struct messagemark){ .kind = MESSAGEMARK_RECEIVED, .way = *d };
	}
	m->mark.messages++;
	buf_put(&m->run, d->data, d->len);
}

void
messagelog_put_carried(struct messagelog *m, const struct carried_datagram *d)
{
	const struct messagemark mark = { .kind = MESSAGEMARK_CARRIED, .way = d->datagram,
		.segment = d->segment, .messages = 1, .octets = d->datagram.len };
	const struct export_header h = header_of(&d->datagram);

	if (take_over(m, h.domain, d->datagram.session, false))
		restate(m, &d->datagram, NULL, &h);
	end_run(m);
	put_mark(m, &mark);
	buf_put(&m->pending, d->datagram.data, d->datagram.len);
}

void
messagelog_end(struct messagelog *m, const struct datagram *way)
{
	struct messagemark mark = { .kind = MESSAGEMARK_ENDED, .way = *way };

	end_run(m);
	mark.way.number = 0;
	put_mark(m, &mark);
}

size_t
messagelog_pending(const struct messagelog *m)
{
	return m->pending.len + m->run.len;
}

enum status
messagelog_cut(struct messagelog *m, struct buf *out, struct fault *f)
{
	end_run(m);
	return zframe_put(m->frames, &m->pending, out, f);
}
