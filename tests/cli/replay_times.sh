#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archive, replay, collect again at the edges of NetFlow 5, NetFlow 9 and IPFIX: flows of 49.7 days, over a
# wrap of sysUptime, of 1970 and of 2106, of 2^32 octets, IPv6.  Each comes back to the millisecond or is
# refused with its reason, by the dry run as by the receipt.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
export PYTHONDONTWRITEBYTECODE=1
py() { python3 "$NFSEAL_SOURCE/tests/cli/replay_times.py" "$@"; }

sink() { # NAME: begins to receive into NAME.pcap; its address is in $to
	: >"$1.port"
	python3 "$NFSEAL_SOURCE/tests/interop/sink.py" "$1.pcap" >"$1.port" &
	sink=$!
	for _ in $(seq 100); do [ -s "$1.port" ] && break; sleep 0.05; done
	to=udp://127.0.0.1:$(cat "$1.port")
}
stop() { kill -TERM "$sink"; wait "$sink"; }

py make in.pcap || fail "make"
expect 0 '' nfseal collect -q -r in.pcap -w case
nfseal show -q case -o ndjson >before
for format in netflow5 netflow9 ipfix; do
	status=3
	[ $format = ipfix ] && status=0
	expect $status '' nfseal replay case --to udp://127.0.0.1:9 --format $format --rate 0 --dry-run --json
	mv out dry
	sink $format
	expect $status '' nfseal replay case --to "$to" --format $format --rate 3000d -q --json --receipt run
	stop
	expect 0 '' nfseal collect -q -r $format.pcap -w "again.$format"
	nfseal show -q "again.$format" -o ndjson >after
	py expect $format dry run before after >bad || fail "$format: $(cat bad)"
done
# Moved before 1970 no protocol has their times: none goes as one of 1970.
archived=$(jq -s 'map(select(.flow_start != null or .flow_end != null)) | length' before)
for format in netflow9 ipfix; do
	expect 3 '' nfseal replay case --to udp://127.0.0.1:9 --format $format --rate 0 --dry-run --json --shift -60000d
	[ "$(jq -c '.targets[0] | [.records, .not_sent]' out)" = "[1,{\"time_range\":$archived}]" ] ||
		fail "$format before 1970: $(jq -c '.targets[0] | [.records, .not_sent]' out)"
done
finish
