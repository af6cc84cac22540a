#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Rotation in packet time: the same flows as in one segment, identities that hand over from
# segment to segment, silence that is visible; layouts, counts and closing.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
"$fixtures/mkcapture" -c 600 -d 900 one.pcap
manifests() { find "$1" -name '*.manifest.json' | sort -t- -k2; }

nfseal capture -q -r one.pcap -w whole || fail "whole"
nfseal capture -q -r one.pcap -w parts -t 5m || fail "rotated"
for a in whole parts; do
	nfseal show $a -o ndjson 2>/dev/null | sort >$a.ndjson
	verdict VERIFIED $a
	nfseal verify --deep $a >out 2>err || fail "verify --deep $a: $(tail -n 2 out)"
done
cmp -s whole.ndjson parts.ndjson || fail "rotation changed the flows: $(diff whole.ndjson parts.ndjson | head -n 2)"
[ "$(wc -l <whole.ndjson)" -gt 500 ] || fail "too few flows to tell"
[ "$(manifests parts | wc -l)" -ge 3 ] || fail "not rotated"

# What a segment carries out, the next carries in; intervals follow each other and are aligned.
manifests parts | xargs jq -s -e '
	([.[:-1], .[1:]] | transpose | all(.[0].flows.carried_out == .[1].flows.carried_in
		and .[0].ip_bytes.carried_out == .[1].ip_bytes.carried_in
		and .[0].flow_packets.carried_out == .[1].flow_packets.carried_in
		and .[0].interval.to == .[1].interval.from))
	and (.[:-1] | all((.interval.to[:-9] | tonumber) % 300 == 0))
	and .[0].flows.carried_in == 0 and .[-1].flows.carried_out == 0' >/dev/null ||
	fail "the identities do not hand over"
[ "$(manifests parts | xargs jq -s 'map(.packets.read) | add')" = "$(manifests whole | xargs jq .packets.read)" ] ||
	fail "packets of the parts"
# Only the last manifest can have the whole input's hash, and it has it.
[ "$(manifests parts | tail -n 1 | xargs jq -r '.source.inputs[0].sha256')" = "$(sha256sum one.pcap | cut -d' ' -f1)" ] ||
	fail "hash in the last manifest"

# Two captures an hour apart: the silence between them is one segment with its from and to.
cat >shift.py <<'PY'
import struct, sys
data = open(sys.argv[1], 'rb').read()
out, at = bytearray(data[:24]), 24
while at < len(data):
    s, us, cap, wire = struct.unpack_from('<IIII', data, at)
    out += struct.pack('<IIII', s + int(sys.argv[3]), us, cap, wire) + data[at + 16:at + 16 + cap]
    at += 16 + cap
open(sys.argv[2], 'wb').write(out)
PY
python3 shift.py one.pcap later.pcap 7200
nfseal capture -q -r one.pcap -r later.pcap -w silent -t 5m || fail "silent"
verdict VERIFIED silent
manifests silent | xargs jq -s -e 'map(select(.packets.read == 0)) | length == 1 and
	((.[0].interval.to[:-9] | tonumber) - (.[0].interval.from[:-9] | tonumber)) > 3600' >/dev/null ||
	fail "the silence is not one segment"

echo "layouts as nfcapd's"
i=0
for stem in '' '2025/11/23/' '2025/11/23/08/' '2025/46/7/' '2025/46/7/08/' '2025/327/' '2025/327/08/' '2025-11-23/' '2025-11-23/08/'; do
	nfseal capture -q -r one.pcap -w layout$i -S $i || fail "layout $i"
	[ -e "layout$i/${stem}20251123T080000Z-00000001.manifest.json" ] || fail "layout $i: $(manifests layout$i)"
	verdict VERIFIED layout$i
	i=$((i + 1))
done
expect 2 '0 to 8' nfseal capture -q -r one.pcap -w layout9 -S 9

echo "counts, ways, closing"
expect 0 '' nfseal capture -r one.pcap -o /dev/null --format csv -c 100 --json
[ "$(jq .packets.read out)" = 100 ] || fail "-c 100 read $(jq .packets.read out)"
[ "$(jq '.inputs[0].sha256' out)" = null ] || fail "the hash of a part was given as the input's"
nfseal capture -q -r one.pcap -o uni.ndjson --uniflow
nfseal capture -q -r one.pcap -o bi.ndjson
[ "$(jq -s 'map(.packets) | add' uni.ndjson)" = "$(jq -s 'map(.packets + .rev_packets) | add' bi.ndjson)" ] || fail "uniflow packets"
[ "$(jq -s 'map(select(.rev_packets != null)) | length' uni.ndjson)" = 0 ] || fail "a uniflow has a reverse"
nfseal capture -q -r one.pcap -w parts --close || fail "close"
expect 2 'closed' nfseal capture -q -r one.pcap -w parts
[ "$(nfseal verify parts --json --state nowhere --genesis "$(sha256sum parts/genesis.json | cut -d' ' -f1)" | jq -r '.verdict + " " + .anchor')" = 'VERIFIED closed' ] ||
	fail "a closed archive needs no head"

echo "the same input gives the same bytes"
for j in 1 2 4; do nfseal capture -q -r one.pcap -o same$j.parquet -j $j; done
cmp same1.parquet same2.parquet && cmp same1.parquet same4.parquet || fail "the threads change the bytes"
cmp same1.parquet "$(find whole -name '*.flows.parquet')" || fail "the archive changes the bytes"
finish
