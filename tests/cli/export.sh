#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# capture -o udp://: beside an archive or instead of it; each collector has its protocol, sequence
# numbers and templates; who is not there is named and ends nothing; what is wrong is said first.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
interop=$NFSEAL_SOURCE/tests/interop
"$fixtures/mkcapture" -c 900 in.pcap

# sink NAME [ADDRESS]: its port in NAME.port; drain NAME: what it got, in NAME.json
sink() {
	python3 "$interop/sink.py" "$1.pcap" "${2:-127.0.0.1}" >"$1.port" &
	echo $! >"$1.pid"
	for _ in $(seq 50); do [ -s "$1.port" ] && break; sleep 0.1; done
}
drain() {
	kill -TERM "$(cat "$1.pid")"
	wait "$(cat "$1.pid")"
	python3 "$interop/datagrams.py" "$1.pcap" >"$1.json" || fail "datagrams of $1"
}
trap 'kill $(cat ./*.pid) 2>/dev/null' EXIT
# is NAME EXPRESSION: jq on what the sink got, with the summary's target as $t
is() {
	jq -e --argjson t "$(jq ".targets[$3]" summary)" "$2" "$1.json" >/dev/null ||
		fail "$1: not $2: $(cat "$1.json") $(jq -c ".targets[$3]" summary)"
}
url() { echo "udp://127.0.0.1:$(cat "$1.port")"; }

for name in five nine ten; do sink $name; done
nfseal capture --json -r in.pcap -w case -o flows.csv --refresh 5 --format netflow5 -o "$(url five)" \
	--format netflow9 -o "$(url nine)" --format ipfix -o "$(url ten)" >summary 2>err
status=$?
[ $status = 3 ] || fail "exit $status, although NetFlow 5 has no IPv6: $(cat err)"
for name in five nine ten; do drain $name; done
verdict VERIFIED case
nfseal show -q case -o ndjson >case.ndjson
cmp -s <(nfseal show -q case -o csv) flows.csv || fail "the file beside the collectors"
flows=$(wc -l <case.ndjson)
six=$(grep -c '"ip_version":6' case.ndjson)
split=$(jq -s 'map(if .rev_packets > 0 and .packets > 0 then 2 else 1 end) | add' case.ndjson)
ends=$(jq -r .flow_end case.ndjson | sort | tail -n 1)
newest=$(($(date -d "$ends" +%s) + 1))
at=0
for name in five nine ten; do
	is $name '.gaps == 0 and .unknown == 0 and .longest <= 1400' $at
	is $name '.records == $t.records and .datagrams == $t.datagrams and .templates == $t.templates' $at
	is $name '$t.refused_by_host == 0 and $t.unsent == {"datagrams": 0, "records": 0}' $at
	# the header's clock is that of the packets
	is $name ".last == $newest" $at
	at=$((at + 1))
done
is five ".version == 5 and \$t.not_sent == {\"address_family\": $six} and .templates == 0" 0
is nine ".version == 9 and .records == $split and .most_between < 5 and \$t.not_sent == {}" 1
is ten ".version == 10 and .records == $flows and .most_between < 5 and \$t.not_sent == {}" 2
[ "$(jq -c .files summary)" = '["flows.csv"]' ] || fail "files: $(jq -c .files summary)"

echo "the same file gives the same datagrams; IPv6, a name, no archive"
sink again ::1
nfseal capture --json -r in.pcap --refresh 5 -o "udp://[::1]:$(cat again.port)" >summary || fail "::1"
drain again
is again ".records == $flows and \$t.address == \"[::1]:$(cat again.port)\"" 0
[ "$(jq -c 'del(.first)' again.json)" = "$(jq -c 'del(.first)' ten.json)" ] || fail "other datagrams"
sink named
expect 0 "exported +UDP://localhost:[0-9]+ ipfix: $flows flows as $flows records" \
	nfseal capture -r in.pcap -o "UDP://localhost:$(cat named.port)" -c 100000000
drain named

echo "a format holds for those behind it, and for those before it that have none and can have it"
sink one
sink two
nfseal capture --json -r in.pcap -o "$(url one)" -o plain.csv --format netflow9 --format ndjson \
	-o lines.csv --format ipfix -o "$(url two)" >summary || fail "formats"
drain one
drain two
is one '.version == 9' 0
is two '.version == 10' 1
jq -e . lines.csv >/dev/null || fail "lines.csv is no ndjson"
[ "$(head -c 1 plain.csv)" = '{' ] || fail "plain.csv had no format of its own"

echo "nobody listens: counted, named, and the archive is as it would be"
port=$(cat two.port)
expect 3 "NOBODY LISTENS at 127.0.0.1:$port: the host refused [0-9]+ times" \
	nfseal capture -r in.pcap -w unheard -o "udp://127.0.0.1:$port"
verdict VERIFIED unheard
nfseal show -q unheard -o ndjson | cmp -s - case.ndjson || fail "flows are missing from the archive"

echo "asked to end: what was metered goes out, and no pace holds it up"
sink slow
mkfifo pipe
nfseal capture --json -r pipe -w slow --rate 1 -o "$(url slow)" >summary 2>err &
pid=$!
exec 3>pipe
cat in.pcap >&3
for _ in $(seq 100); do ls slow/open/*.part >/dev/null 2>&1 && break; sleep 0.05; done
sleep 0.3
kill -TERM $pid
wait $pid
status=$?
exec 3>&-
[ $status = 143 ] || fail "exit $status after SIGTERM: $(cat err)"
drain slow
is slow ".gaps == 0 and .records == $flows and \$t.records == $flows" 0
verdict VERIFIED slow

echo "the pace"
sink paced
began=$(date +%s%N)
expect 0 '' nfseal capture -q -r in.pcap --rate $((flows / 2)) --mtu 512 -o "$(url paced)"
took=$((($(date +%s%N) - began) / 1000000))
[ $took -gt 1500 ] && [ $took -lt 30000 ] || fail "--rate took $took ms"
drain paced
jq -e ".longest <= 512 and .gaps == 0 and .records == $flows" paced.json >/dev/null || fail "--mtu: $(cat paced.json)"

echo "mistakes: nothing is made"
expect 2 'the scheme is not udp' nfseal capture -r in.pcap -w new -o http://127.0.0.1:1
expect 2 'no port from 1 to 65535' nfseal capture -r in.pcap -w new -o udp://127.0.0.1
expect 2 'no port from 1 to 65535' nfseal capture -r in.pcap -w new -o udp://127.0.0.1:0
expect 2 'no port from 1 to 65535' nfseal capture -r in.pcap -w new -o udp://127.0.0.1:65536
expect 2 'no port from 1 to 65535' nfseal capture -r in.pcap -w new -o udp://127.0.0.1:1/x
expect 2 'no host' nfseal capture -r in.pcap -w new -o udp://:1
expect 2 'stands in \[ \]' nfseal capture -r in.pcap -w new -o udp://::1:1
expect 2 'no.such.host.invalid' nfseal capture -r in.pcap -w new -o x.csv -o udp://no.such.host.invalid:1
expect 2 '-o names it twice' nfseal capture -r in.pcap -w new -o udp://[::1]:1 -o udp://[::1]:1
expect 2 '--format csv is for files' nfseal capture -r in.pcap -w new -o udp://[::1]:1 --format csv
expect 2 '--format netflow5 is for collectors' nfseal capture -r in.pcap -w new -o x.csv --format netflow5
expect 2 'are for collectors' nfseal capture -r in.pcap -w new --rate 7
expect 2 '--rate x: a number' nfseal capture -r in.pcap -w new -o udp://[::1]:1 --rate x
expect 2 '--mtu 100: a number' nfseal capture -r in.pcap -w new -o udp://[::1]:1 --mtu 100
expect 2 '--refresh 60q: a number' nfseal capture -r in.pcap -w new -o udp://[::1]:1 --refresh 60q
expect 2 'more than 8 times -o' nfseal capture -r in.pcap -w new $(printf -- '-o udp://[::1]:%s ' $(seq 9))
[ ! -e new ] || fail "an archive was begun: $(find new)"
[ ! -e x.csv ] && [ ! -e x.csv.part ] || fail "x.csv was begun"
finish
