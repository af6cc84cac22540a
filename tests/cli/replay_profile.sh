#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --profile: each receiver's format and fields, templates ahead of their records;
# --source: whose address datagrams bear, with sequence numbers and templates of each exporter's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"
helper="$NFSEAL_SOURCE/tests/cli/replay_exact.py"

times=0
collected() { # NAME: what our collector says of it, as JSON
	times=$((times + 1))
	nfseal collect -q -r "$1.pcap" -w "c-$times" --json 2>err || fail "collect $1: $(cat err)"
}

"$fixtures/mkcapture" -c 120 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case
[ "$(nfseal replay --profile help | grep -cE '^(filebeat|splunk-stream|qradar|graylog|sof-elk|nfcapd|generic) ')" = 7 ] ||
	fail "--profile help"
expect 2 '--profile help lists them' nfseal replay case --to udp://127.0.0.1:9 --profile nothing

for profile in filebeat splunk-stream qradar graylog sof-elk nfcapd; do
	sink $profile
	expect 0 '' nfseal replay case --to "$to" --profile $profile --rate 0 --json
	stop
	python3 - $profile.pcap $profile <<'END' || fail "$profile"
import sys
sys.path.insert(0, sys.argv[0])
data, at, templates, first = open(sys.argv[1], "rb").read(), 24, {}, None
want = {"filebeat": {21, 22, 1, 2, 4, 7, 11, 6, 10, 14, 16, 17, 61, 5}, "splunk-stream": {152, 153, 1, 2},
        }.get(sys.argv[2], {21, 22, 1, 2})
versions, seen = set(), 0
while at < len(data):
    size = int.from_bytes(data[at + 8:at + 12], "little")
    d = data[at + 16 + 28:at + 16 + size]
    at += 16 + size
    version = int.from_bytes(d[:2], "big")
    versions.add(version)
    p, kinds = 20 if version == 9 else 16, []
    while p < len(d):
        number, length = int.from_bytes(d[p:p + 2], "big"), int.from_bytes(d[p + 2:p + 4], "big")
        body = d[p + 4:p + length]
        p += length
        kinds.append(number)
        if number in (0, 2):
            q = 0
            while q + 4 <= len(body) and body[q:q + 2] != b"\0\0":
                t, count = int.from_bytes(body[q:q + 2], "big"), int.from_bytes(body[q + 2:q + 4], "big")
                q += 4
                fields = set()
                for _ in range(count):
                    e = int.from_bytes(body[q:q + 2], "big")
                    q += 8 if e & 0x8000 and version == 10 else 4
                    fields.add(e)
                templates[t] = fields
        elif not want <= templates[number]:
            sys.exit("a record without %s" % (want - templates[number]))
        else:
            seen += 1
        if 160 in templates.get(number, ()):
            sys.exit("systemInitTimeMilliseconds")
    if first is None:
        first = kinds
        if sys.argv[2] not in ("splunk-stream", "nfcapd") and any(k > 255 for k in kinds):
            sys.exit("records with the first templates")
sys.exit(versions != ({10} if sys.argv[2] == "splunk-stream" else {9}) or seen == 0)
END
	collected $profile >told
	jq -e '.records.without_template == 0 and (.exporters | all(.missed == 0 and .malformed == {}))' told >/dev/null ||
		fail "$profile: $(cat told)"
done
# Templates lead, and an option wins.
expect 0 '' nfseal replay case --to udp://127.0.0.1:9 --profile filebeat --rate 0 --dry-run --json
[ "$(jq '.targets[0].nanos >= 250000000' out)" = true ] || fail "no lead: $(cat out)"
expect 0 '' nfseal replay case --to udp://127.0.0.1:9 --profile filebeat --lead 0s --format ipfix --rate 0 --dry-run --json
[ "$(jq -r '.targets[0] | "\(.nanos) \(.format)"' out)" = "0 ipfix" ] || fail "an option against a profile: $(cat out)"

# Two exporters, with an observation domain each, in one archive.
for n in 1 2; do
	sink e$n
	expect 0 '' nfseal capture -q -r in.pcap -o "$to" --mtu 600 --format netflow9
	stop
done
python3 "$helper" weave e1.pcap e2.pcap woven.pcap
expect 0 '' nfseal collect -q -r woven.pcap -w two
flows=$(nfseal show -q two -o ndjson | wc -l)
expect 2 'address is expected, or exporter' nfseal replay two --to udp://127.0.0.1:9 --source nowhere

# From another address of this host, which needs no rights; without the right to others' addresses it is
# said what is needed.
without=
[ "$(id -u)" = 0 ] && without="setpriv --bounding-set -net_raw --"
sink own
# shellcheck disable=SC2086
expect 0 '' $without nfseal replay two --to "$to" --source 127.0.0.3 -q 'exporter 192.0.2.1' --rate 2000d
# shellcheck disable=SC2086
expect 2 'CAP_NET_RAW' $without nfseal replay two --to "$to" --spoof
# shellcheck disable=SC2086
expect 2 'CAP_NET_RAW' $without nfseal replay two --to "$to" --source 192.0.2.77 --exact
stop
collected own >told
[ "$(jq -r '[.exporters[].address] | unique | join(" ")' told)" = 127.0.0.3 ] || fail "--source: $(cat told)"
# With it: both exporters, each with its own sequence, as our collector sees them.
if ! nfseal replay two --to udp://127.0.0.1:9 --spoof --rate 0 -q 'exporter 198.51.100.9' 2>err; then
	echo "skip: no raw sockets here: $(tail -n 1 err)"
	finish
fi
for how in "--format netflow9" "--format ipfix" --exact; do
	sink spoofed
	# shellcheck disable=SC2086
	expect 0 '' nfseal replay two --to "$to" --spoof $how --rate 2000d
	stop
	collected spoofed >told
	[ "$(jq -r '[.exporters[].address] | unique | join(" ")' told)" = "192.0.2.1 192.0.2.2" ] || fail "$how: exporters: $(cat told)"
	[ "$(jq -r '[.exporters[].missed] | add' told)" = 0 ] || fail "$how: sequences: $(cat told)"
	[ "$(jq -r '.records.decoded' told)" = "$flows" ] || fail "$how: $(jq -c .records told) of $flows"
done
# Syslog, too: whose flow it is, is who sends it.
sink syslog
expect 0 '' nfseal replay two --to "syslog${to#udp}" --spoof --rate 2000
stop
python3 - syslog.pcap "$(nfseal show -q two -o ndjson | jq -r .exporter_ip | sort | uniq -c | xargs)" <<'END' || fail "syslog's sources"
import collections
import socket
import sys

data, at, seen = open(sys.argv[1], "rb").read(), 24, collections.Counter()
while at < len(data):
    size = int.from_bytes(data[at + 8:at + 12], "little")
    seen[socket.inet_ntoa(data[at + 16 + 12:at + 16 + 16])] += 1
    at += 16 + size
got = " ".join(f"{n} {address}" for address, n in sorted(seen.items()))
print(got, "|", sys.argv[2])
sys.exit(got != sys.argv[2])
END
# One that is none of ours.
sink chosen
expect 0 '' nfseal replay two --to "$to" --source 192.0.2.77 --rate 2000d
stop
collected chosen >told
[ "$(jq -r '[.exporters[].address] | unique | join(" ")' told)" = 192.0.2.77 ] || fail "--source: $(cat told)"
expect 2 'not of one family' nfseal replay two --to "$to" --source 2001:db8::1
finish
