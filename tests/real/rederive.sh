#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What real exporters sent, in short segments: each segment's datagrams, decoded again, give its
# table, whatever order they came in.
set -u
. "$(dirname "$0")/../cli/lib.sh"
netflow=$NFSEAL_CAPTURES/netflow
[ -d "$netflow" ] || skip "no captures (NFSEAL_CAPTURES)"
command -v jq >/dev/null || skip "jq is not installed"
command -v python3 >/dev/null || skip "python3 is not installed"

# same_again ARCHIVE NAME
same_again() {
	nfseal verify --deep --json "$1" >verdict.json 2>err
	jq -e '.verdict == "VERIFIED" and all(.notices[]; .code != "DERIVATION")' verdict.json >nul ||
		fail "$2: $(jq -c '[.segments[].findings[], .notices[]] | .[0:3]' verdict.json)"
}

late=0 carried=0
for order in forward backward twice; do
	python3 "$NFSEAL_SOURCE/tests/real/rederive.py" all.pcap "$netflow" $order >counts || fail "no payloads"
	nfseal collect -q -r all.pcap -w $order -t 10 2>err || fail "collect: $(tail -n 1 err)"
	same_again $order $order
	manifests=$(ls $order/*/*/*/*.manifest.json)
	late=$((late + $(jq -s 'map(.losses.records_late) | add' $manifests)))
	carried=$((carried + $(jq -s 'map(.losses.datagrams_carried) | add' $manifests)))
	[ "$(nfseal show -q $order -o ndjson | wc -l)" -gt 400 ] || fail "$order: few rows"
done
# (else the orders are no test of what they are for)
[ "$late" -gt 100 ] && [ "$carried" -gt 100 ] || fail "$late late rows, $carried carried datagrams"

n=0
for f in $(find "$netflow" -type f \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' \) | sort); do
	nfseal collect -q -r "$f" -w "one$n" -t 10 2>err
	[ -d "one$n" ] || continue
	same_again "one$n" "$f"
	n=$((n + 1))
done
[ "$n" -ge 10 ] || fail "only $n captures"
finish
