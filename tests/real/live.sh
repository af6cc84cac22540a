#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Real traffic, replayed on a wire by tcpreplay: what is metered live is what is metered from the
# file, names read from the packets included.
. "$NFSEAL_SOURCE/tests/cli/net.sh"
captures=$NFSEAL_CAPTURES/packets/nDPI
[ -d "$captures" ] || skip "no captures in NFSEAL_CAPTURES"
command -v tcpreplay >/dev/null || skip "no tcpreplay"
for i in a0 a1; do ip link set "$i" mtu 65000; done
# By key and direction: times are another's, and so is where timeouts cut a flow.
sums() {
	nfseal show "$1" -o ndjson 2>/dev/null | jq -c '[.src_ip, .src_port, .dst_ip, .dst_port, .protocol, .tls_server_name, .dns_query, .http_host, .quic_version,
		.packets, .bytes, .rev_packets, .rev_bytes]' | sort
}
tested=0
for name in instagram http_ipv6 http_auth quic-24 dns_exfiltration; do
	file=$captures/$name.pcap
	[ -e "$file" ] || continue
	# Whatever the times, a flow is one: only its first packet and its end decide.
	nfseal capture -q -r "$file" -o "$name.parquet" --idle 100d --active 0 --linger 0 --dpi || fail "$name: from the file"
	start "$name" nfseal capture -i a1 -w "$name" --idle 100d --active 0 --linger 0 --dpi --json
	tcpreplay -q -i a0 --mbps 50 "$file" >replay 2>&1 || fail "tcpreplay: $(tail -n 2 replay)"
	sleep 0.3
	stop "$name" 0
	sums "$name.parquet" >want
	sums "$name" >got
	cmp -s want got || fail "$name: live and file differ: $(diff want got | head -n 4)"
	[ -s want ] || fail "$name: no flows"
	jq -s -e 'any(.[]; .[5:9] | any(. != null))' got >/dev/null || fail "$name: no name was read: $(head -n 2 got)"
	verdict VERIFIED "$name"
	tested=$((tested + 1))
done
[ $tested = 5 ] || fail "only $tested of the captures are there"
finish
