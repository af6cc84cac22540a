/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/profile.h"

#include <string.h>

#include "flow/pack.h"
#include "replay/outlet.h"
#include "unit.h"

static const char *const names[] = { "filebeat", "splunk-stream", "qradar", "graylog", "sof-elk",
	"nfcapd", "generic" };

/* Each has a format that a way out knows, and stands in the list. */
static void
each(void **state)
{
	struct buf list = { 0 };

	(void)state;
	profile_help(&list);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct profile *p = profile_find(names[i]);
		struct target_options o = { .url = "udp://127.0.0.1:9" };
		const struct outlet_kind *kind = NULL;

		assert_non_null(p);
		assert_non_null(strstr(buf_cstr(&list), names[i]));
		o.format = p->format;
		assert_int_equal(outlet_find(&o, &kind, NULL), STATUS_OK);
		assert_string_equal(outlet_format(kind, &o), p->format);
		assert_true(p->refresh > 0 && p->refresh_seconds > 0 && p->port > 0);
	}
	assert_null(profile_find("help"));
	assert_null(profile_find(""));
	buf_free(&list);
}

/* What one of them needs: reference of Filebeat's own fields. */
static void
filebeat(void **state)
{
	const struct profile *p = profile_find("filebeat");
	bool direction = false;
	size_t n = 0;

	(void)state;
	assert_string_equal(p->format, "netflow9");
	assert_int_equal(p->lead_millis, 250);
	for (; p->required[n] != COLUMN_NONE; n++)
		direction |= p->required[n] == COLUMN_DIRECTION;
	assert_int_equal(n, 12);
	assert_true(direction);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each), cmocka_unit_test(filebeat) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
