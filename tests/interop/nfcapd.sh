#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What replay and capture -o send in each format, nfcapd stores: every field as `show` prints it,
# and no sequence errors.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfcapd nfdump python3

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 600 -d 900 in.pcap
"$NFSEAL" capture -r in.pcap -w case -q
"$NFSEAL" show case -o ndjson >expected.ndjson
for family in '"ip_version":4' '"ip_version":6' '"protocol":17' '"icmp_type":' '"vlan":'; do
	grep -q "$family" expected.ndjson || { echo "the specimen lacks $family"; exit 1; }
done

# send WAY FORMAT: to $port
send() {
	case $1 in
	replay) "$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format "$2" --json ;;
	capture) "$NFSEAL" capture -r in.pcap -o "udp://127.0.0.1:$port" --format "$2" --json ;;
	esac
}

for run in replay.netflow5 replay.netflow9 replay.ipfix capture.netflow5 capture.netflow9 capture.ipfix; do
	format=${run#*.}
	port=$(free_port)
	mkdir "$run"
	start "$run" nfcapd -w "$run" -b 127.0.0.1 -p "$port" -t 3600 -S 0
	status=0
	send "${run%.*}" "$format" >"$run.summary" || status=$?
	# NetFlow 5 has no IPv6: done, but something was lost, and it says what
	if [ "$format" = netflow5 ]; then
		[ $status = 3 ]
		grep -q '"not_sent":{"address_family":[1-9]' "$run.summary"
	else
		[ $status = 0 ]
	fi
	sleep 0.5
	stop "$run"
	grep -q 'Sequence Errors: 0,' "$run.log" || { cat "$run.log"; exit 1; }
	nfdump -r "$run"/nfcapd.2* -o json >"$run.json"
	python3 "$here/flows.py" nfdump "$format" expected.ndjson "$run.json"
done
