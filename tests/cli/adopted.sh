#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a killed writer with keys in memory had made durable is taken over by the archive that
# continues it: with the state and without, whole, cut back, forged, gone; and what is refused.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
tests=$(dirname "$NFSEAL")/tests/cli

# live NAME: a writer that is killed behind some durable rows, the segment still open
live() {
	rm -rf case st next
	"$tests/liver" "$PWD/st" "$PWD/case" 1 1000000 10 2 "$1" kept memory >said 2>err &
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
tree() { (cd case && find . -type f ! -name lock -exec sha256sum {} + | sort); }
rows() { find "$1" -name '*.manifest.json' -exec cat {} + | jq -s 'map(.rows) | add // 0'; }
recovery() { cat "$(find next -name '*-00000001.manifest.json')" | jq -c ".recovery | map($1)"; }
fresh() {
	rm -rf case st next
	cp -a kept case
	cp -a st.kept st
}

live 1000000 4
cp -a case kept
cp -a st st.kept
id=$(jq -r .archive case/genesis.json)

echo "whole"
tree >before
expect 2 'init --continues' nfseal recover --state st case
expect 0 '^genesis ' nfseal init --continues case --state st next
tree >after
cmp -s before after || fail "the older archive has changed: $(diff before after)"
[ "$(recovery '[.action, .sequence, .text[0:50]]')" = "[[\"adopted\",1,\"of the archive $id, w\"]]" ] ||
	fail "it tells: $(recovery .)"
[ "$(rows next)" -ge "$durable" ] || fail "$(rows next) rows, $durable were durable"
nfseal show -q --state st -o csv --columns first_frame next | tail -n +2 >got
seq "$(rows next)" | cmp -s - got || fail "other rows"
first=$(find next -name '*-00000001.manifest.json')
jq -e '.interrupted and .source.kind == "interface" and (.options | map(.name)) == ["driver"] and
	(.files | map(.name | split(".")[1:] | join("."))) == ["flows.parquet", "octets.txt"]' "$first" >/dev/null ||
	fail "$(jq -c '[.interrupted, .source, .options, .files]' "$first")"
# What it was made of is named, as it lies there.
while read -r name size sum; do
	[ "$(head -c "$size" "case/open/$name" | sha256sum | cut -d ' ' -f 1)" = "$sum" ] ||
		fail "$name, $size octets, is not $sum"
done < <(jq -r '.recovery[0].files[] | "\(.name) \(.size) \(.sha256)"' "$first")
[ "$(jq '.recovery[0].files | length' "$first")" = 3 ] || fail "not three files"
verdict VERIFIED --deep --state st next
nfseal verify --json --state st next | jq -e '.continues.report.verdict == "VERIFIED" and
	any(.notices[]; .code == "RECOVERED" and (.text | startswith("adopted")))' >/dev/null ||
	fail "verify does not tell"
expect 0 '' sh "$NFSEAL_SOURCE/verify/verify.sh" next "$(sha256sum <next/genesis.json | cut -d ' ' -f 1)" \
	"1:$(sha256sum <"$first" | cut -d ' ' -f 1)"
expect 0 'nothing was left' nfseal recover --state st next
expect 0 '' nfseal close --state st next
verdict VERIFIED --state st next

echo "without the state: the key that the older archive names vouches for the first one"
fresh
rm -r st
expect 0 '^genesis ' nfseal init --continues case --state st next
[ "$(recovery '[.action, .sequence]')" = '[["adopted",1]]' ] || fail "it tells: $(recovery .)"
[ "$(rows next)" -ge "$durable" ] || fail "$(rows next) rows, $durable were durable"
verdict VERIFIED --deep --state st next

echo "cut back, changed, forged, gone"
fresh
part=$(echo case/open/*.flows.ipfix.part)
truncate -s $(($(stat -c %s "$part") / 2)) "$part"
expect 0 '^genesis ' nfseal init --continues case --state st next
[ "$(recovery .action)" = '["lost","adopted"]' ] || fail "cut back: $(recovery .)"
verdict VERIFIED --deep --state none next --genesis "$(sha256sum <next/genesis.json | cut -d ' ' -f 1)" \
	--head "1:$(sha256sum <"$(find next -name '*-00000001.manifest.json')" | cut -d ' ' -f 1)"
# Where the state knows the older one, that still says what is missing, and the worst counts.
verdict INCOMPLETE --state st case
verdict INCOMPLETE --state st next
fresh
printf 'x' | dd of="case/open/$(basename "$(echo case/open/*.octets.txt.part)")" bs=1 seek=3 conv=notrunc 2>/dev/null
expect 0 '^genesis ' nfseal init --continues case --state st next
[ "$(recovery .action)" = '["lost","adopted"]' ] || fail "changed: $(recovery .)"
[ "$(rows next)" -lt 20 ] || fail "rows behind a changed block: $(rows next)"
fresh
printf '{"format":"nfseal-block/1",\n%0128d\n' 0 >case/open/20260101T000000Z-00000001.statements.part
rm -r st
expect 0 '^genesis ' nfseal init --continues case --state st next
[ "$(rows next)" -ge "$durable" ] || fail "a file of somebody else's: $(rows next) rows"
fresh
rm case/open/*.part
expect 0 '^head *0:' nfseal init --continues case --state st next
expect 0 '' nfseal close --state st next
[ "$(recovery .action)" = '["lost"]' ] || fail "gone: $(recovery .)"
fresh
rm -r st case/open/*.part
expect 0 '^head *0:' nfseal init --continues case --state st next
expect 0 '' nfseal close --state st next
[ "$(recovery .action)" = '[]' ] || fail "nothing open, and it tells $(recovery .)"

echo "interrupted, and the older archive is away"
fresh
CRASH_DIRS=$PWD CRASH_AT=0 CRASH_LOG=$PWD/log LD_PRELOAD=$tests/crashshim.so \
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 nfseal init --continues case --state st next >/dev/null
at=$(awk -F '\t' '$2 == "create" && /next.*00000001.flows.parquet/ { print $1; exit }' log)
fresh
CRASH_DIRS=$PWD CRASH_AT=${at:?} CRASH_MODE=kill LD_PRELOAD=$tests/crashshim.so \
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 nfseal init --continues case --state st next 2>/dev/null
[ -e next/genesis.json ] || fail "no genesis"
mv case away
expect 2 'continues is not there' nfseal recover --state st next
mv away case
exec 5<case/open/lock
flock 5 || fail "no lock"
expect 2 'another writer' nfseal recover --state st next
exec 5<&-
expect 0 'adopted' nfseal recover -n --state st next
[ "$(rows next)" = 0 ] || fail "a dry run has sealed something"
expect 0 'adopted' nfseal recover --state st next
[ "$(rows next)" -ge "$durable" ] || fail "$(rows next) rows, $durable were durable"
expect 0 'nothing was left' nfseal recover --state st next
verdict VERIFIED --deep --state st next
rm -rf st
cp -a st.kept st

echo "a writer that another state knows is at work"
rm -r st
exec 5<case/open/lock
flock 5 || fail "no lock"
expect 2 'another writer' nfseal init --continues case --state st busy
[ ! -e busy ] || fail "something was made"
exec 5<&-
rm -rf st
cp -a st.kept st

echo "an archive that can be extended is none to be taken over"
"$tests/liver" "$PWD/st" "$PWD/files" 1 40 10 2 1 kept >/dev/null 2>err || fail "liver: $(cat err)"
expect 2 'still extend' nfseal init --continues files --state st other
[ ! -e other ] || fail "something was made"
finish
