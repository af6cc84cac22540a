/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_LEX_H
#define REPLAY_FILTER_LEX_H

/*
 * The filter language's tokens.  A word is a run of letters, digits and _ . : / - + @ and may be
 * a keyword, a name, a number with its unit, an address or a time: what it is, the parser
 * knows.  White space and # comments up to the end of their line separate.
 */

#include <stdbool.h>
#include <stddef.h>

enum filter_token_kind {
	FILTER_TOKEN_END,
	FILTER_TOKEN_WORD,
	FILTER_TOKEN_STRING, /* in quotation marks, which are not part of it */
	FILTER_TOKEN_OPEN,
	FILTER_TOKEN_CLOSE,
	FILTER_TOKEN_LIST,
	FILTER_TOKEN_LIST_END,
	FILTER_TOKEN_COMMA,
	FILTER_TOKEN_EQ,
	FILTER_TOKEN_NE,
	FILTER_TOKEN_LT,
	FILTER_TOKEN_GT,
	FILTER_TOKEN_LE,
	FILTER_TOKEN_GE,
	FILTER_TOKEN_NOT,
	FILTER_TOKEN_AND,
	FILTER_TOKEN_OR,
	FILTER_TOKEN_UNENDED, /* a string without its closing mark */
	FILTER_TOKEN_BAD      /* a character that begins no token */
};

enum { FILTER_WORD_MAX = 64 };

struct filter_token {
	enum filter_token_kind kind;
	const char *at; /* into the text */
	size_t len;
	size_t offset;
	/* A WORD in lower case, '-' as '_'; "" for other tokens and for longer ones. */
	char name[FILTER_WORD_MAX];
};

struct filter_lexer {
	const char *text; /* borrowed */
	size_t at;
};

/* The next token; END again and again at the end. */
void filter_lex(struct filter_lexer *l, struct filter_token *out);

static inline bool
filter_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

#endif
