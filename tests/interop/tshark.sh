#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What replay and capture -o send in each format, tshark dissects: every field as `show` prints it,
# and nothing that it calls malformed.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need tshark python3 jq

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 600 -d 900 in.pcap
"$NFSEAL" capture -r in.pcap -w case -q
"$NFSEAL" show case -o ndjson >expected.ndjson

# send WAY FORMAT: to $port
send() {
	case $1 in
	replay) "$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format "$2" --refresh 7 -q ;;
	capture) "$NFSEAL" capture -r in.pcap -o "udp://127.0.0.1:$port" --format "$2" --refresh 7 -q ;;
	esac
}

for run in replay.netflow5 replay.netflow9 replay.ipfix capture.netflow5 capture.netflow9 capture.ipfix; do
	format=${run#*.}
	python3 "$here/sink.py" "$run.pcap" >"$run.port" &
	sink=$!
	trap 'kill $sink 2>/dev/null' EXIT
	for _ in $(seq 50); do [ -s "$run.port" ] && break; sleep 0.1; done
	port=$(cat "$run.port")
	status=0
	send "${run%.*}" "$format" || status=$?
	[ $status = "$([ "$format" = netflow5 ] && echo 3 || echo 0)" ]
	kill -TERM $sink
	wait $sink
	trap - EXIT
	# sequence numbers follow, and templates come before their records and again
	python3 "$here/datagrams.py" "$run.pcap" >"$run.seen"
	jq -e '.gaps == 0 and .unknown == 0 and (.version == 5 or .most_between < 7)' "$run.seen" >/dev/null ||
		{ cat "$run.seen"; exit 1; }
	tshark -r "$run.pcap" -d "udp.port==$port,cflow" -T json >"$run.json"
	if grep -q '_ws.malformed\|_ws.expert' "$run.json"; then
		echo "tshark objects to $run"
		grep -m 5 -A 8 '_ws.malformed\|_ws.expert' "$run.json"
		exit 1
	fi
	python3 "$here/flows.py" tshark "$format" expected.ndjson "$run.json"
done
