#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect of sFlow: what is lost, by datagrams and by samples; agents behind one address;
# counters of interfaces by segment; other protocols on the same port; live.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
make_sflow=$NFSEAL_SOURCE/tests/cli/sflows.py
for kind in losses before after sources agents mixed; do
	python3 "$make_sflow" $kind $kind.pcap || fail "no $kind"
done

echo "datagrams that are lost, late and double, and a restart; and their samples"
expect 0 '' nfseal collect -r losses.pcap -w losses --json
jq -e '.datagrams.received == 26 and .datagrams.kept == 26 and .records.decoded == 78 and (.exporters | length) == 1 and
	(.exporters[0] | .protocol == "sflow" and .agent == "192.0.2.7" and .missed == 3 and .gaps == 2 and .filled == 1 and
	.late == 1 and .duplicates == 1 and .restarts == 1 and .missed_from == "1003000000000" and .missed_to == "1006000000000" and
	.clock_offset_least == null and (.samples | .flow == 78 and .counters == 26 and .missed == 12 and .gaps == 6 and
	.filled == 4 and .restarts == 0 and .pool == 7700 and .drops == 25))' out >nul || fail "the ledger: $(cat out)"
expect 0 '"sequence_missed":3.*"samples_flow":78,"samples_counters":26.*"samples_missed":12,"samples_filled":4,"samples_gaps":6.*"samples_dropped":25' \
	cat losses/*/*/*/*.manifest.json
verdict VERIFIED losses

echo "what came between two runs is missed, too"
expect 0 '' nfseal collect -q -r before.pcap -w runs
expect 0 '' nfseal collect -r after.pcap -w runs --json
jq -e '.exporters[0] | .missed == 2 and .gaps == 1 and (.samples | .missed == 8 and .gaps == 3 and .flow == 12 and .pool == 1800)' out >nul ||
	fail "over a restart: $(cat out)"
[ "$(jq '.exporters[0].interfaces[0].counters[0].first.ifInOctets' runs/*/*/*/*-00000002.exporters.json)" = 7000 ] ||
	fail "counters of the run before are told again"
verdict VERIFIED runs

echo "an agent that loses samples by itself, and a source that begins anew"
expect 0 '' nfseal collect -r sources.pcap -o - --format ndjson
[ "$(jq -r .other.flow_sample.sequence_number out | tr '\n' ' ')" = "1 2 5 6 1 2 " ] || fail "other rows: $(cat out)"
jq -se 'all(.[]; .packets == 1 and .bytes == 128 and .sampling_interval == 100 and .flow_start == .received and
	.flow_end == .received and .export_protocol == 105 and .in_if == 7 and .out_if == 8)' out >nul || fail "the rows: $(cat out)"
expect 0 '' nfseal collect -r sources.pcap -w sources --json
jq -e '.exporters[0] | .missed == 0 and .restarts == 0 and (.samples | .missed == 2 and .gaps == 1 and .restarts == 1)' out >nul ||
	fail "the samples: $(cat out)"

echo "agents and sub agents have sequences of their own"
expect 0 '' nfseal collect -r agents.pcap -w agents --json
jq -e '[.exporters[] | [.agent, .domain, .messages, .missed, .restarts, .samples.missed]] ==
	[["192.0.2.7", 0, 4, 0, 0, 0], ["192.0.2.7", 1, 4, 0, 0, 0], ["::7", 0, 4, 0, 0, 0]]' out >nul || fail "agents: $(cat out)"

echo "whatever comes to one port; sFlow 2 and 4 are told"
expect 0 '' nfseal collect -r mixed.pcap -w mixed --json
jq -e '.datagrams.received == 8 and .datagrams.kept == 8 and .datagrams.decoded == 5 and
	.datagrams.rejected == {"version": 0, "limit": 0, "header": 1, "sflow_version": 2} and
	([.exporters[].protocol] == ["sflow", "netflow5", "sflow"])' out >nul || fail "mixed: $(cat out)"
expect 0 '"rejected_header":1,"rejected_sflow_version":2' cat mixed/*/*/*/*.manifest.json
expect 0 '1 shorter than their header, 2 of sFlow 2 or 4' nfseal collect -r mixed.pcap -o rows.ndjson
verdict VERIFIED mixed

echo "each row leads to its sample"
zstd -qdc losses/*/*/*/*.datagrams.pcapng.zst >kept.pcapng || fail "no datagrams"
nfseal show -q losses -o ndjson >rows.ndjson
jq -se 'map(.datagram_record) | unique == [28, 136, 244]' rows.ndjson >nul || fail "offsets: $(jq -c .datagram_record rows.ndjson | sort | uniq -c)"
nfseal collect -q -r kept.pcapng -o again.ndjson || fail "the kept datagrams cannot be read"
common='[.src_port, .other]'
[ "$(jq -c "$common" again.ndjson)" = "$(jq -c "$common" rows.ndjson)" ] || fail "they give other rows"

echo "counters: the first and the last of each segment"
expect 0 '' nfseal collect -q -r losses.pcap -w turned -t 10
for f in turned/*/*/*/*.exporters.json; do
	jq -c '.exporters[] | .interfaces[] | [.class, .index, .counters[0].format, .counters[0].records, .counters[0].first.ifInOctets, .counters[0].last.ifInOctets]' "$f"
done >facts
# datagrams 1 2 3 4 7 8 10 9 11 12 | 13 ... 20 20 21 | 22 23 24 | 1 2 3; a late one and a copy are no news
cat >want <<'END_WANT'
["interface",7,"if_counters",9,1000,12000]
["interface",7,"if_counters",9,13000,21000]
["interface",7,"if_counters",3,22000,24000]
["interface",7,"if_counters",3,1000,3000]
END_WANT
diff facts want || fail "other counters"
verdict VERIFIED turned

echo "live, on a port that NetFlow comes to as well"
p=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
nfseal collect -p "$p" -w live --json >live.json 2>live.err &
collector=$!
for _ in $(seq 100); do grep -qi ":$(printf %04X "$p") " /proc/net/udp6 /proc/net/udp && break; sleep 0.05; done
PYTHONPATH=$NFSEAL_SOURCE/tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - "$p" <<'END'
import socket, sys, sflows
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1, 11):
    s.sendto(sflows.numbered(i), ("127.0.0.1", int(sys.argv[1])))
END
for _ in $(seq 100); do kill -USR1 $collector; grep -q '10 datagrams' live.err && break; sleep 0.05; done
kill -TERM $collector
wait $collector || fail "live: exit $?: $(cat live.err)"
jq -e '.datagrams.received == 10 and .records.decoded == 30 and (.exporters[0].samples | .missed == 0 and .counters == 10)' live.json >nul ||
	fail "live: $(cat live.json)"
verdict VERIFIED live
[ "$(nfseal show -q live -o ndjson 'in_if = 7' | jq -s 'map(.packets * .sampling_interval) | add')" = 3000 ] || fail "the estimate"
finish
