#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# capture --dpi, --payload, --community-id, --dedup: what is asked for is filled in and told in the
# manifest, in every format; nothing else is; what is wrong is refused before anything is made.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
here=$NFSEAL_SOURCE/tests/cli
"$fixtures/mkcapture" -c 200 -d 60 in.pcap
deep="client_rtt_us server_rtt_us retransmitted rev_retransmitted out_of_order rev_out_of_order
payload_packets payload_bytes rev_payload_packets rev_payload_bytes"

# flows OPTION...: ndjson of in.pcap
flows() { nfseal capture -q -r in.pcap -o - --format ndjson "$@" || fail "capture $*"; }
# filled FILE COLUMN: rows that have it
filled() { jq -c "select(.$2 != null)" "$1" | wc -l; }

flows >plain.ndjson
flows --dpi=tcp >tcp.ndjson
flows --payload 24 >payload.ndjson
flows --community-id >id.ndjson
flows --community-id=1 >id1.ndjson
flows --dpi --payload 24 --community-id >all.ndjson
for column in $deep payload rev_payload community_id; do
	[ "$(filled plain.ndjson $column)" = 0 ] || fail "$column without being asked for"
done
for column in $deep; do
	[ "$column" = client_rtt_us ] || [ "$(filled tcp.ndjson $column)" -gt 20 ] || fail "no $column"
	[ "$(filled payload.ndjson $column)" = 0 ] || fail "$column with --payload"
	[ "$(jq -c ".$column" tcp.ndjson)" = "$(jq -c ".$column" all.ndjson)" ] || fail "$column differs"
done
[ "$(filled tcp.ndjson payload)" = 0 ] || fail "payload with --dpi=tcp"
[ "$(filled payload.ndjson payload)" -gt 20 ] || fail "no payload"
[ "$(jq -c .payload payload.ndjson)" = "$(jq -c .payload all.ndjson)" ] || fail "payload differs"
# two hexadecimal digits an octet
jq -e 'select(.payload) | (.payload | length) <= 48' payload.ndjson | grep -q false && fail "a long payload"
[ "$(filled id.ndjson community_id)" -gt 100 ] || fail "no community_id"
[ "$(jq -c .community_id id.ndjson)" = "$(jq -c .community_id all.ndjson)" ] || fail "community_id differs"
[ "$(jq -r 'select(.community_id) | .community_id' id.ndjson id1.ndjson | sort -u | wc -l)" = \
	"$((2 * $(jq -r 'select(.community_id) | .community_id' id.ndjson | sort -u | wc -l)))" ] ||
	fail "the seed makes no difference"
# with all of it, nothing else is another
[ "$(jq -c '{src_ip,dst_ip,src_port,dst_port,packets,bytes,rev_packets,rev_bytes,flow_start,flow_end}' all.ndjson)" = \
	"$(jq -c '{src_ip,dst_ip,src_port,dst_port,packets,bytes,rev_packets,rev_bytes,flow_start,flow_end}' plain.ndjson)" ] ||
	fail "the flows differ"
# payload octets are no more than IP's
jq -e 'select(.payload_bytes) | .payload_bytes <= .bytes and .rev_payload_bytes <= .rev_bytes' tcp.ndjson |
	grep -q false && fail "more payload than bytes"
flows --dpi=tcp --uniflow >uni.ndjson
for column in client_rtt_us server_rtt_us rev_retransmitted rev_payload_bytes; do
	[ "$(filled uni.ndjson $column)" = 0 ] || fail "$column of one direction"
done
[ "$(jq -s 'map(.payload_bytes // 0) | add' uni.ndjson)" = \
	"$(jq -s 'map((.payload_bytes // 0) + (.rev_payload_bytes // 0)) | add' tcp.ndjson)" ] ||
	fail "one way, the payload is another"

# the options in force stand in the manifest, whichever they are
expect 0 '' nfseal capture -q -r in.pcap -w other --dedup=5ms --dpi
jq -e '.options | map({(.name): .value}) | add | .dpi == "tcp,dns,tls,quic,http,ssh" and
    .payload == "0" and .community_id == "false" and .dedup == "5000000ns"' \
	other/*/*/*/*.manifest.json >/dev/null || fail "the manifest does not name the options"

# the archive, and what of it IPFIX has elements for
expect 0 '' nfseal capture -q -r in.pcap -w case --dpi=tcp --payload 24 --community-id=7
expect 0 '' nfseal verify -q case
jq -e '.options | map({(.name): .value}) | add | .dpi == "tcp" and .payload == "24" and
    .community_id == "true" and .community_id_seed == "7" and .dedup == "0ns"' \
	case/*/*/*/*.manifest.json >/dev/null || fail "the manifest does not name the options"
nfseal show -q case -o ndjson >case.ndjson
for column in $deep payload rev_payload; do
	[ "$(jq -c ".$column" case.ndjson)" = "$(jq -c ".$column" all.ndjson)" ] || fail "$column of the archive"
done
id=$(jq -r 'select(.community_id) | .community_id' case.ndjson | head -n 1)
[ "$(nfseal show -q case "community_id = \"$id\"" -o ndjson | jq -r .community_id | sort -u)" = "$id" ] ||
	fail "a filter by community_id"
[ "$(nfseal show -q case 'payload_bytes > 100' -o ndjson | wc -l)" = \
	"$(jq -c 'select(.payload_bytes != null and .payload_bytes > 100)' case.ndjson | wc -l)" ] ||
	fail "a filter by payload_bytes"
nfseal show -q case -o csv >case.csv
head -n 1 case.csv | grep -q ',community_id,client_rtt_us,.*,payload,rev_payload,' || fail "csv lacks columns"
expect 0 'IPFIX has no element for the columns .*community_id, client_rtt_us, server_rtt_us, retransmitted, rev_retransmitted, out_of_order, rev_out_of_order$' \
	nfseal capture -r in.pcap -o out.ipfix --dpi=tcp --payload 24 --community-id
nfseal show -q out.ipfix -o ndjson >ipfix.ndjson
for column in payload_packets payload_bytes rev_payload_packets rev_payload_bytes payload rev_payload; do
	[ "$(jq -c ".$column" ipfix.ndjson)" = "$(jq -c ".$column" all.ndjson)" ] || fail "$column by IPFIX"
done

# every packet twice, the copies seen behind a router, in a VLAN, some before their packet
python3 "$here/depth.py" in.pcap twice.pcap || fail "depth.py"
expect 0 '' nfseal capture -r in.pcap -o plain.ndjson --json --dedup --key ports
once=$(jq -c '[.packets.read, .packets.metered, .packets.rejected.duplicate, .packets.rejected.not_ip]' out)
expect 0 '' nfseal capture -r twice.pcap -o twice.ndjson --json --dedup --key ports
jq -e --argjson once "$once" '.packets.metered == $once[1] and
    .packets.rejected.duplicate == $once[2] + $once[0] - $once[3]' out >/dev/null ||
	fail "not all copies were found: $(jq -c .packets out), of $once"
for part in packets bytes rev_packets rev_bytes src_ip dst_ip src_port dst_port; do
	[ "$(jq -c ".$part" twice.ndjson)" = "$(jq -c ".$part" plain.ndjson)" ] || fail "$part with --dedup"
done
expect 0 '' nfseal capture -r twice.pcap -o twice1.ndjson --json --dedup --key ports -j 1
cmp -s twice.ndjson twice1.ndjson || fail "-j 1 finds others"
expect 0 '' nfseal capture -r twice.pcap -o narrow.ndjson --json --dedup=10us
[ "$(jq .packets.rejected.duplicate out)" -lt 50 ] || fail "--dedup=10us takes what is farther apart"

expect 2 '--dpi=: a list of tcp,.* is expected' nfseal capture -r in.pcap -o x.ndjson --dpi=
expect 2 '--dpi=tcp,: a list of' nfseal capture -r in.pcap -o x.ndjson --dpi=tcp,
expect 2 '--dpi=tcp,foo: a list of' nfseal capture -r in.pcap -o x.ndjson --dpi=tcp,foo
expect 2 'a number from 1 to 4096' nfseal capture -r in.pcap -o x.ndjson --payload 0
expect 2 'a number from 1 to 4096' nfseal capture -r in.pcap -o x.ndjson --payload 4097
expect 2 'needs an argument' nfseal capture -r in.pcap -o x.ndjson --payload
expect 2 'a number from 0 to 65535' nfseal capture -r in.pcap -o x.ndjson --community-id=65536
expect 2 'a number from 0 to 65535' nfseal capture -r in.pcap -o x.ndjson --community-id=
for window in 0 61s -1 x ''; do
	expect 2 'a time such as 500us or 10ms' nfseal capture -r in.pcap -o x.ndjson "--dedup=$window"
done
[ ! -e x.ndjson ] || fail "a refused command made its output"
expect 0 '' nfseal capture -q -r in.pcap -o x.ndjson --dpi=tcp,tcp --payload 4096 --dedup=60s --community-id=65535
finish
