#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every command in the README's sh blocks runs as it stands there.
set -eu
PATH=$(dirname "$NFSEAL"):$PATH
"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 400 evidence.pcap
"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 300 -d 400 -S 2 monday.pcap
"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 300 -d 400 -S 3 tuesday.pcap
# A capture of what an exporter sends.
"$NFSEAL" capture -q -r monday.pcap -o flows.ipfix
python3 - <<'END'
import struct
data, at, packets = open("flows.ipfix", "rb").read(), 0, []
while at < len(data):
    length = struct.unpack_from(">H", data, at + 2)[0]
    udp = struct.pack(">HHHH", 40000, 4739, 8 + length, 0) + data[at:at + length]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    packets.append(ip + udp)
    at += length
with open("exports.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for i, p in enumerate(packets):
        out.write(struct.pack("<IIII", 1795420800 + i, 0, len(p), len(p)) + p)
END
gzip monday.pcap
zstd -q tuesday.pcap

# The collector that the README replays to.
python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 2055))
open("listening", "w").close()
time.sleep(120)' &
collector=$!
trap 'kill $collector' EXIT
for _ in $(seq 100); do [ -e listening ] && break; sleep 0.05; done
[ -e listening ] || { echo "UDP port 2055, to which the README replays, is taken"; exit 1; }

awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$NFSEAL_SOURCE/README.md" >commands
[ "$(wc -l <commands)" -ge 12 ] || { echo "the README's commands were not found"; exit 1; }
while IFS= read -r line; do
	# The receipt's values, as a person would copy them.
	if [ -e case42/genesis.json ]; then
		GENESIS=$(nfseal verify case42 --json | jq -r .genesis)
		HEAD=$(nfseal verify case42 --json | jq -r '"\(.head.sequence):\(.head.manifest_sha256)"')
	fi
	echo "\$ $line"
	eval "$line" || { echo "exit $?: $line"; exit 1; }
done <commands
[ -s flows.parquet ] && [ -s flows.csv ] && [ -s flows.cef ] && [ -s flows.ecs ]
[ "$(nfseal verify case43 --json | jq -r .verdict)" = VERIFIED ]
