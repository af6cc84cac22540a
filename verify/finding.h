/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_FINDING_H
#define VERIFY_FINDING_H

/*
 * What a check found: findings decide the verdict, notices do not.  Both are lists that
 * grow up to a limit and count what they left out; a zeroed struct is an empty list.
 * File and text are kept escaped, ready for a terminal or a report.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "verify/verdict.h"

enum finding_code {
#define FINDING(id, verdict, meaning) FINDING_##id,
#define NOTICE(id, meaning)
#include "verify/codes.def"
#undef FINDING
#undef NOTICE
	FINDING_COUNT
};

enum notice_code {
#define FINDING(id, verdict, meaning)
#define NOTICE(id, meaning) NOTICE_##id,
#include "verify/codes.def"
#undef FINDING
#undef NOTICE
	NOTICE_COUNT
};

enum {
	FINDINGS_MAX = 1000, /* kept in one list; more are counted, and count for the verdict */
	NOTICES_MAX = 10000
};

struct finding {
	enum finding_code code;
	enum verdict verdict; /* as the code's, where nothing else is said */
	char *file;           /* below the archive; "" if none is concerned */
	char *text;
	bool placed; /* offset and length hold */
	uint64_t offset;
	uint64_t length;
};

struct findings {
	struct finding *list;
	size_t count;
	uint64_t dropped;     /* beyond FINDINGS_MAX */
	enum verdict verdict; /* the worst of all, also of those dropped */
	bool failed;          /* no memory */
};

struct notice {
	enum notice_code code;
	char *file;
	char *text;
};

struct notices {
	struct notice *list;
	size_t count;
	uint64_t dropped;
	bool failed;
};

const char *finding_name(enum finding_code code);
/* The code that archive/manifest.h gives by name; SCHEMA for one that is not ours. */
enum finding_code finding_by_name(const char *name);
enum verdict finding_verdict(enum finding_code code);
const char *finding_meaning(enum finding_code code);
const char *notice_name(enum notice_code code);
const char *notice_meaning(enum notice_code code);

/* Each appends one finding with its code's verdict; file may be NULL. */
void findings_add(struct findings *l, enum finding_code code, const char *file, const char *fmt,
    ...) PRINTF_LIKE(4, 5);
void findings_add_at(struct findings *l, enum finding_code code, const char *file,
    uint64_t offset, uint64_t length, const char *fmt, ...) PRINTF_LIKE(6, 7);
/* With another verdict than the code's. */
void findings_add_as(struct findings *l, enum finding_code code, enum verdict verdict,
    const char *file, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* A proven text that its parser refused with this code: above a limit is against the format. */
void findings_refused(struct findings *l, const char *code, const char *file, const char *text);
/* All of `from` behind those of l; `from` is empty afterwards. */
void findings_move(struct findings *l, struct findings *from);
/* By file, offset and code. */
void findings_sort(struct findings *l);
void findings_free(struct findings *l);

void notices_add(struct notices *l, enum notice_code code, const char *file, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* All of `from` behind those of l; `from` is empty afterwards. */
void notices_move(struct notices *l, struct notices *from);
void notices_sort(struct notices *l);
void notices_free(struct notices *l);

#endif
