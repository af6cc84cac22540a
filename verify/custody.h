/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_CUSTODY_H
#define VERIFY_CUSTODY_H

/*
 * A custody log judged (nfseal-archive(5), CUSTODY): every entry's shape, signature and place, and the head
 * that this machine remembers.  custody_check; text and JSON; custody_check_free.
 */

#include "archive/custody.h"
#include "base/jsonw.h"
#include "verify/finding.h"

enum { CUSTODY_KEYS_MAX = 64 };

struct custody_key {
	uint8_t key[KEY_SIZE];
	char user[CUSTODY_NAME_MAX + 1]; /* of its first entry */
	char host[CUSTODY_NAME_MAX + 1];
	uint64_t entries;
};

struct custody_check {
	const char *path;
	struct custody_head head;  /* the last entry in its place */
	uint64_t cut;              /* octets of interrupted entries that later ones say were cut off */
	uint64_t torn;             /* octets of one behind the last entry */
	bool remembered;           /* a head of this log */
	struct custody_key keys[CUSTODY_KEYS_MAX];
	size_t key_count;
	struct findings findings;
	enum verdict verdict;
};

/* state: NULL for the default. */
void custody_check(const char *path, const char *state, struct custody_check *out);
void custody_check_text(const struct custody_check *c, struct buf *out);
/* An object. */
void custody_check_json(const struct custody_check *c, struct jsonw *j);
void custody_check_free(struct custody_check *c);

#endif
