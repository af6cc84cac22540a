/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_OPTIONS_H
#define CAPTURE_OPTIONS_H

/*
 * What the option records of one observation domain have told (RFC 7011 section 3.4.2,
 * RFC 3954 section 6): samplers, applications, interfaces, VRFs, and facts of the exporter.
 * An entry holds until another with its kind and key comes; none is ever taken out, so that
 * the datagrams that the entries name, read again in their order, make the same tables.
 * Bounded by a budget that an exporter's domains share.
 * options_open; options_put, options_find, options_next; options_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	OPTION_TEXT_MAX = 255,          /* octets of a name or a description: the rest is cut off */
	OPTIONS_MAX = 1 << 22,          /* octets of the entries of one exporter */
	OPTIONS_SURE = 1 << 14,         /* ... that each may have, whatever the others take */
	OPTIONS_TOTAL_MAX = 64 << 20,   /* octets of all exporters together, but for these */
	OPTIONS_COMMON_MAX = 16         /* entries that may have a number in common */
};

enum option_kind {
	OPTION_SAMPLER,       /* samplerId or selectorId: one of `number` packets is sampled; name */
	OPTION_SEQUENCE,      /* selectionSequenceId: `number` is its selector's id */
	OPTION_SAMPLED_TEMPLATE,  /* template id: sampled by `number` */
	OPTION_SAMPLED_INTERFACE, /* ifIndex: sampled by `number` */
	OPTION_SAMPLED,       /* key 0: all of the domain is sampled by `number` */
	OPTION_SAMPLED_CARD,  /* line card: sampled by `number` */
	OPTION_APPLICATION,   /* option_application_key: name, description */
	OPTION_INTERFACE,     /* ifIndex: name, description */
	OPTION_VRF,           /* VRF's id: name */
	OPTION_ELEMENT,       /* option_element_key: name, `number` is its type (RFC 5610 section 3.1) */
	OPTION_FACT,          /* an element's id: `number` is its value */
	OPTION_KINDS
};

/* The datagram that an entry is from. */
struct option_origin {
	uint64_t segment;  /* the sequence of its segment */
	uint64_t datagram; /* its number in that, 0 if it is not kept */
};

struct option_text {
	const char *octets; /* UTF-8, no NUL inside or behind */
	size_t len;
};

struct option_entry {
	struct option_entry *next;  /* of its hash bucket */
	struct option_entry *after; /* the next one in the order in which they first came */
	struct option_entry **place; /* what points to this one in that order */
	uint64_t key;
	uint64_t number;
	struct option_text name;
	struct option_text description;
	struct option_origin origin;
	uint8_t kind;         /* enum option_kind */
	char octets[];
};

/* What the entries of one exporter cost, and of all; both are kept by options_put and _free. */
struct options_budget {
	size_t *exporter;
	size_t *total;
};

struct options;

/* seed: of the hash; changes nothing that a caller sees. */
MUST_USE enum status options_open(uint64_t seed, const struct options_budget *budget,
    struct options **out);
void options_free(struct options *o);

/*
 * Adds or replaces; of o, kind, key, number, name, description and origin are read, and texts are
 * copied.  An empty text keeps the one that the entry had.  STATUS_LIMIT where the budget is spent,
 * the entry is as it was then; STATUS_NO_MEMORY.
 */
MUST_USE enum status options_put(struct options *o, const struct option_entry *entry);
/* NULL if there is none; o may be NULL. */
const struct option_entry *options_find(const struct options *o, enum option_kind kind, uint64_t key);
/* How many there are of a kind. */
size_t options_count(const struct options *o, enum option_kind kind);
/*
 * The number that all entries of a kind (OPTION_SAMPLER, OPTION_SAMPLED_CARD) have; 0 where they
 * differ, where there are none, or more than OPTIONS_COMMON_MAX.
 */
uint64_t options_common(const struct options *o, enum option_kind kind);
/* The first entry (before: NULL) or the one after it, in the order in which they first came. */
const struct option_entry *options_next(const struct options *o, const struct option_entry *before);
/* Entries that were refused for the budget. */
uint64_t options_refused(const struct options *o);

#endif
