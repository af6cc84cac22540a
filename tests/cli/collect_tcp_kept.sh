#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect --listen tcp://: sessions that change their templates, over the end of a segment, and over a kill.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sessions.sh"

echo "two sessions that mean other things by the same template, and withdraw it"
python3 - a.ipfix b.ipfix <<'END'
import struct, sys
def message(seq, *sets):
    body = b"".join(struct.pack(">HH", i, 4 + len(d)) + d for i, d in sets)
    return struct.pack(">HHIII", 10, 16 + len(body), 1700000000, seq, 9) + body
A = struct.pack(">HHHHHH", 256, 2, 8, 4, 2, 4)
B = struct.pack(">HHHHHH", 256, 2, 2, 4, 12, 4)
def records(n, first):
    return b"".join(first(i) for i in range(n))
a = lambda i: bytes((10, 1, 0, i)) + struct.pack(">I", 1000 + i)
b = lambda i: struct.pack(">I", 2000 + i) + bytes((10, 2, 0, i))
withdraw = struct.pack(">HH", 256, 0)
open(sys.argv[1], "wb").write(message(0, (2, A)) + b"".join(message(40 * i, (256, records(40, a))) for i in range(10)))
# the other one: B, then withdrawn, then what A is
open(sys.argv[2], "wb").write(message(0, (2, B)) + b"".join(message(40 * i, (256, records(40, b))) for i in range(10)) +
    message(400, (2, withdraw)) + message(400, (2, A), (256, records(40, a))))
END
p=$(port)
start twins --listen "tcp://:$p" -w twins --json
python3 send.py 127.0.0.1 "$p" a.ipfix b.ipfix a.ipfix b.ipfix || fail "send"
seen twins.err 'the exporter ended it' 4
stop twins 0
verdict VERIFIED --deep twins
counts() { jq -r 'if .src_ip then "A \(.packets - 1000 == (.src_ip | split(".")[3] | tonumber))" else "B \(.packets - 2000 == (.dst_ip | split(".")[3] | tonumber))" end' | sort | uniq -c | awk '{ print $1, $2, $3 }' | paste -sd,; }
want="880 A true,800 B true"
[ "$(nfseal show -q twins -o ndjson | counts)" = "$want" ] || fail "twins: $(nfseal show -q twins -o ndjson | counts)"
zstd -qdc twins/*/*/*/*.messages.ipfix.zst >twins.ipfix
[ "$(nfseal show -q twins.ipfix -o ndjson | counts)" = "$want" ] || fail "twins.ipfix: $(nfseal show -q twins.ipfix -o ndjson | counts)"
jq -e '[.exporters[].withdrawals] | add == 2' twins.out >nul || fail "withdrawals: $(jq -c '[.exporters[].withdrawals]' twins.out)"

echo "sessions that go on over the end of a segment: each segment decodes alone"
p=$(port)
start turned --listen "tcp://127.0.0.1:$p" -w turned -t 1h
python3 - "$p" b.ipfix turned.pid <<'END'
import os, signal, socket, sys, time, glob
data = open(sys.argv[2], "rb").read()
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
messages, at = [], 0
while at < len(data):
    n = data[at + 2] << 8 | data[at + 3]
    messages.append(data[at:at + n])
    at += n
for i in range(3):
    s.sendall(b"".join(messages[i * 4:(i + 1) * 4]))
    time.sleep(0.3)
    if i < 2:
        os.kill(int(open(sys.argv[3]).read()), signal.SIGHUP)
        for _ in range(200):
            if len(glob.glob("turned/*/*/*/*.manifest.json")) > i:
                break
            time.sleep(0.05)
s.sendall(b"".join(messages[12:]))
s.close()
END
seen turned.err 'the exporter ended it'
stop turned 0
verdict VERIFIED --deep turned
[ "$(ls turned/*/*/*/*.manifest.json | wc -l)" = 3 ] || fail "turned: $(ls turned/*/*/*)"
for f in turned/*/*/*/*.messages.ipfix.zst; do
	zstd -qdc "$f" >alone.ipfix
	nfseal show -q alone.ipfix -o ndjson
done >alone
[ "$(nfseal show -q turned -o ndjson | counts)" = "40 A true,400 B true" ] || fail "turned: $(nfseal show -q turned -o ndjson | counts)"
[ "$(counts <alone)" = "40 A true,400 B true" ] || fail "not all segments decode alone: $(counts <alone)"

echo "a kill loses nothing that is a second old"
p=$(port)
start killed --listen "tcp://127.0.0.1:$p" -w killed
python3 - "$p" in.ipfix <<'END' &
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(open(sys.argv[2], "rb").read())
s.settimeout(30)
try:
    s.recv(1)
except ConnectionResetError:
    pass
END
sender=$!
seen killed.err 'begins'
durable killed "$(wc -l <flows)"
kill -KILL $collector
wait $collector 2>nul
wait $sender
nfseal recover killed >nul 2>err || fail "recover: $(cat err)"
verdict VERIFIED --deep killed
[ "$(nfseal show -q killed -o ndjson | common)" = "$(cat flows)" ] || fail "flows were lost"
zstd -qdc killed/*/*/*/*.messages.ipfix.zst >killed.ipfix || fail "the messages were lost"
[ "$(nfseal show -q killed.ipfix -o ndjson | common)" = "$(cat flows)" ] || fail "messages were lost"

echo "nor where datagrams come beside the messages"
p=$(port)
start mixed --listen "tcp://127.0.0.1:$p" -p "$p" -w mixed
nfseal replay -q case --to "udp://127.0.0.1:$p" || fail "replay"
python3 send.py 127.0.0.1 "$p" in.ipfix || fail "send"
seen mixed.err 'the exporter ended it'
durable mixed $((2 * $(wc -l <flows)))
kill -KILL $collector
wait $collector 2>nul
nfseal recover mixed >nul 2>err || fail "recover: $(cat err)"
verdict VERIFIED --deep mixed
[ "$(nfseal show -q mixed -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ] || fail "mixed: not each flow twice"
[ "$(nfseal show -q mixed -o ndjson | jq -c 'select(has("message"))' | common)" = "$(cat flows)" ] || fail "mixed: other messages"
finish
