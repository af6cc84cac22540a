#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every fuzz target's corpus through the plain driver: no crash, no sanitizer report.
set -eu
cd "$NFSEAL_SOURCE"
targets=0
for driver in "$(dirname "$NFSEAL")"/fuzz/fuzz_*; do
	case $driver in *.d | *.o) continue ;; esac
	[ -x "$driver" ] || continue
	name=${driver##*/fuzz_}
	[ -d "tests/fuzz/corpus/$name" ] || { echo "fuzz_$name has no corpus"; exit 1; }
	find "tests/fuzz/corpus/$name" -type f -print0 | xargs -0 "$driver"
	targets=$((targets + 1))
done
[ "$targets" -gt 0 ] || { echo "no fuzz targets were built"; exit 1; }
echo "$targets targets"
