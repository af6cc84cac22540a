/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same packets give the same rows, whatever the batches, the files they came in and the
 * seed of the hash; and no packet or octet is lost whatever the options.
 */
#include "tests/capture/script.h"

static uint32_t
random_bits(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void
random_fragment(struct script *s, int64_t ms, uint32_t bits)
{
	struct frame b = { .len = 0 };
	unsigned offset = bits & 3;

	frame_eth(&b, 0x800);
	frame_ip4_full(&b, bits >> 2 & 3, 9, UDP, 48, bits >> 4 & 15, offset | (offset < 3 ? 0x2000 : 0));
	frame_udp(&b, 5000 + (bits & 7), 53, 100);
	frame_zeros(&b, 20);
	script_frame(s, &b, ms);
}

/* Connections, datagrams and fragments among few hosts, with gaps and steps back in time. */
static struct script *
mixture(void)
{
	static const unsigned flags[] = { SYN, SYN | ACK, ACK, ACK, PSH | ACK, FIN | ACK, RST, ACK };
	struct script *s = script_new();
	uint32_t state = 42;
	int64_t ms = 0;

	assert_non_null(s);
	while (s->count < SCRIPT_MAX) {
		uint32_t r = random_bits(&state), kind = r & 7;
		unsigned a = 1 + (r >> 3 & 15), b = 17 + (r >> 7 & 3);

		ms += r >> 16 & 255;
		if ((r >> 9 & 127) == 0)
			ms += 20000;
		if (kind == 0)
			random_fragment(s, ms, r >> 3);
		else if (kind < 3)
			script_udp(s, ms - (r >> 15 & 1) * 300, kind == 1 ? a : b, kind == 1 ? b : a);
		else
			script_tcp(s, ms, r >> 14 & 1 ? a : b, r >> 14 & 1 ? b : a,
			    flags[r >> 10 & 7]);
	}
	return s;
}

static void
small_limits(struct meter_options *o)
{
	o->max_flows = 12;
	o->max_fragments = 8;
	o->idle = 3000 * MS;
	o->active = 8000 * MS;
	o->linger = 500 * MS;
	o->fragment_wait = 1000 * MS;
}

static void
batches_and_seeds(void **state)
{
	static const size_t batches[] = { 1, 7, 64, 256, 1000 };
	struct script *s = mixture();
	char *want;

	(void)state;
	for (unsigned limits = 0; limits < 2; limits++) {
		struct meter_options o = script_options();

		if (limits)
			small_limits(&o);
		want = strdup(script_run_batches(s, &o, SCRIPT_MAX));
		assert_non_null(want);
		assert_true(s->account.emitted.flows > 100);
		assert_true(s->account.orphan_fragments > 0);
		assert_true((s->account.evicted > 0) == (limits == 1));
		for (size_t i = 0; i < ARRAY_LEN(batches); i++) {
			o.seed = 0x1234567890abcdefu * (i + 1);
			assert_string_equal(script_run_batches(s, &o, batches[i]), want);
		}
		free(want);
	}
	free(s);
}

/* In two files: the numbers begin anew in the second, everything else is the same. */
static void
cut_in_two_files(void **state)
{
	struct script *s = mixture();
	char *want = strdup(script_run(s)), *line, *other;

	(void)state;
	for (size_t i = SCRIPT_MAX / 2; i < SCRIPT_MAX; i++) {
		s->packets[i].input = 1;
		s->packets[i].frame -= SCRIPT_MAX / 2;
	}
	(void)script_run(s);
	line = want;
	other = s->text;
	while (*line != '\0') {
		size_t n = strcspn(line, "#");

		assert_memory_equal(line, other, n);
		line = strchr(line, '\n') + 1;
		other = strchr(other, '\n') + 1;
	}
	assert_int_equal(*other, '\0');
	free(want);
	free(s);
}

static void
nothing_is_lost(void **state)
{
	struct script *s = mixture();

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		struct meter_options o = script_options();

		o.uniflow = i & 1;
		o.key = i >> 1;
		if (i & 1)
			small_limits(&o);
		(void)script_run_batches(s, &o, 64);
		assert_int_equal(s->account.metered.packets, SCRIPT_MAX);
		assert_int_equal(s->account.emitted.packets, SCRIPT_MAX);
	}
	free(s);
}

/* By the packet that ended the flow, then by the first: forced ends are by the first alone. */
static void
rows_are_in_order(void **state)
{
	struct script *s = mixture();
	unsigned long last = 0;

	(void)state;
	(void)script_run(s);
	for (const char *line = s->text; *line != '\0'; line = strchr(line, '\n') + 1) {
		const char *frame = strchr(line, '#');
		unsigned long n = strtoul(frame + 1, NULL, 10);

		if (strncmp(frame - 3, " 4 ", 3) == 0) {
			assert_true(n > last);
			last = n;
		}
	}
	assert_true(last > 0);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_and_seeds),
		cmocka_unit_test(cut_in_two_files),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(rows_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
