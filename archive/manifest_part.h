/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_MANIFEST_PART_H
#define ARCHIVE_MANIFEST_PART_H

/* The parts of a manifest that the genesis, statements and the state's own documents have too. */

#include "archive/document.h"
#include "archive/manifest.h"

struct jsonw;

/*
 * Readers leave what they cannot read zero and the document failed (archive/document.h); texts
 * stay the document's.  The id is ARCHIVE_ID_HEX - 1 lower-case hex digits and a NUL, a time an
 * object of nanoseconds since 1970 and the clock's state.
 */
void archive_id_read(struct document *d, const struct json_t *obj, const char *key,
    char out[ARCHIVE_ID_HEX]);
void time_write(struct jsonw *j, const char *key, const struct manifest_time *t);
void time_read(struct document *d, const struct json_t *obj, const char *key,
    struct manifest_time *t);
void software_write(struct jsonw *j, const struct software *s);
void software_read(struct document *d, const struct json_t *obj, struct software *s);
/*
 * The keys "interval"; "source"; "options"; and "rows" to "losses": of m they touch these fields
 * alone, whose lists manifest_free frees.
 */
void interval_write(struct jsonw *j, const struct manifest *m);
void interval_read(struct document *d, const struct json_t *obj, struct manifest *m);
void source_write(struct jsonw *j, const struct manifest *m);
void source_read(struct document *d, const struct json_t *obj, struct manifest *m);
void options_write(struct jsonw *j, const struct manifest *m);
void options_read(struct document *d, const struct json_t *obj, struct manifest *m);
void counts_write(struct jsonw *j, const struct manifest *m);
void counts_read(struct document *d, const struct json_t *obj, struct manifest *m);
/* The key "findings", likewise. */
void findings_write(struct jsonw *j, const struct manifest *m);
void findings_read(struct document *d, const struct json_t *obj, struct manifest *m);
/* The key "recovery"; read's list is freed with recovery_free, its texts with the document. */
void recovery_write(struct jsonw *j, const struct manifest_recovery *list, size_t count);
struct manifest_recovery *recovery_read(struct document *d, const struct json_t *obj,
    size_t *count);
void recovery_free(struct manifest_recovery *list, size_t count);

#endif
