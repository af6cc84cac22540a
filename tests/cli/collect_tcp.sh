#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect --listen tcp://: sessions, whatever they send, and what is kept of them; a kill,
# rotation while sessions stay open, and UDP beside them.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"

"$fixtures/mkcapture" -c 400 in.pcap
nfseal capture -q -r in.pcap -w case
nfseal capture -q -r in.pcap -o in.ipfix
common() {
	jq -c '[.src_ip, .dst_ip, .src_port, .dst_port, .protocol, .flow_start[0:23], .flow_end[0:23], .packets, .bytes, .rev_packets]' | sort
}
nfseal show -q case -o ndjson | common >flows

# port: one that is free for TCP and UDP
port() {
	python3 -c 'import socket
s = socket.socket(socket.AF_INET6); s.bind(("::", 0)); p = s.getsockname()[1]
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(("::", p)); print(p)'
}
# start NAME ARGUMENTS...: a collector, once it receives; its number is in $collector
start() {
	local name=$1
	shift
	nfseal collect --pid-file "$name.pid" "$@" >"$name.out" 2>"$name.err" &
	collector=$!
	for _ in $(seq 200); do
		grep -qi ":$(printf %04X "$p") .* 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null && return
		kill -0 $collector 2>/dev/null || break
		sleep 0.05
	done
	fail "$name does not listen: $(cat "$name.err")"
}
# stop NAME STATUS
stop() {
	kill -TERM $collector
	wait $collector
	local status=$?
	[ $status = "$2" ] || fail "$1: exit $status instead of $2: $(cat "$1.err")"
}
# seen FILE TEXT [TIMES]: waits until it stands there
seen() {
	for _ in $(seq 200); do
		[ "$(grep -c -- "$2" "$1")" -ge "${3:-1}" ] && return
		sleep 0.05
	done
	fail "no '$2' in $1: $(cat "$1")"
}
cat >send.py <<'END'
# send.py HOST PORT FILE...: each over a connection of its own, all at once, in small pieces
import socket, sys
files = [open(f, "rb").read() for f in sys.argv[3:]]
socks = [socket.create_connection((sys.argv[1], int(sys.argv[2]))) for f in files]
at = 0
while any(at < len(f) for f in files):
    for f, s in zip(files, socks):
        if at < len(f):
            s.sendall(f[at:at + 1000])
    at += 1000
for s in socks:
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
END

echo "several sessions and addresses, and UDP beside them, each with its way"
p=$(port)
start many --listen "tcp://127.0.0.1:$p" --listen "tcp://[::1]:$p" -p "$p" -w many --json
python3 send.py 127.0.0.1 "$p" in.ipfix in.ipfix in.ipfix || fail "send"
python3 send.py ::1 "$p" in.ipfix || fail "send to ::1"
nfseal replay -q case --to "tcp://127.0.0.1:$p" || fail "replay over TCP"
nfseal replay -q case --to "udp://127.0.0.1:$p" || fail "replay over UDP"
seen many.err 'the exporter ended it' 5
stop many 0
verdict VERIFIED --deep many
nfseal show -q many -o ndjson >rows
[ "$(jq -c 'select(has("message"))' rows | common | uniq -c | awk '{ print $1 }' | sort -u)" = 5 ] || fail "not each flow five times by TCP"
[ "$(jq -c 'select(has("message")) | .exporter_ip' rows | sort | uniq -c | awk '{ print $1 / '"$(wc -l <flows)"', $2 }' | paste -sd,)" = '4 "127.0.0.1",1 "::1"' ] ||
	fail "exporters: $(jq -c .exporter_ip rows | sort | uniq -c)"
[ "$(jq -c 'select(has("datagram") and has("message"))' rows | wc -l)" = 0 ] || fail "both a datagram and a message"
jq -e '.messages | .received == .kept and .decoded == .kept and .octets_lost == 0' many.out >nul || fail "$(jq -c .messages many.out)"
jq -e '.sessions | .begun == 5 and .ended == 5 and .refused == 0' many.out >nul || fail "$(jq -c .sessions many.out)"
jq -e '[.exporters[] | select(.transport == "tcp") | .missed, .gaps, .duplicates, .restarts] | add == 0' many.out >nul || fail "the ledger: $(jq -c .exporters many.out)"
[ "$(jq '[.exporters[] | select(.transport == "tcp")] | length' many.out)" = 5 ] || fail "not five exporters over TCP"
expect 0 '"messages":[1-9][0-9]*,.*"sessions":5,.*"sessions_ended":5' cat many/*/*/*/*.manifest.json
expect 0 '"name":"listen","value":"tcp://127.0.0.1:[0-9]+,tcp://\[::1\]:[0-9]+"' cat many/*/*/*/*.manifest.json
# any reader finds all of it in the file, although five sessions stand in it
zstd -qdc many/*/*/*/*.messages.ipfix.zst >kept.ipfix || fail "no messages"
[ "$(nfseal show -q kept.ipfix -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 5 ] || fail "kept.ipfix has other flows"
zstd -qdc many/*/*/*/*.datagrams.pcapng.zst >kept.pcapng || fail "no datagrams"

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

echo "hostile sessions end, and are counted; what came before is kept"
p=$(port)
start bad --listen "tcp://127.0.0.1:$p" -w bad --json --idle 1 --sessions 8
python3 - "$p" in.ipfix <<'END' || fail "hostile"
import socket, sys, struct
port, data = int(sys.argv[1]), open(sys.argv[2], "rb").read()
def ends(octets, cut=False):
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(octets)
    if cut:
        s.shutdown(socket.SHUT_WR)
    s.settimeout(20)
    try:
        assert s.recv(1) == b""
    except ConnectionResetError:
        pass
ends(data + b"GET / HTTP/1.1\r\n\r\n")            # garbage behind messages
ends(struct.pack(">HHIIII", 9, 1, 0, 0, 0, 0))     # NetFlow 9
ends(struct.pack(">HHIII", 10, 15, 0, 0, 0))       # a length that cannot be
ends(data[:1000], cut=True)                        # ends within a message
ends(data + b"\0\12", cut=True)                    # and behind one
ends(b"")                                          # says nothing: idle
# a quarter of the places at most for one source
held = [socket.create_connection(("127.0.0.1", port)) for i in range(2)]
for s in held:
    s.sendall(data)
ends(b"")
for s in held:
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
END
seen bad.err 'refused, there are too many'
stop bad 3
jq -e '.sessions | .begun == 8 and .refused == 1 and .garbage == 3 and .cut == 2 and .idle == 1 and .ended == 2' bad.out >nul || fail "$(jq -c .sessions bad.out)"
jq -e '.messages.received == 4 and .messages.octets_lost == 18 + 20 + 16 + 1000 + 2' bad.out >nul || fail "$(jq -c .messages bad.out)"
seen bad.err 'the version is 18245, not 10'
seen bad.err 'NetFlow 9 has no message length'
seen bad.err 'an IPFIX message of 15 octets'
verdict VERIFIED --deep bad
[ "$(nfseal show -q bad -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 4 ] || fail "bad: not each flow four times"

echo "who may not send is refused"
p=$(port)
start shut --listen "tcp://127.0.0.1:$p" --allow 192.0.2.0/24 -w shut --json
python3 -c 'import socket,sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); assert s.recv(1) == b""' "$p" || fail "not refused"
seen shut.err 'refused, its source is not allowed'
stop shut 0
jq -e '.sessions.refused == 1 and .sessions.begun == 0' shut.out >nul || fail "$(jq -c .sessions shut.out)"

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
sleep 2.2
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
sleep 2.2
kill -KILL $collector
wait $collector 2>nul
nfseal recover mixed >nul 2>err || fail "recover: $(cat err)"
verdict VERIFIED --deep mixed
[ "$(nfseal show -q mixed -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ] || fail "mixed: not each flow twice"
[ "$(nfseal show -q mixed -o ndjson | jq -c 'select(has("message"))' | common)" = "$(cat flows)" ] || fail "mixed: other messages"

echo "usage"
refused() { expect 2 "$1" timeout 10 nfseal "${@:2}"; }
refused 'the form is udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT' collect --listen 4739 -w x
refused 'no port from 1 to 65535' collect --listen tcp://127.0.0.1:99999 -w x
refused '--listen and -r do' collect --listen tcp:// -r in.pcap -w x
refused 'are for --listen tls://' collect --listen tcp://127.0.0.1:1 --cert in.pcap -w x
refused 'needs --cert' collect --listen tls://127.0.0.1:1 -w x
refused 'are for --listen tcp:// and tls://' collect -p 1 --idle 5 -w x
refused 'at least one second' collect --listen tcp:// --idle 0.5 -w x
refused 'a number from 1 to 4096' collect --listen tcp:// --sessions 0 -w x
refused 'cannot listen on 192.0.2.1 TCP port 4739' collect --listen tcp://192.0.2.1 -w x
[ ! -e x ] || fail "an archive was made though nothing could be collected"
finish
