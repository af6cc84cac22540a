#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect: from sockets and from captures; what was lost, late and double; rotation,
# signals, a kill; nfcapd's line.
set -u
. "$(dirname "$0")/lib.sh"
# A refusal that did not come would otherwise wait for datagrams.
refused() { expect 2 "$1" timeout 10 nfseal "${@:2}"; }
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"

"$fixtures/mkcapture" -c 400 in.pcap
nfseal capture -q -r in.pcap -w case
flows=$(nfseal show -q case -o ndjson | wc -l)
[ "$flows" -gt 50 ] || fail "few flows"

# port NAME: a free UDP port
port() {
	python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# listening PORT: waits until somebody does
listening() {
	for _ in $(seq 100); do
		grep -qi ":$(printf %04X "$1") " /proc/net/udp /proc/net/udp6 2>/dev/null && return
		sleep 0.05
	done
	fail "nobody listens on $1"
}
# seen FILE TEXT: waits until it stands there
seen() {
	for _ in $(seq 100); do
		grep -q -- "$2" "$1" && return
		sleep 0.05
	done
	fail "no '$2' in $1: $(cat "$1")"
}
# what a flow is, whatever the way that it took
common() {
	jq -c '[.src_ip, .dst_ip, .src_port, .dst_port, .protocol, .flow_start[0:23], .flow_end[0:23], .packets, .bytes]' | sort
}

echo "each protocol, from a socket; what is archived is what was sent"
nfseal show -q case -o ndjson 'ipv4' >four
for format in netflow5 netflow9 ipfix; do
	p=$(port)
	nfseal collect -p "$p" -w "live-$format" --json >"$format.json" 2>"$format.err" &
	collector=$!
	listening "$p"
	nfseal replay -q case --to "udp://127.0.0.1:$p" --format $format 'ipv4' || fail "replay as $format"
	nfseal replay -q case --to "udp://127.0.0.1:$p" --format $format 'ipv4' || fail "replay as $format again"
	sleep 0.3
	kill -TERM $collector
	wait $collector
	status=$?
	[ $status = 0 ] || fail "$format: exit $status: $(cat "$format.err")"
	verdict VERIFIED "live-$format"
	nfseal show -q "live-$format" -o ndjson >"$format.rows"
	# both ways of a flow are two records where there are no biflows
	if [ $format = ipfix ]; then
		[ "$(common <ipfix.rows | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ] || fail "ipfix: not each flow twice"
		[ "$(common <ipfix.rows | uniq)" = "$(common <four)" ] || fail "ipfix: other flows than were sent"
	else
		# in NetFlow 5 the type and code of ICMP stand in a port
		common <"$format.rows" | uniq | grep -v ',1,"2' >got
		common <four | grep -v ',1,"2' >sent
		[ -z "$(comm -13 got sent)" ] || fail "$format: flows are missing: $(comm -13 got sent | head -n 2)"
	fi
	rows=$(wc -l <"$format.rows")
	jq -e --argjson n "$rows" '.datagrams.received == .datagrams.kept and .datagrams.kept == .datagrams.decoded
		and .records.decoded == $n and ([.exporters[] | .missed + .gaps + .restarts + .duplicates] | add) == 0
		and (.exporters | length) == 2 and ([.exporters[].records] | add) == $n' "$format.json" >nul ||
		fail "$format: $(cat "$format.json")"
	# the datagrams as they came, for anybody's tools
	zstd -qdc "live-$format"/*/*/*/*.datagrams.pcapng.zst >kept.pcapng || fail "$format: no datagrams"
	[ "$(nfseal capture -r kept.pcapng -o - --format ndjson 2>nul | jq -s 'map(.packets) | add')" = \
		"$(jq .datagrams.kept "$format.json")" ] || fail "$format: other datagrams are kept"
	# decoded out of that capture, they are the same flows
	nfseal collect -q -r kept.pcapng -o again.ndjson || fail "$format: -r failed"
	[ "$(common <again.ndjson)" = "$(common <"$format.rows")" ] || fail "$format: -r gives other flows"
	expect 0 '"kind":"exporters"' cat "live-$format"/*/*/*/*.manifest.json
	expect 0 '^\{"format":"nfseal-exporters/1","exporters":\[\{"address":"127.0.0.1","port":' cat "live-$format"/*/*/*/*.exporters.json
done

echo "each flow leads to its record"
nfseal show -q live-netflow5 -o ndjson |
	jq -e -s 'all(.[]; (.datagram_record - 24) % 48 == 0 and .datagram >= 1) and (map([.datagram, .datagram_record]) | unique | length) == length' >nul ||
	fail "datagram and record do not name one place each"

echo "what was lost, late and double, by name"
python3 - ipfix.pcap kept.pcapng <<'END'
import struct, sys
# a capture of IPFIX messages of one record each, numbers 0 to 29: 5 and 6 are lost, 9 comes
# behind 10, 20 comes twice, and from 25 on the exporter begins anew
def message(seq, template):
    body = b""
    if template:
        body += struct.pack(">HHHHHHHHHH", 2, 20, 256, 3, 8, 4, 12, 4, 2, 4)[:20]
    body += struct.pack(">HH4s4sI", 256, 16, b"\x0a\0\0\1", b"\x0a\0\0\2", 7)
    return struct.pack(">HHIII", 10, 16 + len(body), 1000, seq, 9) + body
order = [i for i in range(25) if i not in (5, 6, 9)]
order.insert(order.index(10) + 1, 9)
order.insert(order.index(20) + 1, 20)
out = open(sys.argv[1], "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
def put(n, data):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), n & 0xffff, 0, 64, 17, 0, b"\xc0\0\2\1", b"\xc0\0\2\2")
    p = ip + struct.pack(">HHHH", 4000, 4739, 8 + len(data), 0) + data
    out.write(struct.pack("<IIII", 1000 + n, 0, len(p), len(p)) + p)
n = 0
# data before the template
for i in order:
    put(n, message(i, i >= 3))
    n += 1
for i in range(5):
    put(n, message(i, False))
    n += 1
END
expect 0 '' nfseal collect -r ipfix.pcap -w ledger --json
jq -e '.records == {"decoded": 29, "late": 3, "options": 0, "waiting": 0, "without_template": 0}
	and (.exporters[0] | .missed == 3 and .gaps == 2 and .filled == 1 and .late == 1 and .duplicates == 1
		and .restarts == 1 and .uncounted == 3 and .missed_from == "1004000000000" and .missed_to == "1007000000000")' out >nul ||
	fail "the ledger: $(cat out)"
expect 0 '"sequence_missed":3,"sequence_filled":1,"sequence_gaps":2' cat ledger/*/*/*/*.manifest.json
verdict VERIFIED ledger

echo "rotation by the frames' time, silence as one segment"
expect 0 '' nfseal collect -q -r ipfix.pcap -w turned -t 10
[ "$(ls turned/*/*/*/*.manifest.json | wc -l)" = 3 ] || fail "segments: $(ls turned/*/*/*)"
[ "$(nfseal show -q turned -o ndjson | wc -l)" = 29 ] || fail "flows of all segments"
verdict VERIFIED turned

echo "a kill loses nothing that is a second old, and says so"
p=$(port)
nfseal collect -p "$p" -w killed 2>killed.err &
collector=$!
listening "$p"
nfseal replay -q case --to "udp://127.0.0.1:$p" 'ipv4'
sleep 2.2
kill -KILL $collector
wait $collector 2>nul
nfseal collect -q -p "$p" -w killed 2>again.err &
collector=$!
listening "$p"
kill -TERM $collector
wait $collector
verdict VERIFIED killed
[ "$(nfseal show -q killed -o ndjson | common)" = "$(common <four)" ] || fail "flows were lost: $(cat again.err)"
[ -n "$(ls killed/*/*/*/*-00000001.datagrams.pcapng.zst)" ] || fail "the datagrams were lost"

echo "signals, and nfcapd's line"
p=$(port)
nfseal collect -S 1 -w -t 3600 -l netflow -p "$p" >out2 2>err2 &
collector=$!
listening "$p"
seen err2 "listening on UDP port $p; sealing into the archive netflow, a segment every 3600 s"
nfseal replay -q case --to "udp://127.0.0.1:$p" 'ipv4 and port 443'
sleep 0.5
kill -USR1 $collector
seen err2 'datagrams from 1 exporters'
kill -HUP $collector
seen err2 'sealed .*-00000001.manifest.json'
kill -INT $collector
wait $collector
[ $? = 0 ] || fail "SIGINT is no clean end"
verdict VERIFIED netflow
[ "$(ls netflow/*/*/*/*.manifest.json | wc -l)" = 2 ] || fail "not two segments"

echo "in the background, as a user without rights"
p=$(port)
user=()
place=$(mktemp -d -p /tmp) # the test's own directory is closed to others
trap 'rm -rf "$place"' EXIT
[ "$(id -u)" = 0 ] && user=(-u nobody) && chmod 777 "$place"
expect 0 '' nfseal collect -S 1 -w -t 3600 -D -l "$place/behind" -p "$p" -P "$place/pid" --state "$place/state" "${user[@]}"
pid=$(cat "$place/pid")
kill -0 "$pid" || fail "it does not run"
refused 'runs' collect -D -w "$place/other" -p "$(port)" -P "$place/pid"
nfseal replay -q case --to "udp://127.0.0.1:$p" 'ipv4 and port 443'
[ "$(id -u)" != 0 ] || [ "$(ps -o user= -p "$pid")" = nobody ] || fail "it runs as $(ps -o user= -p "$pid")"
sleep 0.5
kill -TERM "$pid"
for _ in $(seq 100); do kill -0 "$pid" 2>nul || break; sleep 0.05; done
verdict VERIFIED "$place/behind" --state "$place/state"
[ "$(nfseal show -q "$place/behind" --state "$place/state" -o ndjson | wc -l)" -gt 0 ] || fail "no flows from the background"

echo "without datagrams; closed"
expect 0 '' nfseal collect -q -r ipfix.pcap -w bare --no-datagrams --close
[ -z "$(ls bare/*/*/*/*.datagrams.* 2>nul)" ] || fail "--no-datagrams kept them"
refused 'closed' collect -q -r ipfix.pcap -w bare

echo "what is wrong is said"
refused 'no input' collect -w x
refused 'nowhere to write' collect -p 2055
refused 'a port from 1 to 65535' collect -p 0 -w x
refused 'a port from 1 to 65535' collect -p 2055,x -w x
refused 'exclude each other' collect -p 2055 -r in.pcap -w x
refused 'absent.pcap' collect -r absent.pcap -w x
expect 5 '' nfseal collect -r "$0" -w x
refused 'are for a collector' collect -r in.pcap -w x -D
refused 'needs -u' collect -p 2055 -w x -g daemon
refused 'no operand' collect -p 2055 -w x y
refused 'cannot listen on 192.0.2.1' collect -p 2055 -b 192.0.2.1 -w x
refused 'format nosuch is none of' collect -p 2055 -o - --format nosuch
refused 'format netflow9 is for collectors' collect -r in.pcap -o - --format netflow9
refused 'format nosuch is none of' archive --format nosuch -o - -
refused 'names it twice' collect -r in.pcap -o x.csv -o x.csv
refused 'format ndjson is for files' collect -r in.pcap -o udp://127.0.0.1:9 --format ndjson
[ ! -e x ] || fail "an archive was made though nothing could be collected"
finish
