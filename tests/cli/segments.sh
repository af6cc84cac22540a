#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Chains of many segments: the memory that verify, info and show take grows by little for each, and
# is bounded beside that.  NFSEAL_SOAK=1: a million segments, on the disk of TMPDIR (8 GB).
# The figures stay in build/VARIANT/tests/figures/segments.txt.
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
case $NFSEAL in
*/asan/* | */tsan/*) skip "a sanitizer's shadow memory says nothing of the program's" ;;
esac
mkchain=$(dirname "$NFSEAL")/tests/tamper/mkchain
figures=$(dirname "$NFSEAL")/tests/figures
sizes='1000 6000'
[ "${NFSEAL_SOAK:-}" = 1 ] && sizes='1000 1000000'
mkdir -p "$figures"

# peak WANT COMMAND...: the most memory that it took, in KiB
peak() {
	python3 - "$@" <<'EOF'
import os, subprocess, sys
want = int(sys.argv[1])
got = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=open("err", "w")).returncode
if got != want:
    sys.exit("exit %d, not %d: %s" % (got, want, open("err").read()))
import resource
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
EOF
}

for n in $sizes; do
	read -r genesis head <<<"$("$mkchain" "chain.$n" "$n")"
	anchors="--state none --genesis $genesis --head $head"
	[ "${NFSEAL_SOAK:-}" = 1 ] && began=$SECONDS
	peak 0 nfseal verify $anchors --json "chain.$n" >"verify.$n" || fail "verify, $n segments"
	[ "${NFSEAL_SOAK:-}" = 1 ] && echo "verify of $n segments: $((SECONDS - began)) s"
	peak 0 nfseal info --state none --json "chain.$n" >"info.$n" || fail "info, $n segments"
	peak 0 nfseal show --state none --genesis "$genesis" "chain.$n" >"show.$n" || fail "show, $n segments"
	# One in the middle is gone: all else is still proven.
	gone=$(find "chain.$n" -name "*-$(printf %08d $((n / 2))).manifest.json")
	rm "$gone"
	peak 4 nfseal verify $anchors "chain.$n" >"hole.$n" || fail "a hole, $n segments"
	rm -rf "chain.$n"
done
few=${sizes% *} many=${sizes#* }
echo "tests/cli/segments.sh, $many segments" >figures.txt
for what in verify hole info show; do
	each=$((($(cat "$what.$many") - $(cat "$what.$few")) * 1024 / (many - few)))
	beside=$(($(cat "$what.$few") - each * few / 1024))
	echo "$what: $beside KiB, and $each bytes a segment; $(cat "$what.$many") KiB for all" >>figures.txt
	[ "$each" -lt 1024 ] || fail "$what: $each bytes a segment"
	[ "$beside" -lt 65536 ] || fail "$what: $beside KiB beside the chain"
done
tee "$figures/segments.txt" <figures.txt
finish
