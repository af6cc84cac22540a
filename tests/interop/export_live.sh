#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A live exporter beside its archive, to a nfcapd for each format: every flow as the archive has it,
# which is what flows and counters of a wire in a network of its own say.
. "$NFSEAL_SOURCE/tests/cli/net.sh"
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfcapd nfdump python3
set -eu
ip link set lo up

to=()
for format in netflow5 netflow9 ipfix; do
	port=$(free_port)
	mkdir $format
	start $format nfcapd -w $format -b 127.0.0.1 -p "$port" -t 3600 -S 0
	to+=(--format $format -o "udp://127.0.0.1:$port")
done
nfseal capture -q -i a1 -w case --idle 1s "${to[@]}" &
capture=$!
until_true 10 test -d case/open
sleep 0.5
"$blast" a0 3000 3000 700 >sent
sleep 2
"$blast" a0 2000 0 40 900 >>sent
sleep 0.3
kill -TERM $capture
wait $capture
sleep 0.5
nfseal show -q case -o ndjson >expected.ndjson
[ "$(jq -s 'map(.packets) | add' expected.ndjson)" = 5000 ]
for format in netflow5 netflow9 ipfix; do
	stop $format
	grep -q 'Sequence Errors: 0,' $format.log || { cat $format.log; exit 1; }
	nfdump -r $format/nfcapd.2* -o json >$format.json
	python3 "$here/flows.py" nfdump $format expected.ndjson $format.json
done
