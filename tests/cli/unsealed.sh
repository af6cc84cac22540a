#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Open segments: what the state knows to be durable is missed where it is cut back, changed or gone,
# recovery keeps what is vouched for, declares what is lost, and sets the rest aside.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
tests=$(dirname "$NFSEAL")/tests/cli
open=case/open

# live NAME: a writer that is killed behind some durable rows and rotations
live() {
	rm -rf case st
	"$tests/liver" "$PWD/st" "$PWD/case" 1 1000000 10 2 "$1" kept >said 2>err &
	pid=$!
	for _ in $(seq 500); do
		[ "$(grep -c durable said)" -ge "$2" ] && break
		sleep 0.01
	done
	kill -s KILL $pid
	wait $pid 2>/dev/null
	durable=$(awk '/^durable/ { n = $2 } END { print n - 1 }' said)
	[ "$durable" -ge $((20 * $2)) ] || fail "only $durable rows are durable: $(cat err)"
}

recover() {
	"$tests/recoverer" "$PWD/st" "$PWD/case" >out 2>err || fail "recovery: $(cat out err)"
}

rows() {
	find case -name '*.manifest.json' -exec cat {} + | jq -s 'map(.rows) | add // 0'
}

# missing PLACE: verify says that durable octets are gone, and where
missing() {
	nfseal verify --json --state st case >report 2>err
	status=$?
	[ $status = 4 ] || fail "$1: exit $status instead of 4"
	jq -e --arg p "$1" '.verdict == "INCOMPLETE" and any(.segments[].findings[];
		.code == "DURABLE_MISSING" and (.file | endswith($p)))' report >/dev/null ||
		fail "$1: $(jq -c '[.verdict, .segments[].findings]' report)"
}

live 1000000 5
echo "open and whole"
verdict VERIFIED --state st case
nfseal verify --json --state st case | jq -e '[.notices[] | select(.code == "UNSEALED_SEGMENT")] | length == 4' >/dev/null ||
	fail "the open segment is not told"
expect 0 '^VERIFIED' sh "$NFSEAL_SOURCE/verify/verify.sh" case "$(sha256sum case/genesis.json | cut -d' ' -f1)" \
	"0:$(sha256sum case/genesis.json | cut -d' ' -f1)"
cp -a case kept
cp -a st st.kept

echo "each of its files cut back, changed, empty, gone, another"
for name in flows.ipfix statements octets.txt; do
	part=$(ls $open/*.$name.part)
	for way in half changed empty gone link; do
		case $way in
		half) truncate -s $(($(stat -c %s "$part") / 2)) "$part" ;;
		changed) printf '~' | dd of="$part" bs=1 seek=60 conv=notrunc 2>/dev/null ;;
		empty) : >"$part" ;;
		gone) rm "$part" ;;
		link) rm "$part"; ln -s "$PWD/kept/open/${part##*/}" "$part" ;;
		esac
		missing "${part##*/}"
		rm -rf case
		cp -a kept case
	done
done

echo "an older copy of open/ with the state of today"
truncate -s $(($(stat -c %s $open/*.statements.part) / 2)) $open/*.statements.part
missing statements.part
recover
grep -q '^LOST of segment 1: ' err || fail "recovery does not tell the loss: $(cat err)"
verdict VERIFIED --state st case
jq -e 'any(.recovery[]; .action == "lost" and .sequence == 1 and .from != null and .to != null) and
	any(.recovery[]; .action == "recovered") and
	any(.recovery[]; .action == "quarantined" and any(.files[]; .name | endswith("statements.tail.part.1")))' \
	case/1970/*/*/*-00000001.manifest.json >/dev/null || fail "the loss is not declared"
[ "$(rows)" -lt "$durable" ] && [ "$(rows)" -gt 0 ] || fail "$(rows) rows"

echo "nothing that holds is left: the chain goes on without it"
rm -rf case st
cp -a kept case
cp -a st.kept st
: >"$(ls $open/*.statements.part)"
recover
[ "$(rows)" = 0 ] || fail "rows were sealed that nothing vouches for"
[ "$(find case/quarantine -type f | wc -l)" = 3 ] || fail "not all is in quarantine"
expect 0 '^head *1:' nfseal close --state st case
jq -e 'any(.recovery[]; .action == "lost")' case/*/*/*/*.manifest.json >/dev/null || fail "no loss declared"
verdict VERIFIED --state st case

echo "forged statements behind the signed ones are not sealed"
rm -rf case st
cp -a kept case
cp -a st.kept st
part=$(ls $open/*.statements.part)
tail -n 2 "$part" | sed 's/"index":\([0-9]*\)/"index":999/' >>"$part"
verdict VERIFIED --state st case
recover
[ "$(rows)" -ge "$durable" ] || fail "$(rows) rows of $durable"
[ -n "$(ls case/quarantine/*.statements.tail.part.1)" ] || fail "the forgery was not set aside"
verdict VERIFIED --state st case
nfseal verify --deep --state st case >out 2>err || fail "deep: $(head -n 3 out)"

echo "a state from before the segment was opened"
rm -rf case st other
cp -a kept case
cp -a st.kept st
rm st/anchors/*.durable
find case -type f -exec sha256sum {} + | sort >before
"$tests/recoverer" "$PWD/st" "$PWD/case" >out 2>err && fail "an old state's copy went on"
grep -q 'the state is older than the archive' err || fail "no reason: $(cat err)"
expect 2 'the state is older than the archive' nfseal close --state st case
find case -type f -exec sha256sum {} + | sort | cmp -s - before || fail "it changed the archive"
rm -rf case st
cp -a kept case
cp -a st.kept st
recover

echo "and a second recovery changes nothing"
find case st -type f -exec sha256sum {} + | sort >before
recover
find case st -type f -exec sha256sum {} + | sort | cmp -s - before || fail "it changes something"

echo "the first of two open segments is gone: its place stays in the chain"
# crash AT: a kill at that call; 0: none, and all calls in `log'
crash() {
	rm -rf case st log
	CRASH_DIRS="$PWD/case:$PWD/st" CRASH_AT=$1 CRASH_MODE=kill CRASH_LOG=$PWD/log LD_PRELOAD=$tests/crashshim.so \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		"$tests/liver" "$PWD/st" "$PWD/case" 1 60 10 1 2 kept wait >said 2>err
}
[ "$(uname)" = Linux ] || finish # the library is for it
crash 0
at=$(awk -F'\t' '$2 == "create" && /00000001.flows.parquet.part/ { print $1 }' log)
crash "${at:?}"
[ "$(jq -c '[.open[].sequence]' st/anchors/*.durable)" = '[1,2]' ] || fail "not two: $(cat st/anchors/*.durable)"
first=$(ls $open/*.statements.part | head -n 1)
rm "$first"
missing "${first##*/}"
recover
verdict VERIFIED --state st case
find case -name '*.manifest.json' -exec cat {} + | jq -se '(map(select(.sequence == 1))[0] |
	.rows == 0 and any(.recovery[]; .action == "lost")) and any(.[]; .sequence == 2)' >/dev/null ||
	fail "segment 1 is not declared lost, or the next not sealed"
finish
