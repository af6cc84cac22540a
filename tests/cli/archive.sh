#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal archive: IPFIX streams and files, whole, compressed, cut and damaged, into sealed segments.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"

"$fixtures/mkcapture" -c 400 in.pcap
nfseal capture -q -r in.pcap -w case
# small messages, as exporters send them: out of UDP datagrams
nfseal capture -q -r in.pcap -o in.ipfix
common() {
	jq -c '[.src_ip, .dst_ip, .src_port, .dst_port, .protocol, .flow_start, .flow_end, .packets, .bytes, .rev_packets]' | sort
}
nfseal show -q case -o ndjson | common >flows
python3 - in.ipfix many.ipfix <<'END'
import struct, sys
# the file's one message as many: a template message, then records of 60 or so octets each
data = open(sys.argv[1], "rb").read()
out, seq, at = [], 0, 0
while at < len(data):
    version, length, seconds, _, domain = struct.unpack_from(">HHIII", data, at)
    assert version == 10
    end, pos = at + length, at + 16
    while pos < end:
        sid, slen = struct.unpack_from(">HH", data, pos)
        out.append((seconds, domain, data[pos:pos + slen]))
        pos += slen
    at = end
with open(sys.argv[2], "wb") as f:
    n = 0
    for i, (seconds, domain, body) in enumerate(out):
        f.write(struct.pack(">HHIII", 10, 16 + len(body), seconds + 7 * i, 0, domain) + body)
print(len(out))
END

echo "from standard input and from files, octet for octet"
expect 0 'sealed     segment 1' sh -c 'nfseal archive -w one - <in.ipfix'
nfseal archive -q -w two <in.ipfix || fail "without an operand"
expect 0 '' nfseal archive --json -w three in.ipfix many.ipfix
[ "$(jq -c '[.inputs[] | .format, .sha256]' out)" = "$(echo "[\"ipfix\",\"$(sha256sum <in.ipfix | cut -d' ' -f1)\",\"ipfix\",\"$(sha256sum <many.ipfix | cut -d' ' -f1)\"]")" ] ||
	fail "the inputs: $(jq -c .inputs out)"
jq -e '.messages | .received == .kept and .received == .decoded and .octets_lost == 0' out >nul || fail "$(jq -c .messages out)"
for a in one two three; do verdict VERIFIED --deep $a; done
[ "$(nfseal show -q one -o ndjson | common)" = "$(cat flows)" ] || fail "other flows than were captured"
[ "$(nfseal show -q three -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ] || fail "not each flow twice"

echo "what is kept is an IPFIX file, in which each flow leads to its record"
zstd -qdc one/*/*/*/*.messages.ipfix.zst >kept.ipfix || fail "no messages"
[ "$(nfseal show -q kept.ipfix -o ndjson | common)" = "$(cat flows)" ] || fail "kept.ipfix has other flows"
nfseal show -q three -o ndjson >three.rows
zstd -qdc three/*/*/*/*.messages.ipfix.zst >three.ipfix
python3 - three.ipfix three.rows in.ipfix many.ipfix <<'END' || fail "the messages"
import json, struct, sys
# by the page alone: marks, and the runs behind them
data = open(sys.argv[1], "rb").read()
def message(at):
    version, length = struct.unpack_from(">HH", data, at)
    assert version == 10 and length >= 16, (at, version, length)
    return data[at:at + length]
at, marks, numbers, sessions = 0, 0, {}, {}
while at < len(data):
    mark = message(at)
    _, _, _, sequence, domain = struct.unpack_from(">HHIII", mark)
    assert (sequence, domain) == (marks, 0xffffffff), (at, sequence, domain)
    marks += 1
    tlen = struct.unpack_from(">H", mark, 18)[0]
    body = mark[16 + tlen + 4:]
    session, kind, transport, first, segment, count, octets, received, source = struct.unpack_from(">QBBQQQQqI", body)
    assert transport == 3 and source == session - 1
    at += len(mark)
    end = at + octets
    while at < end:
        m = message(at)
        if kind == 0:
            assert first not in numbers
            numbers[first] = m
            first += 1
            sessions.setdefault(session, []).append(m)
        at += len(m)
        count -= 1
    assert at == end and count == 0
assert sorted(numbers) == list(range(1, len(numbers) + 1))
for session, name in ((1, 3), (2, 4)):
    assert b"".join(sessions[session]) == open(sys.argv[name], "rb").read(), "not octet for octet"
for line in open(sys.argv[2]):
    row = json.loads(line)
    assert "received" not in row and "exporter_ip" not in row and "datagram" not in row
    assert 20 <= row["datagram_record"] < len(numbers[row["message"]])
END

echo "segments by export time, each of which decodes alone"
expect 0 '' nfseal archive -q -t 60 -w turned many.ipfix
[ "$(ls turned/*/*/*/*.manifest.json | wc -l)" -gt 1 ] || fail "one segment"
verdict VERIFIED --deep turned
[ "$(nfseal show -q turned -o ndjson | common)" = "$(cat flows)" ] || fail "turned: other flows"
for f in turned/*/*/*/*.messages.ipfix.zst; do
	zstd -qdc "$f" >alone.ipfix
	nfseal show -q alone.ipfix -o ndjson 2>err || fail "$f: $(cat err)"
done | common >alone
[ "$(cat alone)" = "$(cat flows)" ] || fail "not all segments decode alone"

echo "compressed, and in archives"
gzip -kc in.ipfix >a.gz; zstd -qkc in.ipfix >b.zst; bzip2 -kc in.ipfix >c.bz2; xz -kc in.ipfix >d.xz
tar cf e.tar in.ipfix many.ipfix in.pcap
for f in a.gz b.zst c.bz2 d.xz; do
	nfseal archive -q -w "w-$f" $f || fail "$f"
	[ "$(nfseal show -q "w-$f" -o ndjson | common)" = "$(cat flows)" ] || fail "$f: other flows"
done
expect 0 'in.pcap: is no capture: skipped' nfseal archive --json -w tarred e.tar
jq -e '[.inputs[].format] == ["tar", "ipfix", "ipfix"]' out >nul || fail "$(jq -c .inputs out)"

echo "cut and damaged: what is good is kept, and told"
size=$(stat -c %s many.ipfix)
head -c $((size - 5)) many.ipfix >cut.ipfix
expect 3 'cut.ipfix: offset [0-9]+: the last message is cut: [0-9]+ octets of [0-9]+' nfseal archive --json -w cut cut.ipfix
jq -e '.findings[0].code == "TRUNCATED"' out >nul || fail "$(jq -c .findings out)"
verdict VERIFIED --deep cut
cat in.ipfix <(printf 'some text in between, 40 octets of it or so') in.ipfix <(printf '\0\11\0\24') many.ipfix >damaged.ipfix
expect 3 "damaged.ipfix: offset $(stat -c %s in.ipfix): no IPFIX message begins here: the version is 29551, not 10; 43 octets are passed over" \
	nfseal archive --json -w damaged damaged.ipfix
jq -e '[.findings[].code] == ["DAMAGED", "DAMAGED"] and (.findings[1].text | test("NetFlow 9 .*; 4 octets are passed over$"))' out >nul ||
	fail "$(jq -c .findings out)"
verdict VERIFIED --deep damaged
[ "$(nfseal show -q damaged -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 3 ] || fail "not each flow three times"
expect 0 '"code":"DAMAGED"' cat damaged/*/*/*/*.manifest.json
cat many.ipfix <(head -c 300 /dev/zero) >zeros.ipfix
expect 3 '300 octets are passed over, to the end' nfseal archive -w zeros zeros.ipfix
[ "$(nfseal show -q zeros -o ndjson | common)" = "$(cat flows)" ] || fail "zeros: other flows"

echo "what is no IPFIX, and what cannot be done"
: >empty
expect 5 'empty: is empty' nfseal archive -w nothing empty
expect 5 'in.pcap: neither IPFIX messages nor an archive' nfseal archive -w nothing in.pcap
expect 2 'absent' nfseal archive -w nothing absent
[ ! -e nothing ] || fail "something was made of nothing"
expect 3 'empty: is empty' nfseal archive -w some empty in.ipfix
expect 2 '-w ARCHIVE is needed' nfseal archive in.ipfix
expect 2 'at least one second' nfseal archive -t 0.1 -w x in.ipfix
expect 2 'both want standard output' nfseal archive --json -o - -w x in.ipfix
expect 2 'two archives' nfseal archive -w x -w y in.ipfix
[ ! -e x ] || fail "x was made"

echo "one message without sets is an empty file, and is sealed"
printf '\0\12\0\20\0\0\0\1\0\0\0\0\0\0\0\0' >bare.ipfix
nfseal archive -q -w bare bare.ipfix || fail "bare"
verdict VERIFIED --deep bare

echo "flows alone; counted; interrupted"
nfseal archive -q --no-messages -w lean in.ipfix || fail "--no-messages"
[ -z "$(ls lean/*/*/*/*.messages* 2>nul)" ] || fail "messages were kept"
[ "$(nfseal show -q lean -o ndjson | jq -s 'map(has("message")) | any')" = false ] || fail "flows name messages that are not there"
nfseal archive --json -c 2 -w few many.ipfix >out || fail "-c"
[ "$(jq .messages.received out)" = 2 ] || fail "-c 2: $(jq -c .messages out)"
mkfifo pipe
nfseal archive -w broken - <pipe 2>err >nul &
job=$!
exec 3>pipe
cat in.ipfix >&3
for _ in $(seq 100); do ls broken/open/*.part >nul 2>&1 && break; sleep 0.05; done
kill -INT $job
wait $job
status=$?
exec 3>&-
[ $status = 130 ] || fail "interrupted: exit $status: $(cat err)"
verdict VERIFIED --deep broken
[ "$(nfseal show -q broken -o ndjson | common)" = "$(cat flows)" ] || fail "interrupted: not what was read"

finish
