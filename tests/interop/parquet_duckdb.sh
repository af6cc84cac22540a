#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DuckDB and hyparquet read our edge files as we wrote them; we read DuckDB's copies of them.
set -eu
here=$NFSEAL_SOURCE/tests/interop
make=$(dirname "$NFSEAL")/tests/interop/mk_parquet
command -v node >/dev/null 2>&1 || { echo "node is not here: DuckDB and hyparquet are left out"; exit 77; }
[ -d "$here/node_modules/hyparquet" ] && [ -d "$here/node_modules/@duckdb" ] ||
	{ echo "DuckDB and hyparquet are not here: make peers installs them"; exit 77; }

kinds="empty one nulls constant mixed distinct"
for kind in $kinds; do
	"$make" write "$kind" "$kind.parquet" "$kind.ndjson"
	"$make" read "$kind.parquet" "$kind.back"
	cmp "$kind.ndjson" "$kind.back"
done
# shellcheck disable=SC2086
node "$here/parquet.mjs" $kinds
for kind in $kinds; do
	for copy in v1 v2; do
		"$make" read "$kind.$copy.parquet" "$kind.$copy.ndjson"
		cmp "$kind.ndjson" "$kind.$copy.ndjson"
	done
done

# What we do not read is refused by name.
refused() {
	if "$make" read "$1" refused.ndjson 2>message; then
		echo "$1 was not refused"
		exit 1
	fi
	grep -q "$2" message || { echo "$1: $(cat message)"; exit 1; }
}
refused snappy.parquet "codec SNAPPY"
refused float.parquet "column bytes: DOUBLE"
refused nanos.parquet "column flow_start: INT64"
refused address.parquet "column src_ip: .*cannot be its"
echo "6 files, both ways"
