#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Filters, windows of time and rankings of `show` are what DuckDB's SQL makes of the segments.
set -eu
here=$NFSEAL_SOURCE/tests/interop
command -v node >/dev/null 2>&1 || { echo "node is not here: DuckDB is left out"; exit 77; }
[ -d "$here/node_modules/hyparquet" ] && [ -d "$here/node_modules/@duckdb" ] ||
	{ echo "DuckDB is not here: make peers installs it"; exit 77; }

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 900 -d 900 in.pcap
"$NFSEAL" capture -q -r in.pcap -w case -t 2m
[ "$(find case -name '*.flows.parquet' | wc -l)" -gt 5 ]
node "$here/duckdb_show.mjs"
