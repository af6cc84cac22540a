/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_WRITER_CORE_H
#define ARCHIVE_WRITER_CORE_H

/* What writer.c and writer_live.c share: the writer itself. */

#include <pthread.h>

#include "archive/declare.h"
#include "archive/durable.h"
#include "archive/journal.h"
#include "archive/live_table.h"
#include "archive/parquet_writer.h"
#include "archive/segment.h"
#include "archive/site.h"

struct writer_seal_task;

struct writer {
	struct writer_options o;
	struct keyring *ring; /* NULL: keys in files */
	struct site site; /* while a task seals, its thread's but for path, open and state.dir */
	struct receipt receipt;
	bool has_segment; /* begun and not sealed */
	bool dead;        /* a write failed: only a new open, with its recovery, goes on */
	int64_t opened;
	const char *opened_clock;
	char stem[LAYOUT_STEM_MAX];
	struct declare_table table;
	/* A segment whose input is still there: a table, and no journal. */
	struct segment_file flows;
	struct parquet_writer *parquet;
	/* A live one. */
	struct journal *journal; /* NULL: none is open */
	struct live_table *live; /* its table, where its rows need no journal; else NULL */
	uint64_t sequence;       /* of the journal's segment */
	uint64_t reserved;       /* octets that are kept for its seal; 0: it has none of its own yet */
	uint64_t needed;         /* of these, as it was last made durable */
	struct durable record;   /* as it stands in the state */
	pthread_mutex_t record_lock;
	struct writer_seal_task *task;   /* the segment before, being sealed; or NULL */
	struct receipt *sealed;          /* of tasks that are done and were not asked for */
	size_t sealed_count;
};

void writer_take_receipt(struct writer *w, uint64_t flows);
/* Ends the open journal's segment as writer_seal does; its last statement is made here. */
MUST_USE enum status writer_seal_journal(struct writer *w, const struct segment_facts *facts,
    bool close_archive, struct fault *f);
/* Waits for the task, whose receipt is kept for writer_sealed; its failure kills the writer. */
MUST_USE enum status writer_wait(struct writer *w, struct fault *f);

#endif
