#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# fuzz.sh SECONDS TARGET...: libFuzzer on each target in turn.  New inputs, logs and what it finds
# (also units slower than a second, and leaks) are kept in build/fuzz/found.
set -u
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:allocator_may_return_null=1"
seconds=$1
shift
found=build/fuzz/found
failed=0
for target in "$@"; do
	name=${target##*/fuzz_}
	mkdir -p "$found/$name"
	# libarchive allocates what a header claims, but we do not let it fill that: for this target
	# the resident memory alone is limited.
	malloc_limit=2048
	[ "$name" = decompress ] && malloc_limit=100000000
	echo "fuzzing $name for $seconds s"
	if "$target" -max_total_time="$seconds" -timeout=20 -report_slow_units=1 -rss_limit_mb=2048 \
		-malloc_limit_mb=$malloc_limit -print_final_stats=1 -artifact_prefix="$found/$name-" \
		"$found/$name" "tests/fuzz/corpus/$name" >"$found/$name.log" 2>&1; then
		grep -E 'stat::(number_of_executed_units|average_exec_per_sec|slowest_unit_time_sec|peak_rss_mb)|Slowest' \
			"$found/$name.log"
	else
		failed=$((failed + 1))
		tail -n 60 "$found/$name.log"
	fi
done
[ "$failed" = 0 ] || { echo "$failed targets failed: see $found"; exit 1; }
