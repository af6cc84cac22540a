#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What softflowd, YAF, pmacct's nfprobe and nfreplay export, live and faster and faster: the ledger
# and the rows have just what each says that it sent; nothing is missed, twice or malformed.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need softflowd nfpcapd nfdump nfreplay python3 jq
yaf=$(command -v "${NFSEAL_YAF:-yaf}" || true)

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 2000 -d 900 in.pcap

# collected NAME COMMAND...: the exporter's run, once the collector is there, and until all is in
collected() {
	local name=$1 before after=-1
	shift
	port=$(free_port)
	"$NFSEAL" collect -p "$port" -w "$name" --state state --json >"$name.json" 2>"$name.err" &
	echo $! >"$name.pid"
	trap reap EXIT
	for _ in $(seq 100); do bound "$port" && break; sleep 0.1; done
	sleep 0.3
	"$@" >"$name.out" 2>&1 || { echo "$name:"; cat "$name.out"; return 1; }
	# all is in when the kernel holds nothing for the port, twice
	for _ in $(seq 50); do
		before=$after
		after=$(awk -v p=":$(printf %04X "$port")" '$2 ~ p "$" { print $5 }' /proc/net/udp /proc/net/udp6 2>/dev/null)
		[ "$before" = "$after" ] && [ "${after#*:}" = 00000000 ] && break
		sleep 0.1
	done
	stop "$name"
	jq -e '([.exporters[] | .missed + .gaps + .late_messages + .duplicates + .restarts] | add) == 0 and
		.datagrams.received == .datagrams.kept and .datagrams.kept == .datagrams.decoded and
		.datagrams.kernel_dropped == 0 and .records.without_template == 0' "$name.json" >nul ||
		{ echo "$name: $(cat "$name.json")"; return 1; }
	rows=$(jq .records.decoded "$name.json")
	received=$(jq .datagrams.received "$name.json")
}

# same NAME WHAT GOT SENT
same() {
	[ "$3" = "$4" ] || { echo "$1: $2: $3 of $4"; cat "$1.json"; exit 1; }
}

soft() { softflowd -d -r in.pcap -v "$1" -n "127.0.0.1:$port" -p "$PWD/soft.pidfile" -c none -m 1000000; }
for version in 5 9 10; do
	collected "softflowd$version" soft $version
	told=$(grep -o 'Flows exported: .*' "softflowd$version.out")
	same "softflowd$version" records "$rows" "$(echo "$told" | sed 's/.*(\([0-9]*\) records).*/\1/')"
	same "softflowd$version" datagrams "$received" "$(echo "$told" | sed 's/.* in \([0-9]*\) packets.*/\1/')"
done

if [ -n "$yaf" ]; then
	probe() { "$yaf" --in in.pcap --out 127.0.0.1 --ipfix udp --ipfix-port "$port" --verbose; }
	collected yaf probe
	same yaf flows "$rows" "$(sed -n 's/.*Processed [0-9]* packets into \([0-9]*\) flows.*/\1/p' yaf.out)"
fi

if command -v pmacctd >/dev/null; then
	"$NFSEAL" capture -q -r in.pcap -o whole.ndjson --uniflow --active 0 --idle 1000h
	probe() {
		printf '%s\n' "daemonize: false" "plugins: nfprobe" "nfprobe_receiver: 127.0.0.1:$port" "nfprobe_version: $1" \
			"pcap_savefile: in.pcap" "aggregate: src_host,dst_host,src_port,dst_port,proto,tos" >pmacct.conf
		timeout 20 pmacctd -f pmacct.conf
	}
	for version in 9 10; do
		collected "pmacct$version" probe $version
		same "pmacct$version" "packets" "$("$NFSEAL" show -q "pmacct$version" --state state -o ndjson | jq -s 'map(.packets) | add')" \
			"$(jq -s 'map(.packets) | add' whole.ndjson)"
	done
fi

# nfreplay, at three rates: the last is as fast as it goes
mkdir nf
nfpcapd -r in.pcap -w nf -t 3600 >nfpcapd.out 2>&1 || { cat nfpcapd.out; exit 1; }
again() { for file in nf/nfcapd.2*; do nfreplay -r "$file" -H 127.0.0.1 -p "$port" -v "$1" -d "$2"; done; }
count() { for file in nf/nfcapd.2*; do nfdump -r "$file" -q -o 'fmt:%sa' "$1"; done | wc -l; }
for rate in "9 300" "9 50" "9 0" "5 0"; do
	version=${rate% *}
	name=nfreplay-$version-${rate#* }
	collected "$name" again $rate
	same "$name" flows "$rows" "$(count "$([ "$version" = 5 ] && echo ipv4 || echo any)")"
done
