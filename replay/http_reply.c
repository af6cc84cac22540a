/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/http_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"

static void
escape(char reason[REPLY_REASON_MAX], const char *text)
{
	text_escape(reason, REPLY_REASON_MAX, text, strlen(text));
}

/* The one member of the item: what was asked, "create" or "index", and what came of it. */
static json_t *
outcome_of(json_t *item)
{
	void *first = json_object_iter(item);

	return first == NULL ? NULL : json_object_iter_value(first);
}

static void
take_reason(const json_t *outcome, char reason[REPLY_REASON_MAX])
{
	const json_t *error = json_object_get(outcome, "error");
	const char *type = json_string_value(json_object_get(error, "type"));
	const char *text = json_string_value(json_object_get(error, "reason"));
	char both[REPLY_REASON_MAX];

	if (reason[0] != '\0' || (type == NULL && text == NULL))
		return;
	snprintf(both, sizeof both, "%s%s%s", type == NULL ? "" : type, type != NULL && text != NULL ? ": " : "",
	    text == NULL ? "" : text);
	escape(reason, both);
}

static enum bulk_verdict
verdict_of(json_int_t status)
{
	if (status >= 200 && status < 300)
		return BULK_TAKEN;
	if (status == 409)
		return BULK_THERE;
	return status == 429 || status == 503 ? BULK_LATER : BULK_REFUSED;
}

enum status
reply_bulk(const void *data, size_t len, enum bulk_verdict *verdicts, size_t n,
    char reason[REPLY_REASON_MAX], struct fault *f)
{
	json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *items = json_object_get(root, "items");
	enum status st = STATUS_OK;

	reason[0] = '\0';
	if (!json_is_array(items) || json_array_size(items) != n)
		st = fault_set(f, STATUS_MALFORMED, NULL, "the answer does not tell of %zu events", n);
	for (size_t i = 0; i < n && st == STATUS_OK; i++) {
		const json_t *outcome = outcome_of(json_array_get(items, i));
		const json_t *status = json_object_get(outcome, "status");

		if (!json_is_integer(status)) {
			st = fault_set(f, STATUS_MALFORMED, NULL, "event %zu of the answer has no status", i);
			break;
		}
		verdicts[i] = verdict_of(json_integer_value(status));
		if (verdicts[i] == BULK_REFUSED)
			take_reason(outcome, reason);
	}
	json_decref(root);
	return st;
}

bool
reply_ack_id(const void *data, size_t len, uint64_t *id)
{
	json_t *root = json_loadb(data, len, 0, NULL);
	const json_t *ack = json_object_get(root, "ackId");
	bool there = json_is_integer(ack) && json_integer_value(ack) >= 0;

	if (there)
		*id = (uint64_t)json_integer_value(ack);
	json_decref(root);
	return there;
}

bool
reply_acked(const void *data, size_t len, uint64_t id)
{
	json_t *root = json_loadb(data, len, 0, NULL);
	char key[24];
	bool acked;

	snprintf(key, sizeof key, "%" PRIu64, id);
	acked = json_is_true(json_object_get(json_object_get(root, "acks"), key));
	json_decref(root);
	return acked;
}

void
reply_reason(const void *data, size_t len, char reason[REPLY_REASON_MAX])
{
	json_t *root = json_loadb(data, len, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "text"));
	const json_t *error = json_object_get(root, "error");

	if (text == NULL)
		text = json_string_value(error);
	if (text == NULL)
		text = json_string_value(json_object_get(error, "reason"));
	if (text != NULL)
		escape(reason, text);
	else
		text_escape(reason, REPLY_REASON_MAX, data, len < REPLY_REASON_MAX / 2 ? len : REPLY_REASON_MAX / 2);
	json_decref(root);
}
