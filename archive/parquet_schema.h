/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_SCHEMA_H
#define ARCHIVE_PARQUET_SCHEMA_H

/*
 * The columns' Parquet types, both ways: what the writer declares, and how a column of a
 * file becomes one of ours.  Types follow the column's alone; see DESIGN and nfseal-archive(5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_metadata.h"
#include "base/status.h"
#include "flow/column.h"

/* The root and all standard columns: 1 + COLUMN_COUNT elements. */
void parquet_schema_put(struct parquet_element *out);

/* How values of a file become a column's. */
struct parquet_leaf {
	enum column_id id; /* COLUMN_NONE: not one of ours */
	bool optional;
	int32_t type;      /* enum parquet_type */
	bool is_unsigned;  /* UINT annotation: the bits are not a sign */
	int64_t scale;     /* of time stamps: what takes them to microseconds */
};

/*
 * The leaves of a schema in the order of their chunks; *count of them, out has room for
 * element_count.  A column of ours whose type we cannot read without loss is refused.
 */
MUST_USE enum status parquet_schema_get(const struct parquet_footer *footer,
    struct parquet_leaf *out, size_t *count, const char *file, struct fault *f);

#endif
