#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Live capture on a wire: what is sent is what is accounted for, through rotations under load.
. "$NFSEAL_SOURCE/tests/cli/net.sh"

echo "every packet through rotations under load"
start load nfseal capture -i a1 -w load -t 1 --json
"$blast" a0 120000 50000 3000 >sent || fail "blast"
kill -s HUP $pid
"$blast" a0 5000 50000 10 >>sent
sleep 0.5
stop load 0
[ "$(jq -c '[.packets.read, .packets.metered, .inputs[0].kernel_received, .inputs[0].kernel_dropped]' load.out)" = '[125000,125000,125000,0]' ] ||
	fail "counts: $(jq -c '[.packets, .inputs]' load.out)"
verdict VERIFIED load
[ "$(python3 "$NFSEAL_SOURCE/tests/independent/verify.py" load --genesis "$(jq -r .genesis load.out)" \
	--head "$(jq -r '"\(.head.sequence):\(.head.manifest_sha256)"' load.out)" | head -n 1)" = VERIFIED ] || fail "the second verifier disagrees"
nfseal verify --deep load >out 2>err || fail "verify --deep: $(tail -n 2 out)"
[ "$(nfseal show load -o ndjson 2>/dev/null | jq -s 'map(.packets) | add')" = 125000 ] || fail "packets of the flows"
[ "$(manifests load | wc -l)" -ge 4 ] || fail "not rotated: $(manifests load)"
# Intervals follow each other, end on the clock of the day but where SIGHUP or the end said
# otherwise, and each segment says what it read: the inputs' packets and octets are its own.
manifests load | xargs jq -s -e '
	([.[:-1], .[1:]] | transpose | all(.[0].interval.to == .[1].interval.from
		and .[0].flows.carried_out == .[1].flows.carried_in))
	and (map(.packets.read) | add) == 125000
	and all(.source.kind == "interface" and .packets.read == .source.inputs[0].packets)
	and (map(.source.inputs[0].size) | add) == 125000 * 60
	and (map(.losses.kernel_received) | add) == 125000
	and ([.[:-1][] | select((.interval.to | tonumber) % 1000000000 != 0)] | length) == 1' >out ||
	fail "manifests: $(manifests load | xargs jq -c '[.interval, .packets.read, .source, .losses]')"
manifests load | head -n 1 | xargs jq -c '.options | map(select(.name | test("^(ring|snap_length|promiscuous|filter_in|interface.0)"))) | map(.name + "=" + .value)' >out
[ "$(cat out)" = '["filter_in=kernel","ring=33554432","snap_length=256","promiscuous=true","interface.0.name=a1","interface.0.link_type=1","interface.0.snap_length=256","interface.0.precision=1ns"]' ] ||
	fail "options: $(cat out)"
grep -q 'sealed .*head [0-9]*:[0-9a-f]\{64\}' load.err || fail "no head was told"

echo "a status line; flows end by the clock; silence"
start idle nfseal capture -i a1 -w idle -t 1 --idle 1s --json
"$blast" a0 100 0 100 >/dev/null
until_true 6 grep -q '100 flows' idle.err &
for _ in $(seq 6); do kill -s USR1 $pid; sleep 0.5; done
wait $! || true
grep -qE 'a1: 100 packets, [0-9]+ a second, 0 dropped, 100 flows, segment [0-9] since 20..-' idle.err || fail "status: $(cat idle.err)"
grep -q 'a1: 100 packets, 0 a second, 0 dropped, 0 flows' idle.err || fail "no flow ended by the clock: $(cat idle.err)"
sleep 2
stop idle 0 INT
[ "$(jq -c .flows.emitted idle.out)" = 100 ] || fail "flows: $(jq -c .flows idle.out)"
manifests idle | xargs jq -s -e '(map(.packets.read) | add) == 100 and (map(.flows.emitted) | add) == 100
	and length <= 6 and (.[-1] | .packets.read == 0 and .flows.emitted == 0) and (.[-1] | (.interval.to | tonumber) - (.interval.from | tonumber)) > 1500000000' >out ||
	fail "silence: $(manifests idle | xargs jq -c '[.interval, .packets.read, .flows]')"
verdict VERIFIED idle

echo "two interfaces, a filter in the kernel, whole frames"
start two nfseal capture -i a1 -i b1 -s 0 -p -w two --json 'udp and src portrange 0-4'
"$blast" a0 300 0 10 1200 >/dev/null
"$blast" b0 500 0 10 60 65536 >/dev/null
sleep 0.3
stop two 0
[ "$(jq -c '[.packets.read, .packets.rejected.filtered, (.inputs | map(.name, .packets, .size, .kernel_received))]' two.out)" = \
	'[400,0,["a1",150,180000,150,"b1",250,15000,250]]' ] || fail "two: $(jq -c '[.packets, .inputs]' two.out)"
manifests two | xargs jq -s -e 'length == 1 and (.[0].losses | [."interface.0.kernel_received", ."interface.1.kernel_received", .kernel_received] == [150, 250, 400])
	and (.[0].options | any(.name == "filter" and .value == "udp and src portrange 0-4") and any(.name == "promiscuous" and .value == "false"))' >out ||
	fail "manifest: $(manifests two | xargs jq -c '[.losses, .options]')"
[ "$(nfseal show two -o ndjson 2>/dev/null | jq -s 'map(.input) | unique | tojson' -r)" = '[0,1]' ] || fail "flows do not lead to their interface"
verdict VERIFIED two

echo "a count, the pseudo-interface of all, flows to standard output"
start any nfseal capture -i any -c 40 -o - --format ndjson -q
"$blast" a0 200 0 1 >/dev/null
await any 0
[ "$(jq -s 'map(.packets + (.rev_packets // 0)) | add' any.out)" = 40 ] || fail "-c: $(cat any.out)"

echo "small tables that come each second make one row group; the headers a snap length for more"
start rows nfseal capture -i a1 -o rows.parquet --idle 1s --payload 100 -q
for first in 0 1000; do
	"$blast" a0 50 0 50 300 $first >/dev/null
	sleep 1.2
done
stop rows 0
[ "$(nfseal show rows.parquet -o ndjson 2>/dev/null | wc -l)" = 100 ] || fail "rows of Parquet"
[ "$(nfseal show rows.parquet -o ndjson 2>/dev/null | jq -r '.payload | length' | sort -u)" = 200 ] ||
	fail "payload: $(nfseal show rows.parquet -o ndjson 2>/dev/null | head -n 1)"
[ "$(nfseal info --json rows.parquet | jq .row_groups)" = 1 ] || fail "row groups: $(nfseal info --json rows.parquet)"

echo "an interface that vanishes: what was read is sealed, and it is told"
start gone nfseal capture -i a1 -i b1 -w gone --json
"$blast" b0 70 0 7 >/dev/null
sleep 0.3
ip link del b0
until_true 5 grep -q 'b1: .*captured no more' gone.err
"$blast" a0 30 0 3 >/dev/null
sleep 0.3
ip link del a0
await gone 3
[ "$(jq -c '[.packets.read, (.findings | map(.code, .file)), (.inputs | map(.gone))]' gone.out)" = '[100,["INTERFACE_GONE","b1","INTERFACE_GONE","a1"],[true,true]]' ] ||
	fail "gone: $(jq -c '[.packets, .findings]' gone.out)"
[ "$(manifests gone | xargs jq -c '[.findings[] | [.code, .file]]')" = '[["INTERFACE_GONE","b1"],["INTERFACE_GONE","a1"]]' ] || fail "gone: manifest"
verdict VERIFIED gone

echo "what cannot be captured is said before anything is made"
expect 2 'lo: the interface is not up' nfseal capture -i lo -w none
ip link set lo up
expect 2 'nosuch0: no such interface' nfseal capture -i nosuch0 -w none
expect 2 'lo: the filter .tcp and port. is no pcap-filter' nfseal capture -i lo -w none 'tcp and port'
expect 2 '-r and -i exclude each other' nfseal capture -i lo -r x.pcap -w none
expect 2 '-i names it twice' nfseal capture -i lo -i lo -w none
expect 2 '-i INTERFACE is needed' nfseal capture -r x.pcap -s 100 -w none
expect 2 '-s 10: a number from 64' nfseal capture -i lo -s 10 -w none
expect 2 '-B 1: a number of KiB' nfseal capture -i lo -B 1 -w none
[ ! -e none ] || fail "an archive was made"
cp "$NFSEAL" ./plain && chmod 755 . plain
if [ "$(id -u)" = 0 ] && as_user ./plain --version >/dev/null 2>&1; then
	expect 2 'lo: no permission to capture here; it needs root' as_user ./plain capture -i lo -o /dev/null --format csv
fi
finish
