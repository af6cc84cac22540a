#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal verify --deep: a table that says something else than the datagrams it is of, by whoever
# has all keys; and what is no finding: an older decoder, what the segment itself declares.
set -u
. "$(dirname "$0")/lib.sh"
for tool in python3 jq openssl; do command -v $tool >/dev/null || skip "$tool is not installed"; done
carry() { python3 "$NFSEAL_SOURCE/tests/cli/carry.py" "$@"; }
# file ARCHIVE N SUFFIX
file() { echo "$1"/*/*/*/*-"$(printf %08d "$2")$3"; }
# forged NAME MODEL VERDICT FINDINGS CHANGE...: what --deep says; without it all is as it was sealed
forged() {
	local name=$1 model=$2 verdict=$3 findings=$4 anchors got
	shift 4
	anchors=$(python3 -B "$NFSEAL_SOURCE/tests/cli/rederive.py" "$model" "$name" "$@") || fail "$name: not made"
	# shellcheck disable=SC2086
	verdict VERIFIED "$name" $anchors --state none
	# shellcheck disable=SC2086
	nfseal verify --json --deep --state none $anchors "$name" >out 2>err
	[ "$(jq -r .verdict out)" = "$verdict" ] || fail "$name: $(jq -r .verdict out) instead of $verdict"
	got=$(jq -r '[.segments[].findings[] | .code + " " + .text] + [.notices[] | select(.code == "DERIVATION") | "notice " + .text] | .[]' out)
	grep -qE -- "$findings" <<<"$got" || fail "$name: no '$findings' in '$got'"
	[ "$verdict" != VERIFIED ] || [ "$(jq '[.segments[].findings[]] | length' out)" = 0 ] || fail "$name: findings: $got"
}

# The same datagrams but for the packets of the third record; one record less; one more.
carry pcap a.pcap "1000 4000 9 1000 T D=2 P=7 D=1; 1001 4001 9 1000 D=2; 1012 4001 9 2000 T D=1; 1013 4000 9 3000 D=1"
carry pcap b.pcap "1000 4000 9 1000 T D=2 P=8 D=1; 1001 4001 9 1000 D=2; 1012 4001 9 2000 T D=1; 1013 4000 9 3000 D=1"
carry pcap c.pcap "1000 4000 9 1000 T D=2 P=7 K; 1001 4001 9 1000 D=2; 1012 4001 9 2000 T D=1; 1013 4000 9 3000 D=1"
carry pcap d.pcap "1000 4000 9 1000 T D=2 P=7 D=1; 1001 4001 9 1000 P=5 D=1; 1012 4001 9 2000 T D=1; 1013 4000 9 3000 D=1"
for i in a b c d; do
	expect 0 '' nfseal collect -q -r $i.pcap -w $i -t 10
	verdict VERIFIED $i --deep
done

echo "nothing changed"
forged honest a VERIFIED '^$'

echo "a value, a row more, a row less"
forged value b MALFORMED '^DERIVATION row 2: packets is 8, but segment 1, datagram 1, record at [0-9]+ says 7$' \
	"1.datagrams.pcapng.zst=$(file a 1 .datagrams.pcapng.zst)"
[ "$(jq '[.segments[].findings[]] | length' out)" = 1 ] || fail "more than the one value: $(cat out)"
jq -e '.segments[1].findings[0].file | endswith("-00000001.flows.parquet")' out >nul || fail "the table is not named"
forged more a MALFORMED '^DERIVATION row 3: .*no such record comes of its datagram' \
	"1.datagrams.pcapng.zst=$(file c 1 .datagrams.pcapng.zst)"
forged less c MALFORMED '^DERIVATION row 3: .*the table lacks a record of its datagram' \
	"1.datagrams.pcapng.zst=$(file a 1 .datagrams.pcapng.zst)"

echo "a record that was decoded late is compared with its own segment's datagram"
forged late a MALFORMED '^DERIVATION row [0-9]+: packets is 7, but segment 1, datagram 2, record at [0-9]+ says 5' \
	"1.datagrams.pcapng.zst=$(file d 1 .datagrams.pcapng.zst)"

echo "messages out of a file: a value, and how many there are"
python3 - ma.ipfix mb.ipfix <<'END'
import struct, sys
for name, packets in zip(sys.argv[1:], (7, 8)):
    body = struct.pack(">HHHHHHHH", 2, 16, 256, 2, 8, 4, 2, 4) + struct.pack(">HHII", 256, 12, 0x0a000001, packets)
    open(name, "wb").write(struct.pack(">HHIII", 10, 16 + len(body), 1000, 0, 9) + body)
END
for i in ma mb; do
	expect 0 '' nfseal archive -q -w $i $i.ipfix
	verdict VERIFIED $i --deep
done
forged message mb MALFORMED '^DERIVATION row 0: packets is 8, but segment 1, message 1, record at [0-9]+ says 7$' \
	"1.messages.ipfix.zst=$(file ma 1 .messages.ipfix.zst)"
forged messages ma MALFORMED '^COUNTS 1 messages are kept, the manifest says 2' "1:losses.messages_kept=2"

echo "datagrams that are none, or not so many"
head -c 100 /dev/urandom >garbage.file
zstd -qc ma.ipfix >unmarked.file
forged garbage a MALFORMED '^SCHEMA cannot derive it again: .*datagrams.pcapng.zst: ' "1.datagrams.pcapng.zst=garbage.file"
head -c 60 "$(file a 1 .datagrams.pcapng.zst)" >cut.file
forged unmarked ma MALFORMED '^SCHEMA cannot derive it again: .*messages.ipfix.zst: .*no mark of the collector' "1.messages.ipfix.zst=unmarked.file"
forged cut a MALFORMED '^SCHEMA cannot derive it again' "1.datagrams.pcapng.zst=cut.file"
forged count a MALFORMED '^COUNTS 2 datagrams are kept, the manifest says 3' "1:losses.datagrams_kept=3"
forged carried a MALFORMED '^COUNTS 1 carried datagrams are kept, the manifest says 0' "2:losses.datagrams_carried=0"

echo "an older decoder, by its version: another table is no finding"
forged older b VERIFIED '^notice 1 values or rows are others .* by another version' '1:decoder.version="0"' \
	"1.datagrams.pcapng.zst=$(file a 1 .datagrams.pcapng.zst)"
echo "by its elements alone: what the same elements feed is compared"
forged elements b MALFORMED '^DERIVATION row 2: packets is 8' "1:decoder.elements=\"$(printf %064d 0)\"" \
	"1.datagrams.pcapng.zst=$(file a 1 .datagrams.pcapng.zst)"

echo "where the segment declares that room was short, rows may be others, values not"
forged short a VERIFIED '^notice 1 values or rows are others .*declares' "1:losses.rejected_limit=1" \
	"1.datagrams.pcapng.zst=$(file c 1 .datagrams.pcapng.zst)"
forged short-value b MALFORMED '^DERIVATION row 2: packets is 8' "1:losses.rejected_limit=1" \
	"1.datagrams.pcapng.zst=$(file a 1 .datagrams.pcapng.zst)"

echo "many differences are counted"
carry pcap e.pcap "1000 4000 9 1000 T D=300"
carry pcap f.pcap "1000 4000 9 1000 T $(printf 'P=6 %.0s' $(seq 300))"
expect 0 '' nfseal collect -q -r e.pcap -w e
expect 0 '' nfseal collect -q -r f.pcap -w f
forged many e MALFORMED '^DERIVATION [0-9]+ more differences' "1.datagrams.pcapng.zst=$(file f 1 .datagrams.pcapng.zst)"
[ "$(jq '[.segments[].findings[]] | length' out)" -lt 60 ] || fail "all are told"

echo "without datagrams there is nothing to derive"
expect 0 '' nfseal collect -q -r a.pcap -w bare --no-datagrams
verdict VERIFIED bare --deep
finish
