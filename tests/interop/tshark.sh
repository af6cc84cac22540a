#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What replay sends in each format, tshark dissects: every field as `show` prints it, and nothing
# that it calls malformed.
set -eu
for peer in tshark python3; do
	command -v $peer >/dev/null || { echo "$peer is not installed"; exit 77; }
done
here=$NFSEAL_SOURCE/tests/interop
export TZ=UTC

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 600 -d 900 in.pcap
"$NFSEAL" capture -r in.pcap -w case -q
"$NFSEAL" show case -o ndjson >expected.ndjson

for format in netflow5 netflow9 ipfix; do
	python3 "$here/sink.py" $format.pcap >$format.port &
	sink=$!
	trap 'kill $sink 2>/dev/null' EXIT
	for _ in $(seq 50); do [ -s $format.port ] && break; sleep 0.1; done
	port=$(cat $format.port)
	status=0
	"$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format $format --refresh 7 -q || status=$?
	[ $status = "$([ $format = netflow5 ] && echo 3 || echo 0)" ]
	kill -TERM $sink
	wait $sink
	trap - EXIT
	tshark -r $format.pcap -d "udp.port==$port,cflow" -T json >$format.json
	if grep -q '_ws.malformed\|_ws.expert' $format.json; then
		echo "tshark objects to $format"
		grep -m 5 -A 8 '_ws.malformed\|_ws.expert' $format.json
		exit 1
	fi
	python3 "$here/flows.py" tshark $format expected.ndjson $format.json
done
