#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh TEST...: runs each test (a cmocka binary, or a script that exits 0, 77 to skip, else
# failed) in an empty directory of its own and closes with "N passed, N failed, N skipped".
# NFSEAL is the program.  With NFSEAL_NOTHING_LEFT_OUT=1 a skip is a failure, unless it is for
# want of the captures or registries that other people own.  A sanitizer's report fails its test,
# whatever that made of the program's exit status.
set -u
passed=0 failed=0 skipped=0
: "${NFSEAL_CAPTURES:=$PWD/../shared/captures}" "${NFSEAL_REGISTRY:=$PWD/../shared/registry}"
export NFSEAL_CAPTURES NFSEAL_REGISTRY NFSEAL NFSEAL_SOURCE="$PWD"
scratch=$(mktemp -d) || exit 2
trap 'chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT

for test in "$@"; do
	name=${test#build/*/}
	path=$PWD/$test
	dir=$scratch/$(echo "$name" | tr / _)
	mkdir -p "$dir"
	(cd "$dir" && HOME=$dir XDG_STATE_HOME=$dir/state TMPDIR=$dir \
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:log_path=$dir.san TSAN_OPTIONS=${TSAN_OPTIONS:-}:log_path=$dir.san \
		timeout "${NFSEAL_TEST_TIMEOUT:-900}" "$path") \
		>"$dir.log" 2>&1 </dev/null
	status=$?
	word=$(tail -n 1 "$dir.log")
	if cat "$dir".san.* >>"$dir.log" 2>/dev/null; then
		[ $status = 0 ] && status=sanitizer
		rm -f "$dir".san.*
	fi
	if [ $status = 77 ] && [ "${NFSEAL_NOTHING_LEFT_OUT:-0}" = 1 ] &&
	    ! echo "$word" | grep -q 'NFSEAL_\(CAPTURES\|REGISTRY\)'; then
		status=1
	fi
	# A part that a passing test left out (a skip of cmocka's, a line "skip: ...") counts as well;
	# what the kernel has not (Landlock) nobody can install.
	if [ $status = 0 ] && [ "${NFSEAL_NOTHING_LEFT_OUT:-0}" = 1 ] && grep -h '^skip: ' "$dir.log" |
	    grep -qvE 'NFSEAL_(CAPTURES|REGISTRY)|in this kernel'; then
		status='a part was skipped'
	fi
	case $status in
	0) passed=$((passed + 1)); echo "ok      $name" ;;
	77) skipped=$((skipped + 1)); echo "skipped $name: $word" ;;
	*) failed=$((failed + 1)); echo "FAILED  $name (exit $status)"; tail -n 60 "$dir.log" | sed 's/^/    /' ;;
	esac
	# cmocka's own skips are told too
	grep -h '^skip: ' "$dir.log" | sed 's/^/        /'
	rm -rf "$dir"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
