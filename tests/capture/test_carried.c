/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>

#include "capture/carried.h"

static uint8_t octets[65535];

static struct carried *
open_carried(void)
{
	struct carried *c = NULL;

	assert_int_equal(carried_open(7, &c, NULL), STATUS_OK);
	return c;
}

/* The datagram with this number, of so many octets, tells from here on. */
static void
begin(struct carried *c, struct carried_list *l, struct datagram *d, uint64_t number, size_t len)
{
	*d = (struct datagram){ .number = number, .data = octets, .len = len };
	carried_begin(c, l, d, 41, false);
}

static void
template(struct carried *c, uint16_t id)
{
	const struct carried_key key = { 9, CARRIED_TEMPLATE, id };

	assert_true(carried_note(c, &key, NULL, 0));
}

/* An option record of template `id`. */
static void
record(struct carried *c, uint16_t id, uint64_t hash)
{
	const struct carried_key key = { 9, CARRIED_RECORD, hash }, needs = { 9, CARRIED_TEMPLATE, id };

	assert_true(carried_note(c, &key, &needs, (uint32_t)hash));
}

/* "1 3 " for the datagrams 1 and 3, in that order. */
static const char *
kept(const struct carried_list *l)
{
	static char text[256];
	size_t at = 0;

	text[0] = '\0';
	for (const struct carried_datagram *d = l->first; d != NULL && at < sizeof text; d = d->next) {
		at += (size_t)snprintf(text + at, sizeof text - at, "%llu ",
		    (unsigned long long)d->datagram.number);
		assert_int_equal(d->segment, 41);
		assert_ptr_equal(d->datagram.data, d->body);
		assert_ptr_equal(d->next == NULL ? l->last : d->next->before, d);
	}
	return text;
}

static void
close_carried(struct carried *c, struct carried_list *l)
{
	carried_drop(c, l);
	assert_null(l->first);
	assert_null(l->last);
	assert_int_equal(l->octets, 0);
	assert_int_equal(carried_octets(c), 0);
	carried_free(c);
}

/* A datagram stays as long as something that it told was not told again. */
static void
the_last_one_counts(void **state)
{
	(void)state;
	struct carried *c = open_carried();
	struct carried_list l = { 0 };
	struct datagram d;

	begin(c, &l, &d, 1, 100);
	template(c, 256);
	template(c, 257);
	begin(c, &l, &d, 2, 100); /* tells nothing */
	begin(c, &l, &d, 3, 100);
	template(c, 256);
	assert_string_equal(kept(&l), "1 3 ");
	begin(c, &l, &d, 4, 100);
	template(c, 257);
	template(c, 257);
	assert_string_equal(kept(&l), "3 4 ");
	begin(c, &l, &d, 5, 0);
	template(c, 256);
	template(c, 257);
	assert_string_equal(kept(&l), "5 ");
	assert_int_equal(carried_left_out(c), 0);
	close_carried(c, &l);
}

/* The template by which an option record is read stands before it, though it was told again. */
static void
records_have_their_template(void **state)
{
	(void)state;
	struct carried *c = open_carried();
	struct carried_list l = { 0 };
	struct datagram d;

	begin(c, &l, &d, 1, 100);
	template(c, 500);
	begin(c, &l, &d, 2, 100);
	record(c, 500, 11);
	record(c, 500, 12);
	begin(c, &l, &d, 3, 100);
	template(c, 500);
	assert_string_equal(kept(&l), "1 2 3 ");
	begin(c, &l, &d, 4, 100);
	record(c, 500, 11);
	assert_string_equal(kept(&l), "1 2 3 4 ");
	begin(c, &l, &d, 5, 100);
	record(c, 500, 12);
	assert_string_equal(kept(&l), "3 4 5 ");
	/* its own template is no reason to stay */
	begin(c, &l, &d, 6, 100);
	template(c, 500);
	record(c, 500, 11);
	record(c, 500, 12);
	assert_string_equal(kept(&l), "6 ");
	close_carried(c, &l);
}

/* What an older datagram defines for another's sake must be withdrawn again. */
static void
withdrawals(void **state)
{
	(void)state;
	struct carried *c = open_carried();
	struct carried_list l = { 0 };
	struct datagram d;

	begin(c, &l, &d, 1, 100);
	template(c, 256);
	template(c, 257);
	template(c, 500);
	begin(c, &l, &d, 2, 100);
	assert_true(carried_withdraw(c, 9, 256, false));
	assert_string_equal(kept(&l), "1 2 ");
	begin(c, &l, &d, 3, 100);
	assert_true(carried_withdraw(c, 9, 0, false)); /* 257 goes, too; 500 is of options */
	assert_string_equal(kept(&l), "1 2 3 ");
	begin(c, &l, &d, 4, 100);
	assert_true(carried_withdraw(c, 9, 0, true));
	assert_string_equal(kept(&l), "1 2 3 4 ");
	begin(c, &l, &d, 4, 100);
	template(c, 256);
	template(c, 257);
	template(c, 500);
	begin(c, &l, &d, 4, 100);
	assert_true(carried_withdraw(c, 9, 0, true));
	assert_string_equal(kept(&l), "3 4 4 ");
	begin(c, &l, &d, 5, 100);
	assert_true(carried_withdraw(c, 8, 0, false)); /* another domain */
	assert_string_equal(kept(&l), "3 4 4 5 ");
	close_carried(c, &l);
	/* nothing is left that it could be said of */
	c = open_carried();
	begin(c, &l, &d, 1, 100);
	template(c, 256);
	begin(c, &l, &d, 2, 100);
	assert_true(carried_withdraw(c, 9, 256, false));
	assert_string_equal(kept(&l), "");
	close_carried(c, &l);
}

/* Beyond the bound what was told before is not carried either, and it is counted. */
static void
bounded(void **state)
{
	(void)state;
	struct carried *c = open_carried();
	struct carried_list l = { 0 }, other = { 0 };
	struct datagram d;
	uint64_t out;

	for (uint64_t i = 0; i < 100; i++) {
		begin(c, &l, &d, i, sizeof octets);
		record(c, 500, i);
	}
	assert_true(l.octets <= CARRIED_OPTIONS_MAX);
	out = carried_left_out(c);
	assert_true(out >= 100 - CARRIED_OPTIONS_MAX / sizeof octets && out < 100);
	for (uint16_t i = 256; i < 356; i++) { /* templates have more */
		begin(c, &l, &d, i, sizeof octets);
		template(c, i);
	}
	assert_true(l.octets > CARRIED_OPTIONS_MAX && l.octets <= CARRIED_MAX);
	assert_true(carried_left_out(c) > out && carried_left_out(c) < out + 100);
	/* one that is told again takes its own place */
	out = carried_left_out(c);
	begin(c, &l, &d, 1000, sizeof octets);
	template(c, 256);
	assert_int_equal(l.last->datagram.number, 1000);
	assert_int_equal(carried_left_out(c), out);
	/* another exporter has room */
	begin(c, &other, &d, 1001, 100);
	template(c, 256);
	assert_string_equal(kept(&other), "1001 ");
	carried_drop(c, &other);
	close_carried(c, &l);
}

static void
marks(void **state)
{
	(void)state;
	struct carried *c = open_carried();
	struct carried_list l = { 0 };
	struct datagram d;

	begin(c, &l, &d, 1, 10);
	template(c, 256);
	begin(c, &l, &d, 2, 10);
	template(c, 257);
	assert_false(l.first->inherited);
	carried_mark(&l, true);
	assert_true(l.first->inherited && l.last->inherited);
	begin(c, &l, &d, 3, 10);
	template(c, 257);
	assert_true(l.first->inherited);
	assert_false(l.last->inherited);
	close_carried(c, &l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_one_counts),
		cmocka_unit_test(records_have_their_template),
		cmocka_unit_test(withdrawals),
		cmocka_unit_test(bounded),
		cmocka_unit_test(marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
