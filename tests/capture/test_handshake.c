/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/handshake.h"

#include "tests/capture/packets.h"
#include "tests/unit.h"

enum { NA = -1, MICROS_PER_MS = 1000 };

/* From 'c'lient or 's'erver; numbers as they are. */
struct step {
	char from;
	unsigned flags;
	uint32_t number;
	uint32_t ack;
	int ms;
};

#define LAST { '\0', 0, 0, 0, 0 }

/* Milliseconds, or NA. */
struct scene {
	const char *name;
	struct step steps[8];
	int server;
	int client;
};

static const struct scene scenes[] = {
	{ "plain", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, 30, 5 },
	{ "the client's data acknowledges", { { 'c', SYN, 100, 0, 0 },
	    { 's', SYN | ACK, 500, 101, 30 }, { 'c', ACK | PSH, 101, 501, 36 }, LAST }, 30, 6 },
	{ "SYN twice: which was answered?", { { 'c', SYN, 100, 0, 0 }, { 'c', SYN, 100, 0, 20 },
	    { 's', SYN | ACK, 500, 101, 30 }, { 'c', ACK, 101, 501, 35 }, LAST }, NA, 5 },
	{ "SYN again after its answer", { { 'c', SYN, 100, 0, 0 },
	    { 's', SYN | ACK, 500, 101, 30 }, { 'c', SYN, 100, 0, 32 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, 30, 5 },
	{ "SYN/ACK twice", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 's', SYN | ACK, 500, 101, 33 }, { 'c', ACK, 101, 501, 35 }, LAST }, 30, NA },
	{ "another SYN: the answer is the second's", { { 'c', SYN, 100, 0, 0 },
	    { 'c', SYN, 200, 0, 20 }, { 's', SYN | ACK, 500, 201, 30 },
	    { 'c', ACK, 201, 501, 35 }, LAST }, 10, 5 },
	{ "an answer to another SYN", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 77, 30 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, NA, NA },
	{ "without its SYN", { { 's', SYN | ACK, 500, 101, 30 }, { 'c', ACK, 101, 501, 35 },
	    LAST }, NA, 5 },
	{ "without its SYN/ACK", { { 'c', SYN, 100, 0, 0 }, { 'c', ACK, 101, 501, 35 }, LAST }, NA,
	    NA },
	{ "both open", { { 'c', SYN, 100, 0, 0 }, { 's', SYN, 500, 0, 1 },
	    { 'c', SYN | ACK, 100, 501, 30 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, NA, NA },
	{ "refused", { { 'c', SYN, 100, 0, 0 }, { 's', RST | ACK, 0, 101, 30 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, NA, NA },
	{ "reset after the answer", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 'c', RST, 101, 0, 31 }, { 'c', ACK, 101, 501, 35 }, LAST }, 30, NA },
	{ "the server's own acknowledgement is none", { { 'c', SYN, 100, 0, 0 },
	    { 's', SYN | ACK, 500, 101, 30 }, { 's', ACK, 501, 101, 31 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, 30, 5 },
	{ "an old acknowledgement", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 'c', ACK, 101, 500, 31 }, { 'c', ACK, 101, 501, 35 }, LAST }, 30, 5 },
	{ "numbers go round", { { 'c', SYN, 0xffffffff, 0, 0 },
	    { 's', SYN | ACK, 0xffffffff, 0, 30 }, { 'c', ACK, 0, 0, 35 }, LAST }, 30, 5 },
	{ "time goes back", { { 'c', SYN, 100, 0, 40 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 'c', ACK, 101, 501, 35 }, LAST }, NA, 5 },
	{ "no time at all", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 0 },
	    { 'c', ACK, 101, 501, 0 }, LAST }, 0, 0 },
	{ "more than an hour", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 4294968 },
	    { 'c', ACK, 101, 501, 4294969 }, LAST }, NA, 1 },
	{ "only the first handshake", { { 'c', SYN, 100, 0, 0 }, { 's', SYN | ACK, 500, 101, 30 },
	    { 'c', ACK, 101, 501, 35 }, { 'c', SYN, 900, 0, 50 },
	    { 's', SYN | ACK, 700, 901, 51 }, LAST }, 30, 5 },
};

static void
assert_micros(const char *name, uint32_t micros, int ms)
{
	if (micros != (ms == NA ? HANDSHAKE_NONE : (uint32_t)ms * MICROS_PER_MS))
		fail_msg("%s: %u us", name, micros);
}

static void
round_trip_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(scenes); i++) {
		const struct scene *x = &scenes[i / 2];
		bool client_reverse = i & 1;
		struct handshake h;

		handshake_start(&h);
		for (const struct step *s = x->steps; s->from != '\0'; s++) {
			struct sequence_segment g = { .number = s->number, .ack = s->ack,
				.time = (int64_t)s->ms * 1000000, .flags = (uint8_t)s->flags };

			handshake_put(&h, &g, (s->from == 'c') == client_reverse);
		}
		assert_micros(x->name, h.server_rtt, x->server);
		assert_micros(x->name, h.client_rtt, x->client);
		assert_int_equal(handshake_complete(&h), x->server != NA && x->client != NA);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
