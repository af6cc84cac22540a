#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --tunnels, --tunnel-port and --key tunnel as a person uses them: the columns in every format and in
# filters, both layers in an archive that every verifier accepts, and values that are wrong.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
verifier=$NFSEAL_SOURCE/tests/independent/verify.py

# Two networks of VXLAN with the same addresses, GRE with another key each way, and plain UDP.
python3 - <<'PY'
import struct
def ip(src, dst, protocol, payload, ident=1, fragment=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0,
                       bytes((192, 0, 2, src)), bytes((192, 0, 2, dst))) + payload
def udp(src, dst, payload):
    return struct.pack(">HHHH", src, dst, 8 + len(payload), 0) + payload
def tcp(src, dst, flags):
    return struct.pack(">HHIIBBHHH", src, dst, 1, 1, 0x50, flags, 1024, 0, 0)
def eth(payload, last=0):
    return bytes.fromhex("0200000000%02x0200000000%02x0800" % (last + 2, last + 1)) + payload
def vxlan(vni, frame, port=4789):
    return udp(50000, port, struct.pack(">II", 0x08000000, vni << 8) + frame)
inner = ip(11, 12, 6, tcp(1000, 80, 2))
frames = [
    eth(ip(1, 2, 17, vxlan(5, eth(inner, 0xa0)))),
    eth(ip(1, 2, 17, vxlan(6, eth(inner, 0xa0)))),
    eth(ip(1, 2, 17, vxlan(7, eth(inner, 0xa0), 9999))),
    eth(ip(3, 4, 47, struct.pack(">HHI", 0x2000, 0x800, 70) + ip(21, 22, 6, tcp(1, 2, 16)))),
    eth(ip(4, 3, 47, struct.pack(">HHI", 0x2000, 0x800, 71) + ip(22, 21, 6, tcp(2, 1, 16)))),
    eth(ip(5, 6, 17, udp(7, 8, b"plain"))),
]
with open("in.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for i, frame in enumerate(frames):
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame)
PY

# flows WANT WORDS...: the flows of a run, in short
flows() {
	local want=$1 got
	shift
	nfseal capture -q -r in.pcap -o run.ndjson "$@" || fail "capture $*"
	got=$(jq -r '[(.src_ip | sub("192.0.2"; "")), (.dst_ip | sub("192.0.2"; "")), .packets, .rev_packets,
	    .tunnel_type, .tunnel_id] | map(. // "-") | join(" ")' run.ndjson | sort | paste -sd,)
	[ "$got" = "$want" ] || fail "capture $*: $got instead of $want"
}
flows ".1 .2 1 0 - -,.11 .12 1 0 vxlan 5,.11 .12 1 0 vxlan 6,.21 .22 1 1 gre 70,.5 .6 1 0 - -"
flows ".1 .2 1 0 - -,.11 .12 1 0 vxlan 5,.11 .12 1 0 vxlan 6,.21 .22 1 1 gre 70,.5 .6 1 0 - -" --tunnels inner
flows ".1 .2 1 0 - -,.1 .2 2 0 - -,.3 .4 1 1 - -,.5 .6 1 0 - -" --tunnels outer
flows ".1 .2 1 0 - -,.11 .12 2 0 vxlan 5,.21 .22 1 1 gre 70,.5 .6 1 0 - -" --key ports
flows ".1 .2 1 0 - -,.11 .12 1 0 vxlan 5,.11 .12 1 0 vxlan 6,.21 .22 1 0 gre 70,.22 .21 1 0 gre 71,.5 .6 1 0 - -" \
	--key ports,vlan,tunnel
flows ".1 .2 2 0 - -,.11 .12 1 0 vxlan 7,.21 .22 1 1 gre 70,.5 .6 1 0 - -" --tunnel-port vxlan=9999
flows ".11 .12 1 0 vxlan 5,.11 .12 1 0 vxlan 6,.11 .12 1 0 vxlan 7,.21 .22 1 1 gre 70,.5 .6 1 0 - -" \
	--tunnel-port vxlan=9999,4789 --tunnel-port gtp-u=
flows ".1 .2 1 0 - -,.1 .2 2 0 - -,.21 .22 1 1 gre 70,.5 .6 1 0 - -" --tunnel-port vxlan=none
flows ".1 .2 1 0 - -,.1 .2 2 0 - -,.21 .22 1 1 gre 70,.5 .6 1 0 - -" --tunnel-port vxlan=1 --tunnel-port vxlan=

echo "both layers: exact, in every place"
nfseal capture -r in.pcap -w case --tunnels both --json >summary || fail "capture --tunnels both"
[ "$(jq -c '[.packets.read, .packets.metered, .metered_twice, .ip_bytes.metered, .flows.emitted]' summary)" = \
	'[6,6,4,599,7]' ] || fail "summary $(jq -c '[.packets, .metered_twice, .ip_bytes, .flows]' summary)"
jq -e '.tunnel_cut == 0 and .tunnel_depth == 0' summary >out || fail "tunnel_cut or tunnel_depth"
verdict VERIFIED case --deep
python3 "$verifier" case --genesis "$(jq -r .genesis summary)" --head \
	"$(jq -r '"\(.head.sequence):\(.head.manifest_sha256)"' summary)" >out || fail "verify.py: $(head -n 1 out)"
expect 0 'metered_twice: 4' nfseal info case
jq -e '.losses.metered_twice == 4' <(nfseal info --json case) >out || fail "info --json"
jq -r '.options[] | select(.name | startswith("tunnel")) | "\(.name)=\(.value)"' case/*/*/*/*.manifest.json >told
grep -qx 'tunnels=both' told && grep -q '^tunnel_ports=.*vxlan=4789.*geneve=6081' told ||
	fail "the manifest says $(paste -sd' ' told)"

echo "columns in formats and filters"
count() {
	local got
	got=$(nfseal show -q case -o ndjson "$2" | wc -l)
	[ "$got" = "$1" ] || fail "show '$2': $got flows instead of $1"
}
count 2 'tunnel_type = vxlan'
count 1 'tunnel_type = vxlan and tunnel_id = 6'
count 3 'tunnel_id > 4'
count 2 'src tun ip 192.0.2.1'
count 1 'tun ip 192.0.2.4'
nfseal show -q case -o csv "tunnel_id = 5" | grep -q 'vxlan,5,192.0.2.1,192.0.2.2' || fail "csv has no tunnel"
nfseal show -q case -o ndjson 'tunnel_type = gre' | jq -e '.other.reverseTunnel.id == 71' >out || fail "no way back"
expect 0 'tunnel_type, tunnel_id, tunnel_src_ip, tunnel_dst_ip' nfseal capture -r in.pcap -o t.ipfix

echo "wrong values"
expect 2 '--tunnels all: inner, outer or both is expected' nfseal capture -r in.pcap -w new --tunnels all
expect 2 'NAME=PORT.* is expected, of gre, mpls, vxlan' nfseal capture -r in.pcap -w new --tunnel-port vlan=1
expect 2 'NAME=PORT' nfseal capture -r in.pcap -w new --tunnel-port vxlan
expect 2 'NAME=PORT' nfseal capture -r in.pcap -w new --tunnel-port vxlan=1,
expect 2 'ports from 1 to 65535' nfseal capture -r in.pcap -w new --tunnel-port vxlan=0
expect 2 'ports from 1 to 65535' nfseal capture -r in.pcap -w new --tunnel-port vxlan=65536
expect 2 'ports from 1 to 65535' nfseal capture -r in.pcap -w new --tunnel-port vxlan=4789,none
expect 2 'more than 64 ports' nfseal capture -r in.pcap -w new --tunnel-port "vxlan=$(seq -s, 100 200)"
expect 2 'mpls, tunnel is expected' nfseal capture -r in.pcap -w new --key ports,tunnels
[ ! -e new ] || fail "an archive was made"
finish
