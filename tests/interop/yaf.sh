#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# YAF's IPFIX: its file and its stream through nfseal archive, its TCP sessions into nfseal collect;
# flows, packets and octets are those that YAF itself says it exported.
set -u
. "$(dirname "$0")/../cli/lib.sh"
command -v jq >/dev/null || skip "jq is not installed"
command -v python3 >/dev/null || skip "python3 is not installed"
yaf=$(command -v "${NFSEAL_YAF:-yaf}") || skip "yaf is not installed: no package of Debian has it; NFSEAL_YAF names it"

"$fixtures/mkcapture" -c 3000 in.pcap
"$yaf" --in in.pcap --out yaf.ipfix --no-stats --verbose >yaf.log 2>&1 || skip "yaf does not run: $(tail -n 1 yaf.log)"
# "Processed N packets into M flows"
read -r packets flows < <(sed -n 's/.*Processed \([0-9]*\) packets into \([0-9]*\) flows.*/\1 \2/p' yaf.log)
sums() {
	nfseal show -q "$1" -o ndjson |
		jq -s -c '[length, (map(.packets + (.rev_packets // 0)) | add), (map(.bytes + (.rev_bytes // 0)) | add)]'
}
rows() {
	nfseal show -q "$1" -o ndjson |
		jq -c '[.src_ip, .dst_ip, .src_port, .dst_port, .protocol, .packets, .bytes, .rev_packets, .rev_bytes, .flow_start, .flow_end]' | sort
}
echo "a file, and a stream on a pipe"
nfseal archive -q -w file yaf.ipfix || fail "the file"
"$yaf" --in in.pcap --out - --no-stats 2>yaf.log | nfseal archive -q -w stream - || fail "the stream"
for a in file stream; do
	verdict VERIFIED $a --deep
	[ "$(sums $a | jq -c '.[0:2]')" = "[$flows,$packets]" ] || fail "$a: $(sums $a), yaf says $flows flows, $packets packets"
done
[ "$(rows file)" = "$(rows stream)" ] || fail "file and stream differ"

echo "over TCP"
p=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
nfseal collect --listen "tcp://127.0.0.1:$p" -w tcp --json >tcp.json 2>tcp.err &
collector=$!
for _ in $(seq 200); do
	grep -qi ":$(printf %04X "$p") .* 0A " /proc/net/tcp && break
	sleep 0.05
done
"$yaf" --in in.pcap --out 127.0.0.1 --ipfix tcp --ipfix-port "$p" --no-stats >yaf.log 2>&1 || fail "yaf over TCP: $(tail -n 2 yaf.log)"
for _ in $(seq 200); do
	grep -q 'the exporter ended it' tcp.err && break
	sleep 0.05
done
kill -TERM $collector
wait $collector || fail "collect: exit $?: $(cat tcp.err)"
verdict VERIFIED tcp --deep
[ "$(rows tcp)" = "$(rows file)" ] || fail "over TCP come other flows"
jq -e '.sessions.ended == 1 and .messages.octets_lost == 0 and ([.exporters[].missed] | add) == 0' tcp.json >nul || fail "$(cat tcp.json)"
finish
