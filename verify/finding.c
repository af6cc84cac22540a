/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FINDING_TEXT_MAX = 512, FINDING_FILE_MAX = 4096 };

struct code_info {
	const char *name;
	enum verdict verdict;
	const char *meaning;
};

static const struct code_info finding_infos[FINDING_COUNT] = {
#define FINDING(id, verdict, meaning) { #id, VERDICT_##verdict, meaning },
#define NOTICE(id, meaning)
#include "verify/codes.def"
#undef FINDING
#undef NOTICE
};

static const struct code_info notice_infos[NOTICE_COUNT] = {
#define FINDING(id, verdict, meaning)
#define NOTICE(id, meaning) { #id, VERDICT_VERIFIED, meaning },
#include "verify/codes.def"
#undef FINDING
#undef NOTICE
};

const char *
finding_name(enum finding_code code)
{
	return finding_infos[code].name;
}

enum finding_code
finding_by_name(const char *name)
{
	for (unsigned i = 0; name != NULL && i < FINDING_COUNT; i++)
		if (strcmp(finding_infos[i].name, name) == 0)
			return (enum finding_code)i;
	return FINDING_SCHEMA;
}

enum verdict
finding_verdict(enum finding_code code)
{
	return finding_infos[code].verdict;
}

const char *
finding_meaning(enum finding_code code)
{
	return finding_infos[code].meaning;
}

const char *
notice_name(enum notice_code code)
{
	return notice_infos[code].name;
}

const char *
notice_meaning(enum notice_code code)
{
	return notice_infos[code].meaning;
}

static char *
escaped(const char *s, size_t limit)
{
	size_t len = strlen(s);
	size_t size = len < limit ? 4 * len + 1 : 4 * limit;
	char *out = malloc(size);

	if (out != NULL)
		text_escape(out, size, s, len);
	return out;
}

/* The text of a finding or notice; NULL without memory. */
static char *PRINTF_LIKE(1, 0)
composed(const char *fmt, va_list ap)
{
	char text[FINDING_TEXT_MAX];

	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	return escaped(text, sizeof text);
}

/* Room for one more in a list that doubles at powers of two. */
static void *
grown(void *list, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return list;
	return realloc(list, (count == 0 ? 1 : 2 * count) * size);
}

static void
append(struct findings *l, const struct finding *x)
{
	struct finding *list;

	l->verdict = verdict_worst(l->verdict, x->verdict);
	if (l->count == FINDINGS_MAX) {
		l->dropped++;
		free(x->file);
		free(x->text);
		return;
	}
	list = grown(l->list, l->count, sizeof *list);
	if (list != NULL)
		l->list = list;
	if (list == NULL || x->file == NULL || x->text == NULL) {
		l->failed = true;
		free(x->file);
		free(x->text);
		return;
	}
	l->list[l->count++] = *x;
}

static void PRINTF_LIKE(4, 0)
add(struct findings *l, struct finding x, const char *file, const char *fmt, va_list ap)
{
	x.file = escaped(file == NULL ? "" : file, FINDING_FILE_MAX);
	x.text = composed(fmt, ap);
	append(l, &x);
}

void
findings_add(struct findings *l, enum finding_code code, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(l, (struct finding) { .code = code, .verdict = finding_verdict(code) }, file, fmt, ap);
	va_end(ap);
}

void
findings_add_at(struct findings *l, enum finding_code code, const char *file, uint64_t offset,
    uint64_t length, const char *fmt, ...)
{
	struct finding x = { .code = code, .verdict = finding_verdict(code), .placed = true,
		.offset = offset, .length = length };
	va_list ap;

	va_start(ap, fmt);
	add(l, x, file, fmt, ap);
	va_end(ap);
}

void
findings_add_as(struct findings *l, enum finding_code code, enum verdict verdict,
    const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(l, (struct finding) { .code = code, .verdict = verdict }, file, fmt, ap);
	va_end(ap);
}

void
findings_refused(struct findings *l, const char *code, const char *file, const char *text)
{
	enum finding_code known = code == NULL ? FINDING_IO : finding_by_name(code);

	findings_add_as(l, known, known == FINDING_LIMIT ? VERDICT_MALFORMED : finding_verdict(known),
	    file, "%s", text);
}

void
findings_move(struct findings *l, struct findings *from)
{
	for (size_t i = 0; i < from->count; i++)
		append(l, &from->list[i]);
	l->verdict = verdict_worst(l->verdict, from->verdict);
	l->dropped += from->dropped;
	l->failed |= from->failed;
	free(from->list);
	*from = (struct findings) { .list = NULL };
}

static int
finding_order(const void *va, const void *vb)
{
	const struct finding *a = va;
	const struct finding *b = vb;
	int by_file = strcmp(a->file, b->file);

	if (by_file != 0)
		return by_file;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	return strcmp(a->text, b->text);
}

void
findings_sort(struct findings *l)
{
	if (l->count > 1)
		qsort(l->list, l->count, sizeof *l->list, finding_order);
}

void
findings_free(struct findings *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->list[i].file);
		free(l->list[i].text);
	}
	free(l->list);
	*l = (struct findings) { .list = NULL };
}

static void
append_notice(struct notices *l, const struct notice *x)
{
	struct notice *list = grown(l->list, l->count, sizeof *list);

	if (list != NULL)
		l->list = list;
	if (list != NULL && x->file != NULL && x->text != NULL) {
		l->list[l->count++] = *x;
		return;
	}
	l->failed = true;
	free(x->file);
	free(x->text);
}

void
notices_add(struct notices *l, enum notice_code code, const char *file, const char *fmt, ...)
{
	struct notice x = { .code = code };
	va_list ap;

	if (l->count == NOTICES_MAX) {
		l->dropped++;
		return;
	}
	x.file = escaped(file == NULL ? "" : file, FINDING_FILE_MAX);
	va_start(ap, fmt);
	x.text = composed(fmt, ap);
	va_end(ap);
	append_notice(l, &x);
}

void
notices_move(struct notices *l, struct notices *from)
{
	for (size_t i = 0; i < from->count; i++) {
		if (l->count < NOTICES_MAX) {
			append_notice(l, &from->list[i]);
			continue;
		}
		l->dropped++;
		free(from->list[i].file);
		free(from->list[i].text);
	}
	l->dropped += from->dropped;
	l->failed |= from->failed;
	free(from->list);
	*from = (struct notices) { .list = NULL };
}

static int
notice_order(const void *va, const void *vb)
{
	const struct notice *a = va;
	const struct notice *b = vb;
	int by_file = strcmp(a->file, b->file);

	if (by_file != 0)
		return by_file;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	return strcmp(a->text, b->text);
}

void
notices_sort(struct notices *l)
{
	if (l->count > 1)
		qsort(l->list, l->count, sizeof *l->list, notice_order);
}

void
notices_free(struct notices *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->list[i].file);
		free(l->list[i].text);
	}
	free(l->list);
	*l = (struct notices) { .list = NULL };
}
