#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A filter that nfdump has too selects as many flows, packets and bytes here as there, and a
# ranking has the same order and numbers.
set -eu
for peer in nfcapd nfdump python3; do
	command -v $peer >/dev/null || { echo "$peer is not installed"; exit 77; }
done
export TZ=UTC
port=$(python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 800 -d 900 in.pcap
"$NFSEAL" capture -q --uniflow -r in.pcap -o flows.parquet
mkdir stored
nfcapd -w stored -b 127.0.0.1 -p "$port" -t 3600 -S 0 >nfcapd.log 2>&1 &
collector=$!
trap 'kill $collector 2>/dev/null' EXIT
for _ in $(seq 50); do
	python3 -c "import socket; socket.socket(type=socket.SOCK_DGRAM).bind(('127.0.0.1', $port))" 2>/dev/null || break
	sleep 0.1
done
"$NFSEAL" replay flows.parquet --unverified --to "udp://127.0.0.1:$port" --format netflow9 -q
sleep 1
kill -TERM $collector
while kill -0 $collector 2>/dev/null; do sleep 0.1; done
trap - EXIT

bad=0
while IFS= read -r filter; do
	ours=$("$NFSEAL" show -q flows.parquet -o csv --columns packets,bytes "$filter" |
		awk -F, 'NR > 1 { n++; p += $1; b += $2 } END { printf "%d %d %d", n, p, b }')
	theirs=$(nfdump -r stored/nfcapd.2* -q -N -o 'fmt:%pkt %byt' "$filter" |
		awk 'NF == 2 && $1 ~ /^[0-9]+$/ { n++; p += $1; b += $2 } END { printf "%d %d %d", n, p, b }')
	[ "$ours" = "$theirs" ] || { echo "$filter: $ours here, $theirs by nfdump"; bad=1; }
	[ "${ours%% *}" != 0 ] || echo "no flow: $filter"
done <<'END'
any
proto tcp
proto udp or proto icmp
ipv6
ipv4 and proto udp
src port 443
dst port > 1024 and proto tcp
port in [53 123]
not port 53
port > 1023 and port < 30000 and (proto tcp or proto udp)
bytes > 10k
bytes > 1M
packets = 1
packets < 3 and not proto tcp
src net 10.0.0.0/8
net 10.20.0.0/16 and dst port 443
net 10.0.0.0 255.0.0.0
dst net 203.0.113.0/24
flags S and not flags A
flags SA
not flags RF and proto tcp
flags FSPA
bpp > 1000
duration > 1500
(proto udp and dst port 53) or (proto tcp and bytes > 100k and not src port 443)
not (proto tcp or proto udp)
END

for statistic in srcip dstip proto; do
	"$NFSEAL" show -q flows.parquet -s $statistic/bytes -n 0 -o csv | tail -n +2 |
		awk -F, '{ print $1, $2, $3, $4 }' | sort >ours
	nfdump -r stored/nfcapd.2* -q -N -s $statistic/bytes -n 0 -o csv 2>/dev/null |
		awk -F, 'NR > 1 && NF > 10 { print $5, $6, $8, $10 }' |
		sort >theirs
	[ -s theirs ] || { echo "nfdump ranked nothing by $statistic"; bad=1; }
	cmp -s ours theirs || { diff ours theirs | head -n 10; echo "$statistic is ranked differently"; bad=1; }
done
exit $bad
