#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Real captures become the segments of one archive, and Parquet files of their own.  DuckDB reads
# all segments as one table, without options, and hyparquet each: what `show` prints as ndjson
# and csv, row for row.
set -eu
here=$NFSEAL_SOURCE/tests/interop
packets=$NFSEAL_CAPTURES/packets
command -v node >/dev/null 2>&1 || { echo "node is not here: DuckDB and hyparquet are left out"; exit 77; }
[ -d "$here/node_modules/hyparquet" ] && [ -d "$here/node_modules/@duckdb" ] ||
	{ echo "DuckDB and hyparquet are not here: make peers installs them"; exit 77; }
[ -d "$packets" ] || { echo "no captures at NFSEAL_CAPTURES"; exit 77; }

# Both families, tags and labels, fragments, every transport, other links, nanoseconds, the ends
# of time, and what has no flows at all.
captures="PcapPlusPlus/4KHttpRequests.pcap PcapPlusPlus/ICMPv6_echos.cap PcapPlusPlus/VlanPackets.pcap
PcapPlusPlus/frag_http_req.pcap PcapPlusPlus/ip6_fragments.pcap PcapPlusPlus/nanosecs.pcap
arkime/ah-esp.pcap arkime/gtp-iphone.pcap arkime/mpls-basic.pcap arkime/twovlan.pcap arkime/v6.pcap
community-id-spec/combined.pcap.gz joy/firefox58.pcap libpcap/AH-IPcomp-IPv4.pcap nDPI/6in4tunnel.pcap
nDPI/KakaoTalk_talk.pcap nDPI/anyconnect-vpn.pcap nDPI/custom_categories.pcapng nDPI/hsrp2_ipv6.pcapng
nDPI/sctp.cap tcpdump/IGMP_V2.pcap tcpdump/OSPFv3_with_AH.pcap tcpdump/babel.pcap
tcpdump/dccp_partial_csum_v4_simple.pcap tcpdump/dccp_partial_csum_v6_simple.pcap
tcpdump/icmpv6-RFC2894-RR.pcap tcpdump/ipv6-routing-header.pcap tcpdump/lspping-fec-ldp.pcap
tcpdump/tcp-handshake-nano.pcap tcpdump/time_2038.pcap tcpdump/time_2106_max.pcap tcpreplay/test.pcap
wireshark/dhcp-nanosecond.pcap wireshark/dhcp-nanosecond.pcapng wireshark/netperfmeter.pcapng.gz
zeek/communityid/icmp6.pcap zeek/communityid/sctp.pcap zeek/http-qinq-0.pcap
zeek/igmp/igmp-many-groups.pcap zeek/ipv4/fragmented-3.pcap zeek/mixed-vlan-mpls.pcap
zeek/ppp/quic-interop-retry.pcap zeek/pppoe.pcap"

# The first packet's time set to zero: flows that begin with 1970.
head -c 24 "$packets/tcpdump/time_2038.pcap" >zero.pcap
head -c 8 /dev/zero >>zero.pcap
tail -c +33 "$packets/tcpdump/time_2038.pcap" >>zero.pcap

n=0
for capture in zero.pcap $captures; do
	case $capture in zero.pcap) file=$capture ;; *) file=$packets/$capture ;; esac
	[ -f "$file" ] || { echo "NFSEAL_CAPTURES lacks $capture"; exit 77; }
	n=$((n + 1))
	"$NFSEAL" capture -q -r "$file" -w case -o $n.parquet -o $n.capture.ndjson -o $n.capture.csv
	"$NFSEAL" show -q $n.parquet -o ndjson >$n.ndjson
	"$NFSEAL" show -q $n.parquet -o csv >$n.csv
	cmp $n.ndjson $n.capture.ndjson
	cmp $n.csv $n.capture.csv
done
# One that takes many segments, and the silence between them.
"$NFSEAL" capture -q -r "$packets/nDPI/KakaoTalk_talk.pcap" -w case -t 10s
[ "$(find case -name '*.flows.parquet' | wc -l)" -gt $((n + 5)) ]
"$NFSEAL" verify --deep case >verdict || { cat verdict; exit 1; }

"$NFSEAL" show -q case -o ndjson >case.ndjson
"$NFSEAL" show -q case -o csv >case.csv
[ "$(wc -l <case.ndjson)" -gt 800 ]
for family in '"ip_version":6' '"vlan":' '"inner_vlan":' '"mpls_label":' '"protocol":132' '"protocol":33' \
    '"icmp_type":' '"flow_start_ns":' '"flow_start":"1970-' '"flow_start":"2106-' '"rev_packets":[1-9]'; do
	grep -q "$family" case.ndjson || { echo "no flow has $family"; exit 1; }
done
node "$here/real_parquet.mjs" "$NFSEAL_SOURCE/flow/columns.def" $n
