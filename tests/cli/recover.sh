#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal recover: a dry run says what the real one then does, and changes nothing; the real one seals,
# explains, and has nothing to do a second time; info shows what manifests declare of it.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
[ "$(uname)" = Linux ] || skip "the library that breaks calls is for Linux"
tests=$(dirname "$NFSEAL")/tests/cli

# crash AT: a kill at that call of a live writer; 0: none, and all calls in `log'
crash() {
	rm -rf case st log
	CRASH_DIRS="$PWD/case:$PWD/st" CRASH_AT=$1 CRASH_MODE=kill CRASH_LOG=$PWD/log LD_PRELOAD=$tests/crashshim.so \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0:detect_leaks=0" \
		"$tests/liver" "$PWD/st" "$PWD/case" 1 60 10 1 2 kept wait ${2:+"$2"} >said 2>err
} 2>killed

# call NAME PATTERN: the number of the first such call
call() {
	awk -F'\t' -v name="$1" -v path="$2" '$2 == name && $0 ~ path { print $1; exit }' log
}

all() {
	find case st -exec ls -ld --time-style=full-iso {} + | sort
	find case st -type f -exec sha256sum {} + | sort
}

# agree WHAT ACTIONS: dry run, real run, and again
agree() {
	all >before
	expect 0 '' nfseal recover -n --json --state st case
	cp out dry.json
	all | cmp -s - before || fail "$1: a dry run changes something: $(all | diff before - | head -n 5)"
	expect 0 "${2%%,*}" nfseal recover --dry-run --state st case
	expect 0 '' nfseal recover --json --state st case
	cp out real.json
	[ "$(jq -r '[.found[].action] | join(",")' real.json)" = "$2" ] || fail "$1: $(jq -c '[.found[].action]' real.json)"
	[ "$(jq -c '[.found[] | [.action, .sequence, .text, .files]] | sort' dry.json)" = \
		"$(jq -c '[.found[] | [.action, .sequence, .text, .files]] | sort' real.json)" ] ||
		fail "$1: the dry run says $(jq -c .found dry.json), the real one does $(jq -c .found real.json)"
	jq -e '.dry_run == false and (.genesis | length == 64) and (.head.manifest_sha256 | length == 64)' real.json \
		>/dev/null || fail "$1: $(cat real.json)"
	verdict VERIFIED --state st case
	all >before
	expect 0 '^nothing was left to recover$' nfseal recover --state st case
	all | grep -v ' lock$' | cmp -s - <(grep -v ' lock$' before) || fail "$1: a second recovery changes something"
	[ "$(nfseal recover -n --json --state st case | jq -c .found)" = '[]' ] || fail "$1: still something is found"
}

crash 0
agree 'nothing was killed' ''
segment=$(call create 00000001.flows.parquet.part)
prepared=$(awk -F'\t' -v after="$segment" '$1 > after && $2 == "rename" && /prepared.json/ { print $1; exit }' log)
block=$(awk -F'\t' '$2 == "write" && /00000002.statements/ { print $1 }' log | sed -n 3p)
placed=$(call rename '00000001.manifest.json"?$')
for at in "$segment" "$prepared" "$block" "$placed"; do
	[ -n "$at" ] || fail "a call is not in the log"
done

crash "$segment"
agree 'both segments open' recovered,recovered
nfseal info --state st case >out
grep -q '^Segment 1 declares recovered: .* nothing of it is missing$' out || fail "info: $(cat out)"
grep -q '^  between .* and .* something may be missing$' out || fail "info tells no times: $(cat out)"
nfseal info --json --state st case | jq -e '.segments[1].recovery[0] | .action == "recovered" and .sequence == 2' \
	>/dev/null || fail "info --json: $(nfseal info --json --state st case | jq -c '.segments[].recovery')"

crash $((segment + 2))
agree 'a table half made' quarantined,recovered,recovered
crash $((prepared + 3))
agree 'a seal decided' sealed,recovered
crash "$block"
agree 'a block without its statement' quarantined,recovered
grep -q 'octets.txt.tail.part.1' real.json || fail "the tail is not named: $(cat real.json)"
crash "$placed"
agree 'a signature in place' sealed,recovered

echo "an archive that is closed, one that is not there, one that a writer has open"
crash 0 close
expect 0 '^nothing was left to recover$' nfseal recover --state st case
expect 2 'nowhere: ' nfseal recover --state st nowhere
expect 2 'nowhere: ' nfseal recover -n --state st nowhere
expect 2 'state' nfseal recover -n --state none case
[ ! -e none ] || fail "a dry run has made a state"
expect 2 'which archive' nfseal recover
expect 2 'one archive' nfseal recover case other
rm -rf case st
"$tests/liver" "$PWD/st" "$PWD/case" 1 100000000 10 2 100 kept pace >said 2>err &
pid=$!
for _ in $(seq 500); do
	grep -q durable said && break
	sleep 0.01
done
expect 2 'another writer|lock' nfseal recover --state st case
expect 2 'another writer|lock' nfseal recover -n --state st case
kill -s KILL $pid
wait $pid 2>/dev/null
expect 0 '^recovered .segment 1.' nfseal recover --state st case
finish
