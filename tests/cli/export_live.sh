#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# capture -i -o udp://: flows go out by themselves when they end, under headers that say what time
# it is; templates come again without flows; a collector that goes away, and a rate, hold up nothing.
. "$NFSEAL_SOURCE/tests/cli/net.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
ip link set lo up
interop=$NFSEAL_SOURCE/tests/interop
trap 'kill $(cat ./*.pid) 2>/dev/null' EXIT
sink() {
	python3 "$interop/sink.py" "$1.pcap" >"$1.port" &
	echo $! >"$1.pid"
	for _ in $(seq 50); do [ -s "$1.port" ] && break; sleep 0.1; done
}
drain() {
	kill -TERM "$(cat "$1.pid")"
	wait "$(cat "$1.pid")"
	python3 "$interop/datagrams.py" "$1.pcap" >"$1.json" || fail "datagrams of $1"
}
url() { echo "udp://127.0.0.1:$(cat "$1.port")"; }

for name in five nine ten; do sink $name; done
began=$(date +%s)
start run nfseal capture -i a1 -w run --json --idle 1s --refresh 0,1s --format netflow5 -o "$(url five)" \
	--format netflow9 -o "$(url nine)" --format ipfix -o "$(url ten)"
"$blast" a0 1000 0 250 >/dev/null
sleep 3.5 # a second of silence ends them, the next one hands them over
for name in five nine; do
	drain $name
	jq -e '.records == 250 and .gaps == 0 and .unknown == 0' $name.json >/dev/null || fail "$name: $(cat $name.json)"
	jq -e ".first >= $began and .last <= $(date +%s) + 1" $name.json >/dev/null || fail "$name: the clock: $(cat $name.json)"
done
"$blast" a0 1000 0 250 >/dev/null
sleep 4
stop run 3
now=$(date +%s)
drain ten
jq -e ".records == 500 and .gaps == 0 and .unknown == 0 and .templates >= 4 and .templates <= $((now - began + 2))
	and .last >= $now - 2 and .last <= $now + 1" ten.json >/dev/null || fail "ten: $(cat ten.json)"
jq -e '.targets | map(.refused_by_host > 0, .unsent.records) == [true, 0, true, 0, false, 0]' run.out >/dev/null ||
	fail "who went away: $(jq -c .targets run.out)"
[ "$(jq -c '[.packets.read, .inputs[0].kernel_dropped, .flows.emitted]' run.out)" = '[2000,0,500]' ] ||
	fail "the capture: $(jq -c '[.packets, .inputs, .flows]' run.out)"
verdict VERIFIED run

echo "a flood of flows at a low rate: packets do not wait for it"
sink slow
nfseal capture -i a1 --json --idle 1s --rate 10 -o "$(url slow)" >flood.out 2>flood.err &
pid=$!
sleep 0.7
"$blast" a0 60000 30000 60000 >/dev/null
sleep 0.3
began=$(date +%s%N)
stop flood 0
took=$((($(date +%s%N) - began) / 1000000))
[ $took -lt 3000 ] || fail "it took $took ms to end"
[ "$(jq -c '[.packets.read, .inputs[0].kernel_dropped, .targets[0].records, .targets[0].refused_by_host]' flood.out)" = '[60000,0,60000,0]' ] ||
	fail "the flood: $(jq -c '[.packets, .inputs, .targets]' flood.out)"
drain slow

echo "a network that goes away: counted with the system's word for it, and nothing ends"
ip addr add 192.0.2.1/24 dev b0
start away nfseal capture -i a1 -w away --json --idle 1s -o udp://192.0.2.2:2055
ip link set b0 down
"$blast" a0 500 0 50 >/dev/null
sleep 2.5
stop away 3
jq -e '.packets.read == 500 and .targets[0].flows == 50 and .targets[0].unsent.records == 50
	and .targets[0].records == 0 and .targets[0].unsent.error == "Network is unreachable"' away.out >/dev/null ||
	fail "away: $(jq -c '[.packets, .targets]' away.out)"
verdict VERIFIED away
finish
