/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_APP_FOUND_H
#define CAPTURE_APP_FOUND_H

/*
 * What a reader found: values of columns, packed one behind the other.  struct app_found is
 * what one call of a reader fills, on the stack; struct app_kept is what the flow keeps of
 * it until its row is written.  The first value of a column stays, but a firm one (what both
 * sides agreed upon) takes the place of one that is not (what one side offered).
 *
 * Texts: octets from the wire outside printable ASCII, and the backslash, become \DDD with
 * three decimal digits, as RFC 1035 section 5.1 writes them in names.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/app_budget.h"
#include "flow/table.h"

enum {
	APP_FOUND_MAX = 4096, /* octets that one call may find: no reader can reach it */
	APP_VALUE_MAX = 255,  /* octets of the wire that one text holds; the rest is left out */
	APP_TEXT_MAX = 4 * APP_VALUE_MAX
};

struct app_found {
	size_t len;
	uint8_t octets[APP_FOUND_MAX];
};

struct app_kept; /* NULL: nothing yet */

/* Each of these adds a value; what does not fit any more is left out. */
void app_found_number(struct app_found *f, enum column_id id, int64_t v, bool firm);
/* Escapes and cuts. */
void app_found_text(struct app_found *f, enum column_id id, const void *data, size_t len);
/* A text that is printable ASCII already. */
void app_found_plain(struct app_found *f, enum column_id id, const char *s, size_t len);

/* The escape alone: at most APP_TEXT_MAX octets into out, no NUL. */
size_t app_escape(char *out, const void *data, size_t len);

/* Takes over what was found; false where the budget or the memory ends, *k unharmed. */
bool app_kept_merge(struct app_kept **k, const struct app_found *f, struct app_budget *b);
/* A copy, NULL of nothing or where there is no memory. */
struct app_kept *app_kept_copy(const struct app_kept *k, struct app_budget *b);
void app_kept_free(struct app_kept *k, struct app_budget *b);
/* Into the row.  swap: what is the other direction's column changes places (ssh_banner). */
void app_kept_row(const struct app_kept *k, bool swap, struct table *t, size_t row);

#endif
