/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/option_value.h"

#include "base/text.h"

#define SECOND INT64_C(1000000000)

enum status
option_bad_value(const char *option, const char *value, const char *expected, struct fault *f)
{
	return fault_set(f, STATUS_USAGE, NULL, "%s %s: %s is expected", option, value, expected);
}

enum status
option_number(const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *out,
    struct fault *f)
{
	uint64_t v;

	if (!text_parse_u64(value, most, &v) || v < least)
		return fault_set(f, STATUS_USAGE, NULL, "%s %s: a number from %llu to %llu is expected",
		    option, value, (unsigned long long)least, (unsigned long long)most);
	*out = v;
	return STATUS_OK;
}

enum status
option_duration(const char *option, const char *value, int64_t *out, struct fault *f)
{
	if (text_parse_duration(value, out))
		return STATUS_OK;
	return option_bad_value(option, value, "a time such as 300, 90s, 5m or 1h", f);
}

enum status
option_interval(const char *option, const char *value, int64_t *out, struct fault *f)
{
	int64_t v;

	if (!text_parse_duration(value, &v) || v < SECOND)
		return option_bad_value(option, value, "a time of at least one second, such as 300, 5m or 1h", f);
	*out = v;
	return STATUS_OK;
}
