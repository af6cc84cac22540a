/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_filter.h"

#include <pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dlt.h"

enum {
	PROGRAMS_MAX = 64, /* link types in one run; any more match nothing */
	SNAPLEN = 262144
};

struct program {
	uint16_t link_type;
	bool usable;
	struct bpf_program code;
};

struct packet_filter {
	char *expression;
	struct program programs[PROGRAMS_MAX];
	size_t count;
	size_t last; /* the program that the last packet used */
};

/* Compiles for one link type; the reason of a failure into why. */
static bool
compile(const struct packet_filter *p, uint16_t link_type, struct bpf_program *code, char *why,
    size_t size)
{
	pcap_t *dead = pcap_open_dead(dlt_of_linktype(link_type), SNAPLEN);
	bool done;

	if (dead == NULL)
		return false;
	done = pcap_compile(dead, code, p->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!done) {
		strncpy(why, pcap_geterr(dead), size - 1);
		why[size - 1] = '\0';
	}
	pcap_close(dead);
	return done;
}

enum status
packet_filter_open(const char *expression, struct packet_filter **out, struct fault *f)
{
	/* Expressions such as "type mgt" only compile for 802.11, others only for Ethernet. */
	static const uint16_t tries[] = { 1, 105, 127, 101, 113 };
	struct packet_filter *p = calloc(1, sizeof *p);
	char why[PCAP_ERRBUF_SIZE] = "", first[PCAP_ERRBUF_SIZE] = "";
	enum status st;

	if (p == NULL || (p->expression = strdup(expression)) == NULL) {
		free(p);
		return fault_memory(f);
	}
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		struct bpf_program code;

		if (compile(p, tries[i], &code, i == 0 ? first : why, sizeof why)) {
			pcap_freecode(&code);
			*out = p;
			return STATUS_OK;
		}
	}
	st = fault_set(f, STATUS_USAGE, NULL, "the filter '%s' is no pcap-filter(7): %s", expression,
	    first);
	packet_filter_free(p);
	return st;
}

/* The program for a link type, compiled when it first comes by. */
static struct program *
program_for(struct packet_filter *p, uint16_t link_type)
{
	struct program *g = &p->programs[p->last];
	char why[PCAP_ERRBUF_SIZE];

	if (p->count > 0 && g->link_type == link_type)
		return g;
	for (size_t i = 0; i < p->count; i++) {
		if (p->programs[i].link_type == link_type) {
			p->last = i;
			return &p->programs[i];
		}
	}
	if (p->count == PROGRAMS_MAX)
		return NULL;
	p->last = p->count++;
	g = &p->programs[p->last];
	g->link_type = link_type;
	g->usable = compile(p, link_type, &g->code, why, sizeof why);
	return g;
}

enum status
packet_filter_match(struct packet_filter *p, const struct packet *packets, size_t count,
    uint8_t *matched, struct fault *f)
{
	(void)f;
	for (size_t i = 0; i < count; i++) {
		const struct packet *k = &packets[i];
		const struct program *g = program_for(p, k->link_type);

		matched[i] = g != NULL && g->usable &&
		    bpf_filter(g->code.bf_insns, k->data, k->wire, k->captured) != 0;
	}
	return STATUS_OK;
}

bool
packet_filter_meaningless(const struct packet_filter *p, uint16_t *link_type)
{
	for (size_t i = 0; i < p->count; i++) {
		if (!p->programs[i].usable) {
			*link_type = p->programs[i].link_type;
			return true;
		}
	}
	return false;
}

void
packet_filter_free(struct packet_filter *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		if (p->programs[i].usable)
			pcap_freecode(&p->programs[i].code);
	free(p->expression);
	free(p);
}
