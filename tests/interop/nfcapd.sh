#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What replay sends in each format, nfcapd stores: every field as `show` prints it, and no
# sequence errors.
set -eu
for peer in nfcapd nfdump python3; do
	command -v $peer >/dev/null || { echo "$peer is not installed"; exit 77; }
done
here=$NFSEAL_SOURCE/tests/interop
export TZ=UTC

free_port() {
	python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

bound() { # port: somebody has it
	! python3 -c "import socket; socket.socket(type=socket.SOCK_DGRAM).bind(('127.0.0.1', $1))" 2>/dev/null
}

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 600 -d 900 in.pcap
"$NFSEAL" capture -r in.pcap -w case -q
"$NFSEAL" show case -o ndjson >expected.ndjson
for family in '"ip_version":4' '"ip_version":6' '"protocol":17' '"icmp_type":' '"vlan":'; do
	grep -q "$family" expected.ndjson || { echo "the specimen lacks $family"; exit 1; }
done

for format in netflow5 netflow9 ipfix; do
	port=$(free_port)
	mkdir "$format"
	nfcapd -w "$format" -b 127.0.0.1 -p "$port" -t 3600 -S 0 >"$format.log" 2>&1 &
	collector=$!
	trap 'kill $collector 2>/dev/null' EXIT
	for _ in $(seq 50); do bound "$port" && break; sleep 0.1; done
	status=0
	"$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format $format --json >$format.summary || status=$?
	# NetFlow 5 has no IPv6: done, but something was lost, and it says what
	if [ $format = netflow5 ]; then
		[ $status = 3 ]
		grep -q '"not_sent":{"address_family":[1-9]' $format.summary
	else
		[ $status = 0 ]
	fi
	sleep 1
	kill -TERM $collector
	while kill -0 $collector 2>/dev/null; do sleep 0.1; done
	trap - EXIT
	grep -q 'Sequence Errors: 0,' "$format.log" || { cat "$format.log"; exit 1; }
	nfdump -r "$format"/nfcapd.2* -o json >"$format.json"
	python3 "$here/flows.py" nfdump $format expected.ndjson "$format.json"
done
