/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_HABIT_H
#define FLOW_HABIT_H

/*
 * How an exporter numbers its IPFIX messages.  By RFC 7011 section 3.1 a number counts the data
 * records, those of options too, that were sent before the message; softflowd counts those of the
 * message too, and no options.  What fits is found by the numbers themselves: another way of
 * counting is believed only where it explains every message so far that any way explains, so that
 * a loss is not explained away.
 *
 * Zeroed is ready.  habit_take per message in the order in which they came; the ledger gets
 * habit_number and habit_units.
 */

#include <stdbool.h>
#include <stdint.h>

enum { HABIT_WITH_OWN = 1, HABIT_NO_OPTIONS = 2, HABIT_WAYS = 4 };

struct habit {
	bool started;         /* the fields below hold */
	uint8_t way;          /* HABIT_ bits */
	uint8_t contradicted; /* bit 1 << way: another way fitted where this one did not */
	uint32_t number;      /* of the message before */
	uint32_t records;     /* its data records, without those of options */
	uint32_t options;
};

struct habit_message {
	uint32_t number;
	uint32_t records;
	uint32_t options;
};

/* True where the way of counting is another from this message on, which follows by it. */
bool habit_take(struct habit *h, const struct habit_message *m);
/* Nothing is known of a message between: its records could not be counted. */
void habit_lose(struct habit *h);
/* Its number and units as the RFC has them. */
uint32_t habit_number(const struct habit *h, const struct habit_message *m);
uint32_t habit_units(const struct habit *h, const struct habit_message *m);

#endif
