#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Memory ends at many places: a run either succeeds or says so and exits 2.  No signal, no other
# verdict, no half-sealed segment; and the next run works.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
case $NFSEAL in
*/release/* | */clang/*) ;;
*) skip "a sanitizer's shadow memory is more than any limit" ;;
esac
(ulimit -v 1000000) 2>/dev/null || skip "memory cannot be limited here"

"$fixtures/mkcapture" -c 300 good.pcap || fail "no capture"
gzip -k good.pcap
nfseal capture -q -r good.pcap -w whole -t 60 || fail "capture"

# What the program needs to begin at all, KiB.
least=16000
until (ulimit -v "$least" && exec nfseal capture --help) >/dev/null 2>&1; do
	least=$((least + 1000))
	[ "$least" -lt 500000 ] || skip "the program does not start within 500 MB"
done
coarse=$(seq "$least" 4100 $((least + 110000)))
fine=$(seq "$least" 350 $((least + 3500)); seq $((least + 3500)) 1700 $((least + 40000)))

# within KILOBYTES COMMAND...: returns 0 where it was done
within() {
	local limit=$1 got=0
	shift
	(ulimit -v "$limit" && exec "$@") >out 2>err </dev/null || got=$?
	case $got in
	0)
		done_by=$((done_by + 1))
		return 0
		;;
	2)
		short=$((short + 1))
		cat out err | grep -qE 'out of memory|Cannot allocate memory|thread|random numbers' ||
			fail "exit 2 without a reason: $limit KiB: $* ($(tail -n 1 err))"
		;;
	*) fail "exit $got: $limit KiB: $* ($(tail -n 2 err))" ;;
	esac
	return 1
}

# both: of the levels some were too low and some were enough
both() {
	[ "$short" -gt 0 ] || fail "$1: never short of memory"
	[ "$done_by" -gt 0 ] || fail "$1: never done"
	echo "$1: $short times short, $done_by times done"
}

# sealed LIMIT: what there is of the archive is whole, and the next run works
sealed() {
	if [ -e case/genesis.json ]; then
		nfseal verify --deep --state st case >out 2>err || fail "$1 KiB: $(head -n 1 out) $(tail -n 1 err)"
	fi
	nfseal capture -q --state st -r good.pcap -w case 2>err || fail "the run after $1 KiB: $(tail -n 1 err)"
	nfseal verify --deep --state st case >out 2>err || fail "the run after $1 KiB: $(head -n 1 out)"
}

for how in "-r good.pcap -j 1 -t 60 -o x.parquet" "-r good.pcap.gz -j 2"; do
	done_by=0 short=0
	for limit in $coarse; do
		rm -rf case st
		# shellcheck disable=SC2086
		within "$limit" nfseal capture -q --state st $how -w case || sealed "$limit"
	done
	both "capture $how"
done

for how in "verify --deep -j 2 whole" "show whole -s srcip" "show whole -o ndjson"; do
	done_by=0 short=0
	# shellcheck disable=SC2086
	nfseal $how >expected || fail "$how"
	for limit in $fine; do
		# shellcheck disable=SC2086
		within "$limit" nfseal $how && { cmp -s out expected || fail "$limit KiB: $how is another text"; }
	done
	both "$how"
done
finish
