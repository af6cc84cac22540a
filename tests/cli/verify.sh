#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal verify on archives that capture made: anchors given and remembered, --json, --deep,
# -q, and the manual page's table of exit statuses.
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
command -v jq >/dev/null || skip "jq is not installed"
none=$PWD/none

"$fixtures/mkcapture" -c 200 -d 200 in.pcap || fail "no capture"
nfseal capture -r in.pcap -w case -t 60s --json >receipt || fail "capture"
genesis=$(jq -r .genesis receipt)
head=$(jq -r '"\(.head.sequence):\(.head.manifest_sha256)"' receipt)
last=${head%%:*}
[ "$last" -ge 3 ] || fail "only $last segments"

# The anchors.
expect 0 '^VERIFIED case: ' nfseal verify case
expect 0 'remembered anchor proves nothing' nfseal verify case
expect 0 '^VERIFIED' nfseal verify --deep -j 1 case
expect 0 '^VERIFIED' nfseal verify --state "$none" --genesis "$genesis" --head "$head" case
expect 3 '^UNANCHORED' nfseal verify --state "$none" --genesis "$genesis" case
expect 6 '^UNTRUSTED' nfseal verify --state "$none" case
expect 6 '^UNTRUSTED' nfseal verify --state "$none" --head "$head" case
expect 1 'WRONG_GENESIS genesis.json' nfseal verify --genesis "${head#*:}" case
first=1:$(nfseal verify --json case | jq -r '.segments[1].manifest_sha256')
expect 3 'the given head is 1' nfseal verify --head "$first" case
expect 0 '^VERIFIED' nfseal verify --head "$first" --until-head case

# A copy elsewhere is known by its id; another archive in this one's place is seen.
cp -R case copy
verdict VERIFIED copy
nfseal capture -r in.pcap -w second --json >/dev/null || fail "second capture"
mv case kept && mv second case
expect 1 'WRONG_GENESIS' nfseal verify case
rm -rf case && mv kept case

# Cut back: the state remembers more.
rm "$(find copy -name "*-0000000$last.manifest.json")"
expect 4 'HEAD_MISSING' nfseal verify copy
rm -rf copy/*
expect 4 'FILE_MISSING genesis.json' nfseal verify --genesis "$genesis" copy
expect 5 'VERSION genesis.json' nfseal verify copy
expect 2 '^ERROR nowhere' nfseal verify nowhere

# The contract of --json.
nfseal verify --json case >out || fail "verify --json"
[ "$(jq -r '[.verdict, .exit_code, .anchor, .genesis_anchor, .genesis, .head.sequence] | join(" ")' out)" = \
	"VERIFIED 0 remembered remembered $genesis $last" ] || fail "json: $(cat out)"
[ "$(jq '[.segments[] | select(.verdict == "VERIFIED" and .findings == [])] | length' out)" = $((last + 1)) ] ||
	fail "segments: $(cat out)"
table=$(cd case && find . -name '*-00000002.flows.parquet' | sed 's|^\./||')
printf 'x' | dd of="case/$table" bs=1 seek=9 conv=notrunc 2>/dev/null
expect 1 '' nfseal verify --json case
[ "$(jq -r '.segments[] | select(.verdict != "VERIFIED") | "\(.sequence) \(.findings[0] | "\(.code) \(.file) \(.offset) \(.length)")"' out)" = \
	"2 CHUNK_HASH $table 0 $(wc -c <"case/$table" | tr -d ' ')" ] || fail "finding: $(cat out)"
expect 1 "^MODIFIED case: something differs from what was sealed$" nfseal verify -q case
[ "$(wc -l <out)" = 1 ] || fail "-q says more than a line"

# The command line.
expect 2 'which ARCHIVE' nfseal verify
expect 2 'one ARCHIVE only' nfseal verify a b
expect 2 'SEQUENCE:HEX' nfseal verify --head 12 case
expect 2 '64 hex digits' nfseal verify --genesis abc case
expect 2 'goes with --head' nfseal verify --until-head case
expect 2 '1 to 256' nfseal verify -j 0 case

# The page's table is the program's.
if command -v mandoc >/dev/null; then
	mandoc -T ascii "$NFSEAL_SOURCE/man/nfseal-verify.1" | col -b | sed -n '/^EXIT STATUS/,/^EXAMPLES/p' |
		grep -oE '^ +[A-Z]{5,} [0-6]' | tr -s ' ' | tr '\n' ',' >table
	[ "$(cat table)" = " FORKED 1, MODIFIED 1, MALFORMED 5, INCOMPLETE 4, ERROR 2, UNTRUSTED 6, UNANCHORED 3, VERIFIED 0," ] ||
		fail "the page says $(cat table)"
	for code in $(grep -oE '^(FINDING|NOTICE)\([A-Z_]+' "$NFSEAL_SOURCE/verify/codes.def" | sed 's/.*(//'); do
		grep -qw "$code" "$NFSEAL_SOURCE/man/nfseal-verify.1" || fail "the page does not name $code"
	done
fi
exit "$failures"
