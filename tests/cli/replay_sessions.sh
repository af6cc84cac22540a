#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --exact of what came over TCP, or out of IPFIX files: each session's octets over a
# connection of its own, also over the ends of segments; windows, filters and breaks with the
# templates that are needed; datagrams of IPFIX over TCP, and what cannot go so, in words.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"
helper="$NFSEAL_SOURCE/tests/cli/replay_exact.py"

written() { # FILE...: waits until receivers have written them
	for one in "$@"; do
		for _ in $(seq 200); do [ -e "$one" ] && break; sleep 0.05; done
		[ -e "$one" ] || fail "nothing came to $one"
	done
}
seen() { # FILE TEXT [TIMES]
	for _ in $(seq 200); do
		[ "$(grep -c -- "$2" "$1")" -ge "${3:-1}" ] && return
		sleep 0.05
	done
	fail "no '$2' in $1: $(cat "$1")"
}
of() { jq -r ".targets[0] | $1" "${2:-out}"; }
sums() { sha256sum "$@" | cut -d' ' -f1 | sort; }

# Three sessions whose templates contradict each other under one id and domain: what an address means
# in one is packets in the other, and the second withdraws and defines anew.
python3 - <<'END'
import struct
def message(seq, *sets, seconds=1700000000):
    body = b"".join(struct.pack(">HH", i, 4 + len(d)) + d for i, d in sets)
    return struct.pack(">HHIII", 10, 16 + len(body), seconds + seq, seq, 9) + body
A = struct.pack(">HHHHHH", 256, 2, 8, 4, 2, 4)
B = struct.pack(">HHHHHH", 256, 2, 2, 4, 12, 4)
def records(n, first):
    return b"".join(first(i) for i in range(n))
a = lambda i: bytes((10, 1, 0, i)) + struct.pack(">I", 1000 + i)
b = lambda i: struct.pack(">I", 2000 + i) + bytes((10, 2, 0, i))
withdraw = struct.pack(">HH", 256, 0)
open("a.ipfix", "wb").write(message(0, (2, A)) + b"".join(message(40 * i, (256, records(40, a))) for i in range(30)))
open("b.ipfix", "wb").write(message(0, (2, B)) + b"".join(message(40 * i, (256, records(40, b))) for i in range(28)) +
    message(1120, (2, withdraw)) + message(1120, (2, A), (256, records(40, a))))
open("c.ipfix", "wb").write(message(0, (2, A), (256, records(40, a))) + message(40, (256, b"\1" * 65512)))
END
cat >send.py <<'END'
# send.py PORT PIDFILE ARCHIVE FILE...: each file over a connection of its own, all open at once,
# message by message in turn; after a third and two thirds of the first the collector turns its segment
import glob, os, signal, socket, sys, time
port, pid, archive, names = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
def messages(data):
    at = 0
    while at < len(data):
        n = data[at + 2] << 8 | data[at + 3]
        yield data[at:at + n]
        at += n
lists = [list(messages(open(n, "rb").read())) for n in names]
socks = [socket.create_connection(("127.0.0.1", port)) for n in names]
most, turns = max(map(len, lists)), 0
def kept():
    return len(glob.glob(archive + "/*/*/*/*.manifest.json"))
for i in range(most):
    for l, s in zip(lists, socks):
        if i < len(l):
            s.sendall(l[i])
            if i + 1 == len(l):
                s.shutdown(socket.SHUT_WR)
    if i in (most // 3, 2 * most // 3):
        turns += 1
        time.sleep(0.3)
        os.kill(int(open(pid).read()), signal.SIGHUP)
        for _ in range(600):
            if kept() >= turns:
                break
            time.sleep(0.05)
for s in socks:
    s.recv(1)
END
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
collected() { # ARCHIVE FILE...: collects the files as sessions
	local name=$1 p
	shift
	p=$(free)
	nfseal collect --listen "tcp://127.0.0.1:$p" -w "$name" -t 1h --pid-file "$name.pid" >"$name.out" 2>"$name.err" &
	running+=($!)
	local collector=$!
	for _ in $(seq 200); do
		[ -s "$name.pid" ] && python3 -c "import socket; socket.create_connection(('127.0.0.1', $p)).close()" 2>nul && break
		sleep 0.05
	done
	python3 send.py "$p" "$name.pid" "$name" "$@" || fail "send"
	seen "$name.err" 'the exporter ended it' $(($# + 1))
	kill -TERM $collector
	wait $collector || fail "collect: $(cat "$name.err")"
}

echo "each session over a connection of its own, octet for octet, over three segments"
collected three a.ipfix b.ipfix c.ipfix
verdict VERIFIED --deep three
[ "$(find three -name '*.messages.ipfix.zst' | wc -l)" -gt 1 ] || fail "not several segments with messages"
stream all
expect 0 'over 3 connections, one for each session' nfseal replay three --exact --to "tcp://127.0.0.1:$port" --rate 0
expect 0 '' nfseal replay three --exact --to "tcp://127.0.0.1:$port" --rate 0 --json
written all.1 all.2 all.3 all.4 all.5 all.6
[ "$(sums all.[123])" = "$(sums [abc].ipfix)" ] || fail "other octets: $(ls -l all.* [abc].ipfix)"
[ "$(sums all.[456])" = "$(sums [abc].ipfix)" ] || fail "other octets the second time"
[ "$(of '"\(.datagrams) \(.settled) \(.octets) \(.lanes) \(.sent_ahead) \(.complete)"')" = "64 64 $(cat [abc].ipfix | wc -c) 3 0 true" ] ||
	fail "the receipt: $(cat out)"
expect 0 '' nfseal replay three --exact --to "tcp://127.0.0.1:1" --dry-run --rate 0 --json
[ "$(of '"\(.datagrams) \(.octets) \(.complete)"')" = "64 $(cat [abc].ipfix | wc -c) true" ] || fail "the dry run: $(cat out)"

echo "collected again: the same flows, each by its own session's templates"
rows() { nfseal show -q "$1" -o ndjson --columns src_ip,dst_ip,packets,bytes,export_time,message,observation_domain | sed 's/"message":[0-9]*,\{0,1\}//' | sort; }
p=$(free)
nfseal collect --listen "tcp://127.0.0.1:$p" -w again --pid-file again.pid >again.out 2>again.err &
collector=$!
running+=($!)
for _ in $(seq 200); do [ -s again.pid ] && break; sleep 0.05; done
expect 0 '' nfseal replay three --exact --to "tcp://127.0.0.1:$p" --rate 0
seen again.err 'the exporter ended it' 3
kill -TERM $collector
wait $collector
rows three >want
rows again >got
diff want got >nul || fail "other flows: $(diff want got | head -n 4)"
[ -s want ] || fail "no flows"

echo "to UDP each message is a datagram, each session from a port of its own"
sink udp
expect 3 'over 3 ports of this host' nfseal replay three --exact --to "$to" --rate 2000d
grep -q 'NOT SENT: 1 datagrams longer than a datagram of UDP can be' out || fail "the message of 65532 octets: $(cat out)"
stop
python3 - <<'END' || fail "datagrams"
import struct
data, at, got = open("udp.pcap", "rb").read(), 24, []
while at < len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    got.append(data[at + 44:at + 16 + size])
    at += 16 + size
def messages(name):
    data, at = open(name, "rb").read(), 0
    while at < len(data):
        n = data[at + 2] << 8 | data[at + 3]
        yield data[at:at + n]
        at += n
want = [m for n in ("a.ipfix", "b.ipfix", "c.ipfix") for m in messages(n)]
assert sorted(got) == sorted(m for m in want if len(m) <= 65507), (len(got), len(want))
END

echo "a window, and one exporter's filter: the templates of each session go ahead"
middle=$(python3 - <<'END'
import json, subprocess
rows = subprocess.run(["nfseal", "show", "-q", "three", "-o", "ndjson", "--columns", "received"], capture_output=True, text=True).stdout
times = sorted({json.loads(r)["received"] for r in rows.splitlines()})
print(times[len(times) // 2])
END
)
stream late
expect 0 'before the window, with templates' nfseal replay three --exact -t "$middle.." --to "tcp://127.0.0.1:$port" --rate 0
written late.1 late.2
for one in late.1 late.2; do
	nfseal show -q $one -o ndjson >nul 2>err || fail "$one cannot be read alone: $(cat err)"
done
source=$(nfseal show -q three -o ndjson --columns exporter_port | sort | uniq -c | sort -n | tail -n 1 | grep -o '[0-9]*}' | tr -d '}')
stream one
expect 0 '' nfseal replay three --exact --to "tcp://127.0.0.1:$port" --rate 0 --json "exporter port $source"
written one.1
sums [abc].ipfix | grep -qxF "$(sums one.1)" || fail "one session: $(cat out)"
[ "$(of .lanes)" = 1 ] || fail "one session: $(cat out)"

echo "a connection that breaks: the new one begins with the session's templates"
nfseal archive -q -w files a.ipfix || fail "archive"
stream broken break=600
expect 3 'made again: 1 times' nfseal replay files --exact --to "tcp://127.0.0.1:$port" --rate 20d
written broken.1 broken.2
nfseal show -q broken.2 -o ndjson --columns src_ip,packets >rows || fail "the second connection cannot be read alone"
[ -s rows ] && ! grep -qv '"src_ip":"10.1.0' rows || fail "the second connection: $(head -n 3 rows)"
# between the two all that was acknowledged: what the receiver had not read when it reset is the rest
python3 - <<'END' || fail "not the session's messages"
a, one, two = (open(n, "rb").read() for n in ("a.ipfix", "broken.1", "broken.2"))
assert a.startswith(one)
first = two[2] << 8 | two[3]
assert two[16:first] == a[16:a[2] << 8 | a[3]]  # the template's set
assert a.endswith(two[first:])
END

echo "sealed from files: two files are two sessions, and so are two runs"
nfseal archive -q -w files b.ipfix || fail "archive"
nfseal archive -q -w files c.ipfix a.ipfix || fail "archive"
stream files
expect 0 'over 4 connections' nfseal replay files --exact --to "tcp://127.0.0.1:$port" --rate 0
written files.1 files.2 files.3 files.4
[ "$(sums files.[1234])" = "$(sums [abc].ipfix a.ipfix)" ] || fail "files: $(ls -l files.? [abc].ipfix)"

echo "datagrams of IPFIX over TCP: each exporter's over one connection; other protocols stay, and say so"
"$fixtures/mkcapture" -c 100 in.pcap
for format in netflow9 ipfix netflow5; do
	sink $format
	# NetFlow 5 does not carry all of them
	expect $([ $format = netflow5 ] && echo 3 || echo 0) '' nfseal capture -q -r in.pcap -o "$to" --mtu 600 --format $format
	stop
done
python3 "$helper" weave netflow9.pcap ipfix.pcap woven.pcap || fail "no capture"
expect 0 '' nfseal collect -q -r woven.pcap -w mixed
expect 0 '' nfseal collect -q -r netflow5.pcap -w five
stream mixed
expect 3 'NOT SENT: [1-9][0-9]* datagrams of NetFlow 9, which is not spoken over connections' \
	nfseal replay mixed --exact --to "tcp://127.0.0.1:$port" --rate 0
expect 3 '"not_sent":\{"netflow9":[1-9]' nfseal replay mixed --exact --to "tcp://127.0.0.1:$port" --rate 0 --json --dry-run
expect 3 'NOT SENT: [1-9][0-9]* datagrams of NetFlow 5' nfseal replay five --exact --to "tcp://127.0.0.1:$port" --rate 0
written mixed.1
python3 "$helper" payload ipfix.pcap | cmp - mixed.1 || fail "IPFIX over TCP"
expect 2 'comes from this host' nfseal replay five --exact --to "tcp://127.0.0.1:$port" --spoof

echo "damage in one of the two files leaves the other"
damaged=$(find three -name '*.messages.ipfix.zst' | sort | head -n 1)
cp -r three hurt
damaged=hurt${damaged#three}
printf 'X' | dd of="$damaged" bs=1 seek=100 conv=notrunc 2>nul
stream hurt
expect 3 'differs' nfseal replay hurt --exact --to "tcp://127.0.0.1:$port" --rate 0 --json
[ "$(jq -r '"\(.damaged) \(.targets[0].datagrams > 10)"' out)" = "1 true" ] || fail "damage: $(cat out)"
finish
