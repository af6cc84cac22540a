#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The ledger says exactly what was lost, late, double, reset and cut, from sockets and from captures.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
ledger=$PYTHONPATH/ledger.py
# The sums over a run's manifests of one loss.
losses() { cat "$1"/*/*/*/*.manifest.json | jq -s "map(.losses.$2) | add"; }
sum() { jq "[.exporters[].$2] | add" "$1"; }

echo "out of a capture"
python3 "$ledger" write in.pcap
expect 0 '' nfseal collect -r in.pcap -w read --json
cp out read.json
python3 "$ledger" check read.json times || fail "the ledger of -r"
verdict VERIFIED read
for pair in missed:sequence_missed filled:sequence_filled gaps:sequence_gaps late:sequence_late duplicates:sequence_duplicates \
	restarts:sequence_restarts uncounted:sequence_uncounted; do
	[ "$(sum read.json "${pair%:*}")" = "$(losses read "${pair#*:}")" ] ||
		fail "${pair%:*}: $(sum read.json "${pair%:*}") in all, the manifest has $(losses read "${pair#*:}")"
done

echo "the same in segments: what each says adds up"
expect 0 '' nfseal collect -q -r in.pcap -w turned -t 7
[ "$(ls turned/*/*/*/*.manifest.json | wc -l)" -gt 2 ] || fail "one segment"
for name in missed gaps late duplicates restarts; do
	[ "$(losses turned sequence_$name)" = "$(losses read sequence_$name)" ] ||
		fail "$name over segments: $(losses turned sequence_$name), in one $(losses read sequence_$name)"
done

echo "info has it: summed over the segments, and each"
expect 0 '' nfseal info --json turned
jq -S '.exporters | sort_by(.port) | map(del(.missed_from, .missed_to))' out >summed
jq -S '.exporters | sort_by(.port) | map(del(.missed_from, .missed_to))' read.json >whole
cmp -s summed whole || fail "info sums up something else: $(diff summed whole | head -n 5)"
jq -e '[.exporters[] | select(.gaps > 0)] | all(.missed_from < .missed_to)' out >nul || fail "info's times"
expect 0 '' nfseal info --json -v turned
[ "$(jq '[.segments[].exporters[].messages] | add' out)" = "$(sum read.json messages)" ] || fail "info -v: messages"
[ "$(jq '[.segments[].exporters[].missed] | add' out)" = "$(sum read.json missed)" ] || fail "info -v by segment"
expect 0 '192.0.2.1:20007, netflow5, domain 0: 17 messages, 51 records' nfseal info read
grep -qE '^ +MISSED 9 flows in 2 gaps, between 2023-11-14T22:13:24.000000000Z and 2023-11-14T22:13:30.000000000Z$' out || fail "info: $(grep -A2 :20007 out)"
grep -qE '^ +1 messages came twice$' out || fail "info: no duplicates"
echo "what is not the ledger that was sealed, or is none, is said"
cp -r read forged
printf ' ' >>"$(ls forged/*/*/*/*.exporters.json)"
expect 3 'ledgers could NOT be read: forged/.*differs from what the manifest lists' nfseal info forged
cat >forge.py <<'END'
import glob, hashlib, json, sys
path = glob.glob("forged/*/*/*/*.exporters.json")[0]
text = sys.argv[1].encode().decode("unicode_escape").encode()
open(path, "wb").write(text)
manifest = glob.glob("forged/*/*/*/*.manifest.json")[0]
m = json.load(open(manifest))
for f in m["files"]:
    if f["name"].endswith(".exporters.json"):
        f["size"], f["sha256"], f["chunks"] = len(text), hashlib.sha256(text).hexdigest(), []
open(manifest, "w").write(json.dumps(m, separators=(",", ":"), ensure_ascii=False) + "\n")
END
for text in '' '{}' '[]' '{"format":"nfseal-exporters/1","exporters":[{}]}' '{"format":"nfseal-exporters/2","exporters":[]}' \
	'{"format":"nfseal-exporters/1","exporters":[{"address":"\\u001b[2J"}]}' "$(printf '[%.0s' $(seq 1000))"; do
	python3 forge.py "$text"
	expect 3 'ledgers could NOT be read' nfseal info forged
	[ "$(tr -d '[:print:][:space:]' <out | wc -c)" = 0 ] || fail "info shows what must not reach a terminal"
	expect 3 '"ledgers_unread":1' nfseal info --json forged
done

echo "from sockets"
collector live -w live --json
sent=$(python3 "$ledger" send "$p") || fail "not sent"
heard "^nfseal collect: $sent datagrams"
stopped 0
python3 "$ledger" check live.out || fail "the ledger of sockets"
jq -e --argjson n "$sent" '.datagrams | .received == $n and .kept == $n and .decoded == $n and .kernel_dropped == 0' live.out >nul ||
	fail "datagrams: $(jq .datagrams live.out)"

echo "what the kernel drops, also behind the last datagram that it gave"
collector dropped -w dropped -B 65536 --json
heard '^nfseal collect: 0 datagrams'
kill -STOP "$pid"
send '
s = sender(p, source_port=0)
for i in range(3000):
    s(v5(i * 3, 3))'
kill -CONT "$pid"
heard 'datagrams.* [1-9][0-9]* dropped by the kernel'
stopped 3
jq -e '.datagrams | .received + .kernel_dropped == 3000 and .kernel_dropped > 1000' dropped.out >nul || fail "drops: $(jq .datagrams dropped.out)"
[ "$(losses dropped kernel_dropped)" = "$(jq .datagrams.kernel_dropped dropped.out)" ] || fail "the manifest: $(losses dropped kernel_dropped)"
grep -q 'dropped by the kernel' dropped.err || fail "not said"

echo "the exporter's clock, and what has no template"
python3 - <<'END'
from exporter import *
c = Capture("clock.pcap")
for i in range(5):
    t = (START + i) * 10**9
    c.put(v5(i, 1, seconds=START + i - 7), t + 250000000, source="192.0.2.1")       # 7.25 s behind
    c.put(v5(i, 1, seconds=START + i + 3600), t, source="192.0.2.2")                # an hour ahead
    c.put(ipfix(i * 2, data(2), seconds=START + i * 3), t, source="192.0.2.3")      # runs away
    c.put(v9(i, data(2), seconds=START + i, count=2), t, source="192.0.2.4")
END
expect 0 '' nfseal collect -r clock.pcap -w clock --json
jq -e '.exporters | map({(.address): [.clock_offset_least, .clock_offset_most, .uncounted, .missed, (.malformed.no_template // 0)]}) | add == {
	"192.0.2.1": ["7250000000", "7250000000", 0, 0, 0], "192.0.2.2": ["-3600000000000", "-3600000000000", 0, 0, 0],
	"192.0.2.3": ["-8000000000", "0", 8, 0, 5], "192.0.2.4": ["0", "0", 0, 0, 5]}' out >nul || fail "clocks: $(jq -c .exporters out)"
expect 0 '"sets_waiting":10' cat clock/*/*/*/*.manifest.json

echo "what waits for a template is told by exporter, domain and template, with its number and since when"
python3 - <<'END'
from exporter import *
c = Capture("waits.pcap")
for i in range(3):
    c.put(v9(i, data(2, 400) + data(1, 401), domain=7), nanos=(START + 10 * i) * 10**9)
c.put(v9(3, data(2, 400), domain=8), nanos=(START + 40) * 10**9)
c.put(ipfix(0, data(2, 400), domain=7), nanos=(START + 50) * 10**9)
c.put(ipfix(0, b"".join(data(1, 500 + i) for i in range(20)), domain=9), nanos=(START + 60) * 10**9)
c.put(v9(4, template(0, 401), domain=7), nanos=(START + 70) * 10**9)
c.out.close()
END
expect 0 '' nfseal collect -r waits.pcap -w waits --json
jq -c '.exporters[] | [.protocol, .domain, [.waiting[]? | [.template, .sets, .since]]]' out >listed
at() { echo "\"17000000${1}000000000\""; }
cat >want <<END
["netflow9",7,[[400,3,$(at 00)]]]
["netflow9",8,[[400,1,$(at 40)]]]
["ipfix",7,[[400,1,$(at 50)]]]
["ipfix",9,[$(for i in $(seq 500 515); do echo "[$i,1,$(at 60)],"; done | tr -d '\n')[0,4,$(at 60)]]]
END
cmp -s listed want || fail "waiting: $(diff listed want)"
expect 0 '  WAITING for template 400: 3 sets, the first of 2023-11-14T22:13:20' nfseal info waits
expect 0 '  WAITING for other templates: 4 sets, the first of 2023-11-14T22:14:20' nfseal info waits
expect 0 '' nfseal info --json waits
jq -e '[.exporters[] | select(.domain == 9) | .waiting[].template] == [range(500; 516), null]' out >nul || fail "info: $(jq -c '.exporters[].waiting' out)"
finish
