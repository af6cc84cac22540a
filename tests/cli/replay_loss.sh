#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a network does to a replay: datagrams that get lost are exactly what the receiver's ledger
# misses, and the first templates among them cost nothing but the datagrams that are gone; targets
# that are dead, break off or never read hold up nobody, are named, and --resume goes on there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"

arrives() { # FILE
	for _ in $(seq 300); do [ -e "$1" ] && return; sleep 0.05; done
	fail "nothing came to $1"
}

"$fixtures/mkcapture" -c 400 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case 'ip'
columns=flow_start,flow_end,src_ip,dst_ip,src_port,dst_port,protocol,packets,bytes
rows() { nfseal show -q "$@" -o ndjson --columns $columns | sed 's/\([0-9]\{3\}\)[0-9]*Z/\1Z/g; s/0*Z/Z/g'; }

# drop.py IN OUT N [FIRST]: without each n-th datagram, from the first on that FIRST says; prints how many
# were dropped, and their records, as the protocol's sequence counts them
cat >drop.py <<'END'
import struct, sys
data, n, first = open(sys.argv[1], "rb").read(), int(sys.argv[3]), int(sys.argv[4])
out, at, i, dropped, units = [data[:24]], 24, 0, 0, 0
lengths = {}
def records(d):
    version = d[0] << 8 | d[1]
    if version == 5:
        return d[2] << 8 | d[3]
    if version == 9:
        return 1
    count, p = 0, 16
    while p < len(d):
        sid, size = struct.unpack_from(">HH", d, p)
        q = p + 4
        while sid in (2, 3) and q + 4 <= p + size:
            tid, fields = struct.unpack_from(">HH", d, q)
            q += 4 if sid == 2 else 6
            total = 0
            for _ in range(fields):
                total += struct.unpack_from(">H", d, q + 2)[0]
                q += 8 if d[q] & 0x80 else 4
            lengths[tid] = total
        if sid > 255:
            count += (size - 4) // lengths[sid]
        p += size
    return count
while at < len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    packet = data[at:at + 16 + size]
    u = records(packet[44:])
    last = at + 16 + size == len(data)  # nobody could know of one that is lost behind all others
    if i >= first and (i - first) % n == 0 and not last:
        dropped += 1
        units += u
    else:
        out.append(packet)
    at += 16 + size
    i += 1
open(sys.argv[2], "wb").write(b"".join(out))
print(dropped, units)
END

echo "each n-th datagram is lost: the receiver's ledger says exactly that"
for format in netflow5 netflow9 ipfix; do
	sink $format
	expect 0 '' nfseal replay case --to "$to" --format $format --mtu 512 --refresh 10 --lead 1ms --rate 5000d -q
	stop
	for n in 7 11; do
		read -r dropped units < <(python3 drop.py $format.pcap $format.$n.pcap $n 12) || fail "$format: $n"
		nfseal collect -q -r $format.$n.pcap -w $format.$n --json >out 2>err
		[ "$(jq -c '[.exporters[0] | .missed, .gaps, .late, .duplicates, .restarts]' out)" = "[$units,$dropped,0,0,0]" ] ||
			fail "$format without each ${n}th: $dropped datagrams, $units: $(jq -c '.exporters' out)"
	done
done

echo "the templates' first datagram is lost: a refresh brings them, and what waited is there"
for format in netflow9 ipfix; do
	python3 drop.py $format.pcap $format.first.pcap 100000 0 >first
	rm -rf $format.first
	nfseal collect -q -r $format.first.pcap -w $format.first --json >out 2>err
	[ "$(jq -c '[.records.waiting, .records.without_template]' out)" = '[0,0]' ] || fail "$format: $(jq -c .records out)"
	nfseal collect -q -r $format.pcap -w $format.whole 2>err
	# what the lost one had, and nothing else, is missing
	nfseal show -q $format.whole -o ndjson --columns $columns,datagram | grep -v '"datagram":1}' | sed 's/,"datagram":[0-9]*//' | sort >want
	nfseal show -q $format.first -o ndjson --columns $columns | sort >got
	[ -s want ] && diff -q want got >nul || fail "$format: $(wc -l <want) flows, $(wc -l <got) came"
done

echo "a healthy target beside one that refuses, one that is reset, one that is gone and one that never reads"
"$fixtures/mkcapture" -c 3000 more.pcap
expect 0 '' nfseal capture -q -r more.pcap -w big
nfseal show -q big -o ndjson --columns $columns | sed 's/\([0-9]\{3\}\)[0-9]*Z/\1Z/g; s/0*Z/Z/g' >archived
flows=$(wc -l <archived)
loops=30
for _ in $(seq $loops); do cat archived; done >all
sink healthy
healthy=$to
refused=udp://127.0.0.1:$(python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
stream reset break=300000 once=1
reset=$port
stream deaf deaf=1
deaf=$port
deaf_sink=$last
gone=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
targets=(--to "$healthy" --rate 200d --loop=1 --to "$refused" --loop=1 --to "tcp://127.0.0.1:$reset" --rate 0
	--to "tcp://127.0.0.1:$deaf" --rate 0 --to "tcp://127.0.0.1:$gone")
nfseal replay big --loop=$loops --patience 2s "${targets[@]}" --receipt receipt.json --json >out 2>err
[ $? = 3 ] || fail "the exit status: $(tail -n 3 err)"
stop
jq -e --argjson flows "$flows" '.targets | (.[0] | .complete and .settled == $flows and .unsent.datagrams == 0) and
	(.[1] | .complete == false and .refused_by_host > 0) and
	(.[2] | .complete == false and (.fault | test("refused|reset")) and .position > 0 and .unsent.records > 0) and
	(.[3] | .complete == false and (.fault | test("takes nothing any more")) and .unsent.records > 0) and
	(.[4] | .complete == false and (.fault | test("refused")) and .position == 0)' out >nul ||
	fail "the receipt: $(jq -c '.targets[] | [.to, .complete, .settled, .position, .refused_by_host, .unsent, .fault]' out)"
# the healthy one went at its own pace, whoever else waited
jq -e '(.targets[0] | .nanos >= (.datagrams - 10) / 200 * 1e9) and .targets[0].nanos < .targets[3].nanos' out >nul ||
	fail "the healthy one's pace: $(jq -c '.targets[] | [.datagrams, .nanos]' out)"
nfseal collect -q -r healthy.pcap -w came 2>nul
diff -q <(rows came | sort) <(sort archived) >nul || fail "the healthy one has other flows"

echo "--resume: each gets exactly the rest"
kill "$deaf_sink"
wait "$deaf_sink" 2>nul
sink again # what is done already is sent to nobody; the refused one's datagrams are gone
cp receipt.json before.json
for one in reset deaf gone; do
	stream new$one port="${!one}"
	[ "$port" = "${!one}" ] || fail "$one: not the same port"
done
nfseal replay big --loop=$loops --patience 20s "${targets[@]}" --resume receipt.json --json >out 2>err
[ $? = 0 ] || fail "resumed: $(tail -n 3 err)"
stop
i=2
for one in reset deaf gone; do
	arrives new$one.1
	rows new$one.1 >rest
	tail -n +$(($(jq ".targets[$i].position" before.json) + 1)) all >want
	cmp -s rest want || fail "$one: $(wc -l <rest) flows instead of the last $(wc -l <want): $(diff rest want | head -n 3)"
	i=$((i + 1))
done
# before it broke, the receiver that was reset had nothing that comes again but what it had not acknowledged
rows reset.1 2>nul >first
head -n "$(wc -l <first)" all | cmp -s - first || fail "what came before the reset"
finish
