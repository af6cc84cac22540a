/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_OPTION_VALUE_H
#define BASE_OPTION_VALUE_H

/* The values of options: parsed, or STATUS_USAGE that names the option, the value and what is expected. */

#include <stdint.h>

#include "base/status.h"

/* "-t abc: a time is expected" */
MUST_USE enum status option_bad_value(const char *option, const char *value, const char *expected,
    struct fault *f);
/* Decimal, from least to most. */
MUST_USE enum status option_number(const char *option, const char *value, uint64_t least,
    uint64_t most, uint64_t *out, struct fault *f);
/* "300", "5m", "1h", "0": nanoseconds. */
MUST_USE enum status option_duration(const char *option, const char *value, int64_t *out,
    struct fault *f);
/* The same, of at least a second. */
MUST_USE enum status option_interval(const char *option, const char *value, int64_t *out,
    struct fault *f);

#endif
