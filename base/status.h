/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/*
 * What can fail returns an enum status, which must be used.  The status says the
 * kind; a struct fault that the caller owns says where and what was seen.  Only the
 * command files print faults and turn them into an exit status (status_exit).
 */

#include <stdbool.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum status {
	STATUS_OK = 0,
	STATUS_END,         /* nothing more to read; not an error */
	STATUS_USAGE,       /* the command line, a filter or a setting is wrong */
	STATUS_IO,          /* the system refused: see err */
	STATUS_NO_MEMORY,
	STATUS_LIMIT,       /* a named limit was reached */
	STATUS_MALFORMED,   /* bytes that break their format */
	STATUS_TRUNCATED,   /* input that ends before its format says so */
	STATUS_UNSUPPORTED, /* a valid format or feature that we do not read */
	STATUS_DIFFERS,     /* something differs from what was sealed */
	STATUS_KEY,         /* the key is missing, weak or not the named one */
	STATUS_LOCKED,      /* another writer holds the archive */
	STATUS_EXISTS,      /* would replace what is there */
	STATUS_ABSENT,      /* what must be there is not */
	STATUS_INTERRUPTED, /* a signal asked to stop */
	STATUS_COUNT
};

enum { FAULT_FILE_MAX = 512, FAULT_TEXT_MAX = 384 };

/* Where and what.  Zeroed by the caller; filled by the first failure, kept by later ones. */
struct fault {
	enum status status;
	int err;        /* errno, or 0 */
	bool at_offset; /* offset holds */
	uint64_t offset;
	char file[FAULT_FILE_MAX]; /* escaped for printing; "" if no file is concerned */
	char text[FAULT_TEXT_MAX]; /* rule and value seen, escaped */
};

/*
 * Each of these records the failure in *f (f may be NULL; an earlier failure is kept)
 * and returns st, so that `return fault_at(f, ...)` reads well.  file may be NULL.
 */
enum status fault_set(struct fault *f, enum status st, const char *file, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
enum status fault_at(struct fault *f, enum status st, const char *file, uint64_t offset,
    const char *fmt, ...) PRINTF_LIKE(5, 6);
/* With errno as it is now; STATUS_NO_MEMORY for ENOMEM, STATUS_ABSENT for ENOENT, else STATUS_IO. */
enum status fault_errno(struct fault *f, const char *file, const char *fmt, ...) PRINTF_LIKE(3, 4);
enum status fault_memory(struct fault *f);

const char *status_text(enum status st);
/* The exit status of a command that ends with st: 0, 2 or 5 (one table, see status.c). */
int status_exit(enum status st);

/* "file: offset 123: text: No space left on device", without a newline, into out. */
void fault_print(const struct fault *f, char *out, unsigned size);

#endif
