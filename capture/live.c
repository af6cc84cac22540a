/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/live.h"

#include <errno.h>
#include <pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#endif

#include "capture/dlt.h"
#include "capture/linktype.h"

enum {
	ARENA_FILL = 1 << 20, /* octets of packets in a batch, and one packet more */
	QUIET_TURNS = 3       /* of LIVE_HOLD_MILLIS: until the kernel has shown all it holds */
};

struct handle {
	struct live_interface about;
	struct live *live;
	pcap_t *pcap;
	uint16_t input;
	struct pcap_stat last; /* of the system, 32 bits that wrap */
};

struct live {
	struct handle handles[LIVE_INTERFACES_MAX];
	struct live_interface list[LIVE_INTERFACES_MAX]; /* for live_interfaces */
	size_t count;
	size_t turn; /* who is read first */
	bool drained;
	uint8_t *arena;
	size_t used;
	struct packet *batch;
	size_t filled;
};

static void
note(struct handle *h, const char *text)
{
	(void)snprintf(h->about.text, sizeof h->about.text, "%s", text);
}

/* What to do about it stands in the message: these are the first things that go wrong. */
static enum status
activation_failed(const struct handle *h, int rc, const struct live_options *o, struct fault *f)
{
	const char *name = h->about.name, *why = pcap_geterr(h->pcap);

	switch (rc) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return fault_set(f, STATUS_ABSENT, name, "no such interface%s%s",
		    why[0] != '\0' ? ": " : "", why);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return fault_set(f, STATUS_IO, name, "no permission to capture here; it needs root or, on "
		    "Linux, the capability CAP_NET_RAW");
	case PCAP_ERROR_IFACE_NOT_UP:
		return fault_set(f, STATUS_IO, name, "the interface is not up");
	default:
		return fault_set(f, STATUS_IO, name, "cannot capture with a ring of %llu KiB: %s",
		    (unsigned long long)(o->ring >> 10),
		    rc == PCAP_ERROR && why[0] != '\0' ? why : pcap_statustostr(rc));
	}
}

static enum status
set_up(struct handle *h, const struct live_options *o, struct fault *f)
{
	pcap_t *p = h->pcap;
	int rc = pcap_set_snaplen(p, (int)o->snap_length);

	if (rc == 0)
		rc = pcap_set_promisc(p, o->promiscuous);
	if (rc == 0)
		rc = pcap_set_timeout(p, LIVE_HOLD_MILLIS);
	if (rc == 0)
		rc = pcap_set_buffer_size(p, (int)o->ring);
	if (rc != 0)
		return fault_set(f, STATUS_USAGE, h->about.name, "%s", pcap_statustostr(rc));
	/* Where it is not there, times are microseconds. */
	(void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	return STATUS_OK;
}

static enum status
learn(struct handle *h, struct fault *f)
{
	struct live_interface *a = &h->about;
	int dlt = pcap_datalink(h->pcap);

	a->link_type = dlt_to_linktype(dlt);
	a->snap_length = (uint32_t)pcap_snapshot(h->pcap);
	a->nanoseconds = pcap_get_tstamp_precision(h->pcap) == PCAP_TSTAMP_PRECISION_NANO;
	if (linktype_find(a->link_type) == NULL)
		return fault_set(f, STATUS_UNSUPPORTED, a->name, "frames of link type %u (%s) are not "
		    "dissected", a->link_type,
		    pcap_datalink_val_to_name(dlt) != NULL ? pcap_datalink_val_to_name(dlt) : "unknown");
	return STATUS_OK;
}

static enum status
open_one(struct live *l, const char *name, const struct live_options *o, struct fault *f)
{
	struct handle *h = &l->handles[l->count];
	char why[PCAP_ERRBUF_SIZE] = "";
	enum status st;
	int rc;

	if (strlen(name) >= sizeof h->about.name || name[0] == '\0')
		return fault_set(f, STATUS_USAGE, name, "no interface has such a name");
	strcpy(h->about.name, name);
	h->live = l;
	h->input = (uint16_t)l->count;
	h->pcap = pcap_create(name, why);
	if (h->pcap == NULL)
		return fault_set(f, STATUS_IO, name, "%s", why);
	l->count++;
	st = set_up(h, o, f);
	if (st != STATUS_OK)
		return st;
	rc = pcap_activate(h->pcap);
	if (rc < 0)
		return activation_failed(h, rc, o, f);
	if (rc > 0)
		note(h, rc == PCAP_WARNING ? pcap_geterr(h->pcap) : pcap_statustostr(rc));
	if (pcap_setnonblock(h->pcap, 1, why) != 0 || pcap_get_selectable_fd(h->pcap) < 0)
		return fault_set(f, STATUS_IO, name, "cannot wait for its packets: %s", why);
	return learn(h, f);
}

/*
 * A filter that refuses all, past libpcap: its own way would also forget what is in the ring.
 * False where the system has no such thing.
 */
static bool
refuse_all(struct handle *h)
{
#ifdef __linux__
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &nothing };

	return setsockopt(pcap_fileno(h->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program,
	    sizeof program) == 0;
#else
	(void)h;
	return false;
#endif
}

static void
accept_all(struct handle *h)
{
#ifdef __linux__
	int unused = 0;

	(void)setsockopt(pcap_fileno(h->pcap), SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
#else
	(void)h;
#endif
}

static enum status
set_filter(struct handle *h, const char *filter, struct fault *f)
{
	struct bpf_program code;
	enum status st = STATUS_OK;

	if (filter == NULL) {
		accept_all(h);
		return STATUS_OK;
	}
	if (pcap_compile(h->pcap, &code, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return fault_set(f, STATUS_USAGE, h->about.name, "the filter '%s' is no pcap-filter(7) "
		    "here: %s", filter, pcap_geterr(h->pcap));
	if (pcap_setfilter(h->pcap, &code) != 0)
		st = fault_set(f, STATUS_IO, h->about.name, "cannot set the filter: %s",
		    pcap_geterr(h->pcap));
	pcap_freecode(&code);
	return st;
}

static void
count_one(struct handle *h)
{
	struct live_counts *c = &h->about.counts;
	struct pcap_stat now;

	if (pcap_stats(h->pcap, &now) != 0)
		return;
	c->received += (uint32_t)(now.ps_recv - h->last.ps_recv);
	c->dropped += (uint32_t)(now.ps_drop - h->last.ps_drop);
	c->interface_dropped += (uint32_t)(now.ps_ifdrop - h->last.ps_ifdrop);
	h->last = now;
}

static void
forget(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	(void)user;
	(void)header;
	(void)data;
}

/*
 * Between activation and filter all packets come in.  They are thrown away and the counters
 * begin behind them, so that what is counted as received is what this run reads or loses.
 */
static enum status
begin(struct live *l, const struct live_options *o, struct fault *f)
{
	bool quiet = true;
	enum status st = STATUS_OK;

	for (size_t i = 0; i < l->count; i++)
		quiet &= refuse_all(&l->handles[i]);
	if (quiet)
		(void)poll(NULL, 0, QUIET_TURNS * LIVE_HOLD_MILLIS / 2);
	for (size_t i = 0; i < l->count && st == STATUS_OK; i++) {
		struct handle *h = &l->handles[i];

		while (quiet && pcap_dispatch(h->pcap, -1, forget, NULL) > 0)
			continue;
		count_one(h);
		h->about.counts = (struct live_counts) { .received = 0 };
		st = set_filter(h, o->filter, f);
	}
	return st;
}

enum status
live_open(const struct live_options *o, struct live **out, struct fault *f)
{
	struct live *l = calloc(1, sizeof *l);
	enum status st = STATUS_OK;

	if (l == NULL)
		return fault_memory(f);
	l->arena = malloc(ARENA_FILL + LIVE_SNAP_MAX);
	if (l->arena == NULL)
		st = fault_memory(f);
	for (size_t i = 0; i < o->interface_count && st == STATUS_OK; i++)
		st = open_one(l, o->interfaces[i], o, f);
	if (st == STATUS_OK)
		st = begin(l, o, f);
	if (st != STATUS_OK) {
		live_close(l);
		return st;
	}
	*out = l;
	return STATUS_OK;
}

/* The ring's memory goes back to the kernel when libpcap's call ends: the octets are copied. */
static void
take(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	struct handle *h = (struct handle *)(void *)user;
	struct live *l = h->live;
	struct packet *p = &l->batch[l->filled++];
	uint32_t captured = header->caplen < LIVE_SNAP_MAX ? header->caplen : LIVE_SNAP_MAX;
	int64_t part = (int64_t)header->ts.tv_usec;

	memcpy(l->arena + l->used, data, captured);
	*p = (struct packet) { .time = (int64_t)header->ts.tv_sec * 1000000000 +
		(h->about.nanoseconds ? part : part * 1000), .data = l->arena + l->used,
		.captured = captured, .wire = header->len > captured ? header->len : captured,
		.link_type = h->about.link_type, .input = h->input, .fine = h->about.nanoseconds,
		.frame = ++h->about.packets };
	l->used += captured;
	if (l->used >= ARENA_FILL)
		pcap_breakloop(h->pcap);
}

/* What this interface has now, as far as the batch has room. */
static void
read_one(struct live *l, struct handle *h, size_t max)
{
	size_t room = max - l->filled, before = l->filled;
	int rc;

	if (room == 0 || l->used >= ARENA_FILL) {
		l->drained = false;
		return;
	}
	rc = pcap_dispatch(h->pcap, (int)room, take, (u_char *)h);
	if (rc == PCAP_ERROR_BREAK || l->filled - before == room) {
		l->drained = false;
	} else if (rc < 0) {
		h->about.gone = true;
		note(h, pcap_geterr(h->pcap));
	}
}

static size_t
read_all(struct live *l, size_t max)
{
	size_t present = 0;

	l->filled = l->used = 0;
	l->drained = true;
	for (size_t i = 0; i < l->count; i++) {
		struct handle *h = &l->handles[(l->turn + i) % l->count];

		if (h->about.gone)
			continue;
		present++;
		read_one(l, h, max);
	}
	l->turn = (l->turn + 1) % l->count;
	return present;
}

static void
wait_for_packets(const struct live *l, int millis)
{
	struct pollfd fds[LIVE_INTERFACES_MAX];
	nfds_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!l->handles[i].about.gone)
			fds[n++] = (struct pollfd) { .fd = pcap_get_selectable_fd(l->handles[i].pcap),
				.events = POLLIN };
	(void)poll(fds, n, millis);
}

enum status
live_next(struct live *l, struct packet *batch, size_t max, int millis, size_t *count,
    struct fault *f)
{
	size_t present;

	(void)f;
	l->batch = batch;
	present = read_all(l, max);
	if (l->filled == 0 && present > 0 && millis > 0) {
		wait_for_packets(l, millis);
		present = read_all(l, max);
	}
	*count = l->filled;
	return present == 0 ? STATUS_END : STATUS_OK;
}

bool
live_drained(const struct live *l)
{
	return l->drained;
}

void
live_stop(struct live *l)
{
	for (size_t i = 0; i < l->count; i++)
		(void)refuse_all(&l->handles[i]);
}

void
live_count(struct live *l)
{
	for (size_t i = 0; i < l->count; i++)
		count_one(&l->handles[i]);
}

const struct live_interface *
live_interfaces(struct live *l, size_t *count)
{
	for (size_t i = 0; i < l->count; i++)
		l->list[i] = l->handles[i].about;
	*count = l->count;
	return l->list;
}

void
live_close(struct live *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++)
		pcap_close(l->handles[i].pcap);
	free(l->arena);
	free(l);
}
