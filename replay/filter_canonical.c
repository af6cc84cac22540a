/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_canonical.h"

#include <string.h>

#include "replay/filter_lex.h"

/* Tokens that are written in one way; NULL: as they stand. */
static const char *const spellings[] = {
	[FILTER_TOKEN_OPEN] = "(",
	[FILTER_TOKEN_CLOSE] = ")",
	[FILTER_TOKEN_LIST] = "[",
	[FILTER_TOKEN_LIST_END] = "]",
	[FILTER_TOKEN_COMMA] = ",",
	[FILTER_TOKEN_EQ] = "==",
	[FILTER_TOKEN_NE] = "!=",
	[FILTER_TOKEN_LT] = "<",
	[FILTER_TOKEN_GT] = ">",
	[FILTER_TOKEN_LE] = "<=",
	[FILTER_TOKEN_GE] = ">=",
	[FILTER_TOKEN_NOT] = "not",
	[FILTER_TOKEN_AND] = "and",
	[FILTER_TOKEN_OR] = "or",
	[FILTER_TOKEN_BAD] = NULL,
};

static bool
opens(enum filter_token_kind kind)
{
	return kind == FILTER_TOKEN_OPEN || kind == FILTER_TOKEN_LIST;
}

static bool
closes(enum filter_token_kind kind)
{
	return kind == FILTER_TOKEN_CLOSE || kind == FILTER_TOKEN_LIST_END ||
	    kind == FILTER_TOKEN_COMMA;
}

static void
put_word(const struct filter_token *t, struct buf *out)
{
	static const char *const operators[] = { "and", "or", "not" };

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (strcmp(t->name, operators[i]) == 0) {
			buf_str(out, operators[i]);
			return;
		}
	}
	buf_put(out, t->at, t->len);
}

void
filter_canonical(const char *text, struct buf *out)
{
	struct filter_lexer lexer = { text, 0 };
	enum filter_token_kind before = FILTER_TOKEN_OPEN; /* nothing stands between it and the first */
	struct filter_token t;

	for (filter_lex(&lexer, &t); t.kind != FILTER_TOKEN_END; filter_lex(&lexer, &t)) {
		if (!opens(before) && !closes(t.kind))
			buf_u8(out, ' ');
		if (spellings[t.kind] != NULL)
			buf_str(out, spellings[t.kind]);
		else if (t.kind == FILTER_TOKEN_STRING)
			buf_put(out, t.at - 1, t.len + 2); /* in its own marks */
		else
			put_word(&t, out);
		before = t.kind;
		if (t.kind == FILTER_TOKEN_UNENDED)
			return; /* filter_parse takes none */
	}
}
