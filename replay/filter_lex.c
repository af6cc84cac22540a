/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_lex.h"

#include <string.h>

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("_.:/-@+", c) != NULL);
}

static void
skip_space(struct filter_lexer *l)
{
	for (;;) {
		while (filter_is_space(l->text[l->at]))
			l->at++;
		if (l->text[l->at] != '#')
			return;
		while (l->text[l->at] != '\0' && l->text[l->at] != '\n')
			l->at++;
	}
}

static void
lex_word(struct filter_lexer *l, struct filter_token *out)
{
	out->kind = FILTER_TOKEN_WORD;
	while (is_word(l->text[l->at]))
		l->at++;
	out->len = l->at - out->offset;
	if (out->len >= sizeof(out->name))
		return;
	for (size_t i = 0; i < out->len; i++) {
		char c = out->at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		out->name[i] = c == '-' ? '_' : c;
	}
	out->name[out->len] = '\0';
}

static void
lex_string(struct filter_lexer *l, struct filter_token *out)
{
	char mark = l->text[l->at++];

	out->at++;
	while (l->text[l->at] != '\0' && l->text[l->at] != mark)
		l->at++;
	out->len = l->at - out->offset - 1;
	out->kind = l->text[l->at] == mark ? FILTER_TOKEN_STRING : FILTER_TOKEN_UNENDED;
	if (out->kind == FILTER_TOKEN_STRING)
		l->at++;
}

/* Longer ones stand before those that they begin with. */
static const struct {
	const char *text;
	enum filter_token_kind kind;
} signs[] = {
	{ "==", FILTER_TOKEN_EQ }, { "!=", FILTER_TOKEN_NE }, { "<=", FILTER_TOKEN_LE },
	{ ">=", FILTER_TOKEN_GE }, { "<>", FILTER_TOKEN_NE }, { "&&", FILTER_TOKEN_AND },
	{ "||", FILTER_TOKEN_OR }, { "=", FILTER_TOKEN_EQ }, { "<", FILTER_TOKEN_LT },
	{ ">", FILTER_TOKEN_GT }, { "!", FILTER_TOKEN_NOT }, { "(", FILTER_TOKEN_OPEN },
	{ ")", FILTER_TOKEN_CLOSE }, { "[", FILTER_TOKEN_LIST }, { "]", FILTER_TOKEN_LIST_END },
	{ ",", FILTER_TOKEN_COMMA },
};

static void
lex_sign(struct filter_lexer *l, struct filter_token *out)
{
	out->kind = FILTER_TOKEN_BAD;
	out->len = 1;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i].text);

		if (strncmp(out->at, signs[i].text, len) == 0) {
			out->kind = signs[i].kind;
			out->len = len;
			break;
		}
	}
	l->at += out->len;
}

void
filter_lex(struct filter_lexer *l, struct filter_token *out)
{
	skip_space(l);
	*out = (struct filter_token){ .at = l->text + l->at, .offset = l->at };
	if (*out->at == '\0')
		out->kind = FILTER_TOKEN_END;
	else if (*out->at == '"' || *out->at == '\'')
		lex_string(l, out);
	else if (is_word(*out->at))
		lex_word(l, out);
	else
		lex_sign(l, out);
}
