#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# fuzz.sh SECONDS TARGET...: libFuzzer on each target in turn, new inputs kept in build/fuzz/found.
set -eu
seconds=$1
shift
for target in "$@"; do
	name=${target##*/fuzz_}
	mkdir -p "build/fuzz/found/$name"
	# libarchive allocates what a cpio name claims, up to 4 GiB, but we do not let it fill that:
	# for this target the resident memory alone is limited.
	malloc_limit=2048
	[ "$name" = decompress ] && malloc_limit=8192
	echo "fuzzing $name for $seconds s"
	"$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
		-malloc_limit_mb=$malloc_limit -print_final_stats=1 \
		-artifact_prefix="build/fuzz/found/$name-" "build/fuzz/found/$name" "tests/fuzz/corpus/$name" \
		2>&1 | grep -E 'ERROR|SUMMARY|stat::number_of_executed_units|crash|Done'
	[ "${PIPESTATUS[0]}" = 0 ]
done
