/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_SITE_H
#define ARCHIVE_SITE_H

/*
 * An archive as its writer holds it: where it lies, its state, its locks, and the place in
 * the chain that the next manifest takes.  writer.c opens it; birth.c, seal.c and
 * recover.c are the things that can be done with it.
 */

#include "archive/anchor.h"
#include "archive/chain.h"
#include "archive/state.h"
#include "archive/writer.h"

struct site {
	char path[FILE_PATH_MAX];
	char open[FILE_PATH_MAX]; /* path/open */
	struct state state;
	struct anchor anchor; /* as it stands in the state */
	struct chain chain;   /* of the anchor's head */
	unsigned layout;
	int64_t head_time;    /* when the head was sealed, by the clock of then */
	int64_t (*now)(void);
	int archive_lock; /* -1: not held */
	int state_lock;
	writer_notice notice;
	void *notice_ctx;
	void (*found)(void *ctx, const struct manifest_recovery *r); /* as of writer_options */
	void *found_ctx;
};

/* Printable notice to whoever asked for them. */
void site_notice(const struct site *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Something that recovery found, to whoever asked for that. */
void site_found(const struct site *s, const struct manifest_recovery *r);
struct software site_software(const struct writer_options *o);
/*
 * Checks the genesis in place, takes its layout and makes the chain's start of it.  Whether it
 * is the one that the state remembers is for site_read_head to say.
 */
MUST_USE enum status site_read_genesis(struct site *s, struct chain *start, struct fault *f);
/* The chain's place at the anchor's head, whose manifest must lie where the state left it. */
MUST_USE enum status site_read_head(struct site *s, const struct chain *start, struct fault *f);
/*
 * Nothing may be there that follows the head, whatever it is called: the state would be an old
 * copy.  A directory that cannot be read is told.
 */
MUST_USE enum status site_check_newest(const struct site *s, struct fault *f);
/* The archive's directories and its own lock. */
MUST_USE enum status site_lock(struct site *s, struct fault *f);
void site_close(struct site *s);

#endif
