#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A disk that fills up under a live segment: the room that was kept is enough to seal it; where the
# disk fills faster than that, what was durable is sealed by the next run, still on the full disk.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
mkdir disk
mount -t tmpfs -o size=3m tmpfs disk 2>/dev/null || skip "mounting a tmpfs is not permitted here"
trap 'umount disk' EXIT
tests=$(dirname "$NFSEAL")/tests/cli

rows() {
	find disk/case -name '*.manifest.json' -exec cat {} + | jq -s 'map(.rows) | add // 0'
}

durable() {
	awk '/^durable/ { n = $2 } END { print n - 1 }' said
}

echo "by the journal itself"
got=0
"$tests/liver" "$PWD/st" "$PWD/disk/case" 1 10000000 100 2 1000 >said 2>err || got=$?
[ $got = 1 ] || fail "exit $got: $(cat err)"
grep -q 'room to seal what there is' err || fail "no clear message: $(cat err)"
grep -q '^early$' said || fail "it was not sealed: $(tail -n 2 said)"
verdict VERIFIED --state st disk/case
[ "$(rows)" = "$(durable)" ] && [ "$(durable)" -gt 1000 ] || fail "$(rows) rows sealed, $(durable) durable"
[ -z "$(find disk/case/open -type f ! -name lock)" ] || fail "left: $(ls disk/case/open)"

echo "by something else, all at once"
rm -rf disk/case st
"$tests/liver" "$PWD/st" "$PWD/disk/case" 1 10000000 20 2 100000 pace >said 2>err &
pid=$!
for _ in $(seq 3000); do
	[ "$(grep -c durable said)" -gt 5 ] && break
	sleep 0.01
done
dd if=/dev/zero of=disk/filler bs=1k count=10000 2>/dev/null
got=0
wait $pid || got=$?
[ $got = 1 ] || fail "exit $got: $(cat err)"
grep -q 'No space left on device\|room' err || fail "no clear message: $(cat err)"
df disk | awk 'NR == 2 && $4 > 300 { exit 1 }' || echo "the disk is not full"
durable=$(durable)
expect 0 '' nfseal recover --state st disk/case
verdict VERIFIED --state st disk/case
[ "$(rows)" -ge "$durable" ] && [ "$durable" -ge 200 ] || fail "$(rows) rows sealed, $durable durable"
nfseal verify --deep --state st disk/case >out 2>err || fail "deep: $(head -n 3 out)"
rm disk/filler
expect 0 '' nfseal close --state st disk/case
verdict VERIFIED --state st disk/case

# killed MORE: a run that was killed, MORE octets behind what is vouched for, and a full disk
killed() {
	rm -rf disk/case disk/filler st
	"$tests/liver" "$PWD/st" "$PWD/disk/case" 1 10000000 20 2 100000 pace >said 2>err &
	pid=$!
	for _ in $(seq 3000); do
		[ "$(grep -c durable said)" -gt 5 ] && break
		sleep 0.01
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	head -c "$1" /dev/urandom >junk
	cat junk >>"$(ls disk/case/open/*.flows.ipfix.part)"
}

# is_recovered MORE: to the last durable row, and what lay behind it is kept and told
is_recovered() {
	expect 0 '' nfseal recover --state st disk/case
	verdict VERIFIED --state st disk/case
	[ "$(rows)" -ge "$(durable)" ] && [ "$(durable)" -ge 100 ] || fail "$(rows) rows sealed, $(durable) durable"
	tail -c "$1" disk/case/quarantine/*.flows.ipfix.tail.part.1 | cmp -s - junk || fail "the tail is another"
	[ "$(sha256sum <"$(ls disk/case/quarantine/*.flows.ipfix.tail.part.1)" | cut -c 1-64)" = \
	    "$(find disk/case -name '*.manifest.json' -exec cat {} + | jq -r '.recovery[].files[] |
	        select(.name | endswith("flows.ipfix.tail.part.1")) | .sha256')" ] || fail "its hash is not told"
}

echo "with more behind what is vouched for than there is room"
killed 900000
dd if=/dev/zero of=disk/filler bs=1k count=10000 2>/dev/null
df disk | awk 'NR == 2 && $4 > 0 { exit 1 }' || fail "the disk is not full"
is_recovered 900000

echo "and with no room at all"
killed 900000
rm disk/case/open/reserve
dd if=/dev/zero of=disk/filler bs=1k count=10000 2>/dev/null
expect 2 'nothing is lost' nfseal recover --state st disk/case
grep -q 'No space left on device' err || fail "no clear message: $(cat err)"
[ "$(rows)" = 0 ] || fail "$(rows) rows sealed without room"
rm disk/filler
is_recovered 900000
finish
