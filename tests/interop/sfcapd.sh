#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The same sFlow datagrams to sfcapd and to `collect`: as many flows, and packets and octets that are its own
# once each sample is multiplied by its interval; sfcapd counts the octets of the frame, not of IP.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need sfcapd nfdump python3 jq
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$NFSEAL_SOURCE/tests/cli

# send PORT: 60 datagrams of three samples, in either encoding, IPv4, IPv6, tagged
send() {
	python3 - "$1" <<'PY'
import socket, struct, sys, time
from sflows import datagram, flow, frame, header, record, u

def frame6(n):
    ip = struct.pack(">IHBB", 6 << 28, 28, 17, 64) + bytes(15) + bytes([n + 1]) + bytes(15) + b"\2"
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x86\xdd" + ip + struct.pack(">HHHH", 1000 + n, 53, 28, 0) + bytes(20)

def tagged(n):
    f = frame(n)
    return f[:12] + b"\x81\0\0\x0a" + f[12:]

def expanded(sequence, records, rate):
    return record(3, u(sequence, 0, 7, rate, sequence * rate, 0, 0, 70000, 0, 80000, len(records)) + b"".join(records))

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(60):
    s.sendto(datagram(i, 1000 * i, [flow(2 * i, [header(frame(i), 200 + i)], rate=512),
                                    flow(2 * i + 1, [header(frame6(i), 90)], rate=512),
                                    expanded(i, [header(tagged(i), 300)], 1000 + i)]), ("127.0.0.1", int(sys.argv[1])))
    time.sleep(0.002)
PY
}

port=$(free_port)
mkdir theirs
start theirs sfcapd -w theirs -b 127.0.0.1 -p "$port" -t 3600 -S 0
send "$port"
# it has taken all that the kernel held for it
for _ in $(seq 200); do
	awk -v port=":$(printf %04X "$port")" 'substr($2, length($2) - 4) == port { split($5, queue, ":"); print queue[2] }' \
		/proc/net/udp | grep -qv '^0*$' || break
	sleep 0.05
done
sleep 0.2
stop theirs
nfdump -q -N -r theirs/nfcapd.2* -o 'fmt:%sa|%da|%sp|%dp|%pr|%pkt|%byt|%in|%out' | tr -d ' ' | sort >theirs.txt

port=$(free_port)
start ours "$NFSEAL" collect -p "$port" -w ours --json
send "$port"
for _ in $(seq 100); do
	kill -USR1 "$(cat ours.pid)"
	grep -q '60 datagrams' ours.log && break
	sleep 0.05
done
stop ours
"$NFSEAL" show -q ours -o ndjson | jq -r '[.src_ip, .dst_ip, .src_port, .dst_port, .protocol,
	.packets * .sampling_interval, .other.sampled_header.frame_length * .sampling_interval, .in_if, .out_if] |
	map(tostring) | join("|")' | sort >ours.txt
# a protocol by its name there; IPv6 may be written longer
python3 - <<'PY'
import ipaddress
def rows(name):
    for line in open(name):
        f = line.strip().split("|")
        f[4] = {"UDP": "17"}.get(f[4], f[4])
        yield [str(ipaddress.ip_address(f[0])), str(ipaddress.ip_address(f[1])), *f[2:]]
ours, theirs = sorted(rows("ours.txt")), sorted(rows("theirs.txt"))
assert len(ours) == 180, len(ours)
assert ours == theirs, [p for p in zip(ours, theirs) if p[0] != p[1]][:3]
PY
