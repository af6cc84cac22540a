#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --shift and --time: the times that a collector gets.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 300 in.pcap
nfseal capture -q -r in.pcap -w case
nfseal show -q case -o ndjson >archived

# sent OPTION...: what a collector gets, in `got`, as ndjson
sent() {
	python3 "$NFSEAL_SOURCE/tests/interop/sink.py" got.pcap >port &
	local sink=$!
	for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
	nfseal replay case --to "udp://127.0.0.1:$(cat port)" -q "$@"
	local status=$?
	kill -TERM $sink
	wait $sink
	: >port
	python3 - <<'END'
data = open("got.pcap", "rb").read()
with open("got.ipfix", "wb") as out:
    at = 24
    while at < len(data):
        size = int.from_bytes(data[at + 8:at + 12], "little")
        out.write(data[at + 16 + 28:at + 16 + size])
        at += 16 + size
END
	nfseal show -q got.ipfix -o ndjson >got
	return $status
}

# moved FROM TO: by how many milliseconds the starts and the ends were moved, each value once
moved() {
	jq -rn --slurpfile a "$1" --slurpfile b "$2" '
		def ms: (.[0:19] + "Z" | fromdate) * 1000 + ((.[19:] | capture("\\.(?<f>[0-9]{3})").f // "0") | tonumber);
		[range($a | length) | ($b[.].flow_start | ms) - ($a[.].flow_start | ms),
			($b[.].flow_end | ms) - ($a[.].flow_end | ms)] | unique | map(tostring) | join(" ")'
}

sent || fail "no replay"
[ "$(wc -l <got)" = "$(wc -l <archived)" ] || fail "not all flows came"
[ "$(moved archived got)" = 0 ] || fail "original times: $(moved archived got)"
sent --shift +3d || fail "--shift +3d"
[ "$(moved archived got)" = 259200000 ] || fail "+3d moved by $(moved archived got)"
sent --shift -1500ms || fail "--shift -1500ms"
[ "$(moved archived got)" = -1500 ] || fail "-1500ms moved by $(moved archived got)"

before=$(($(date +%s) * 1000))
sent --time now || fail "--time now"
after=$((($(date +%s) + 1) * 1000))
jq -r --argjson from $before --argjson to $after '
	def ms: (.[0:19] + "Z" | fromdate) * 1000;
	select((.flow_end | ms) < $from or (.flow_end | ms) > $to)' got >elsewhen
[ ! -s elsewhen ] || fail "these do not end now: $(head -n 2 elsewhen)"
# and last as long as they did
durations() {
	jq -r 'def ms: (.[0:19] + "Z" | fromdate) * 1000 + ((.[19:] | capture("\\.(?<f>[0-9]{3})").f // "0") | tonumber);
		(.flow_end | ms) - (.flow_start | ms)' "$1"
}
durations archived >wanted
durations got >lasted
paste wanted lasted | awk '{ d = $1 - $2; if (d < -1 || d > 1) exit 1 }' || fail "durations changed"

expect 2 '--shift 3x: a time such as' nfseal replay case --to udp://127.0.0.1:9 --shift 3x
expect 2 '--time then: original or now' nfseal replay case --to udp://127.0.0.1:9 --time then
# Beyond what the protocol can say: not sent, and said.
expect 3 'NOT SENT: [0-9]+ flows: .*time' nfseal replay case --to udp://127.0.0.1:9 --rate 0 --format netflow9 --shift 106700d
finish
