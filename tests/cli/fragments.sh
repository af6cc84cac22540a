#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect -r: export datagrams larger than the MTU are put together, kept whole and decoded;
# what cannot be put together is counted by its reason.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
export PYTHONDONTWRITEBYTECODE=1
for kind in good bad others; do
	python3 "$NFSEAL_SOURCE/tests/cli/fragments.py" $kind $kind.pcap || fail "no $kind"
done

echo "in order, from behind, IPv6, twice, interleaved"
expect 0 '' nfseal collect -r good.pcap -w good --json
jq -e '.datagrams.received == 6 and .datagrams.kept == 6 and .datagrams.fragments == 0 and .records.decoded == 180 and
	(.datagrams.reassembly | .datagrams == 6 and .lost == {} and .read == .used + .copies and .copies == 4) and
	([.exporters[] | [.address, .messages, .missed, .samples.missed]] ==
	[["192.0.2.1", 5, 0, 0], ["2001:db8::1", 1, 0, 0]])' out >nul || fail "good: $(cat out)"
verdict VERIFIED good
nfseal show -q good -o ndjson >rows.ndjson
jq -se 'map(.first_frame) | unique == [1, 5, 9, 14, 22, 23]' rows.ndjson >nul || fail "frames: $(jq -c .first_frame rows.ndjson | sort -n | uniq -c)"
jq -se 'map(.datagram_record) | max > 5000' rows.ndjson >nul || fail "no record lies behind the first fragment"

echo "they are kept whole, and make the same rows again"
zstd -qdc good/*/*/*/*.datagrams.pcapng.zst >kept.pcapng || fail "no datagrams"
expect 0 '' nfseal collect -r kept.pcapng -w again --json
jq -e '.datagrams.reassembly.read == 0 and .datagrams.received == 6 and .records.decoded == 180' out >nul || fail "again: $(cat out)"
nfseal show -q again -o ndjson >again.ndjson
same='[.received, .datagram, .datagram_record, .src_port, .other]'
[ "$(jq -c "$same" again.ndjson)" = "$(jq -c "$same" rows.ndjson)" ] || fail "the kept datagrams make other rows"

echo "missing, overlapping, too late, too long"
expect 3 '' nfseal collect -r bad.pcap -w bad --json
jq -e '.datagrams.received == 1 and .records.decoded == 30 and .datagrams.fragments == 13 and
	(.datagrams.reassembly | .read == 17 and .used == 4 and .copies == 0 and .other == 0 and .datagrams == 1 and
	.lost == {"incomplete": 7, "overlap": 5, "malformed": 1})' out >nul || fail "bad: $(cat out)"
expect 0 '"fragments":13,"fragments_read":17,"fragments_used":4,.*"fragments_incomplete":7,"fragments_overlap":5,"fragments_malformed":1,"fragments_cut":0,"fragments_limit":0,"datagrams_reassembled":1' \
	cat bad/*/*/*/*.manifest.json
expect 3 'NOT WHOLE: 0 cut, 13 fragments' nfseal collect -r bad.pcap -o flows.ndjson
verdict VERIFIED bad

echo "fragments of something else are no loss"
expect 0 '' nfseal collect -r others.pcap -w others --json
jq -e '.datagrams.received == 0 and .datagrams.reassembly.other == 5 and .datagrams.fragments == 0' out >nul || fail "others: $(cat out)"

echo "stopped before the end, what waits is not lost"
expect 0 '' nfseal collect -r good.pcap -c 1 -w one --json
jq -e '.datagrams.received == 1 and .datagrams.fragments == 0' out >nul || fail "-c: $(cat out)"

echo "rotation between the fragments of a datagram: it belongs to the segment in which it is whole"
expect 0 '' nfseal collect -q -r good.pcap -t 1 -w turned
[ "$(nfseal show -q turned -o ndjson | wc -l)" = 180 ] || fail "rows are missing after rotation"
verdict VERIFIED turned
finish
