#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect --listen tcp://: sessions, whatever they send, and what is kept of them; and UDP beside them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sessions.sh"

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
