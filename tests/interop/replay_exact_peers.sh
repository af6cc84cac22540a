#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# replay --exact of what was collected, into the collectors of others: nfcapd has every record of NetFlow 5, 9
# and IPFIX as `show` prints it, sfcapd every sample, tshark every datagram; and what was collected, encoded
# anew, nfacctd counts as it was.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfcapd nfdump sfcapd tshark nfacctd python3 jq
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$NFSEAL_SOURCE/tests/cli
helper=$here/replay_exact_peers.py
[ -r /proc/net/udp ] || { echo "no /proc/net/udp to see when a collector has read all"; exit 77; }

# sink NAME: receives into NAME.pcap at $port, until sunk
sink() {
	python3 "$here/sink.py" "$1.pcap" >"$1.port" &
	sink=$!
	echo $sink >"$1.pid"
	trap reap EXIT
	for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
	port=$(cat "$1.port")
}
sunk() { kill -TERM $sink; wait $sink; rm "$1.pid"; }

# drained NAME: it has taken all that the kernel held for $port, and waits for more
drained() {
	local pid idle=0 end
	pid=$(cat "$1.pid")
	end=":$(printf %04X "$port")"
	for _ in $(seq 400); do
		if awk -v end="$end" 'substr($2, length($2) - 4) == end { split($5, queue, ":"); print queue[2] }' /proc/net/udp |
		    grep -q '^0*$' && [ "$(awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$pid/stat")" = S ]; then
			idle=$((idle + 1))
		else
			idle=0
		fi
		[ $idle -lt 3 ] || return 0
		sleep 0.03
	done
	echo "$1 does not come to rest"
	return 1
}

# exact DAEMON NAME CASE: what was collected goes to nfcapd or sfcapd as it came; NAME.ndjson, NAME.json
exact() {
	port=$(free_port)
	mkdir "$2.flows"
	start "$2" "$1" -w "$2.flows" -b 127.0.0.1 -p "$port" -t 3600 -S 0 -B 4000000
	"$NFSEAL" replay "$3" --exact --rate 3000d --to "udp://127.0.0.1:$port" -q
	drained "$2"
	stop "$2"
	nfdump -r "$2.flows"/nfcapd.2* -o json >"$2.json"
	"$NFSEAL" show -q "$3" -o ndjson >"$2.ndjson"
}

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 300 -d 900 in.pcap
for format in netflow5 netflow9 ipfix; do
	sink $format
	status=0
	"$NFSEAL" capture -q -r in.pcap -o "udp://127.0.0.1:$port" --format $format || status=$?
	[ $status = "$([ $format = netflow5 ] && echo 3 || echo 0)" ] # which has no IPv6
	sunk $format
done
python3 "$helper" make netflow5.pcap netflow9.pcap ipfix.pcap woven.pcap
"$NFSEAL" collect -q -r woven.pcap -w case
"$NFSEAL" show -q case -o ndjson >case.ndjson
[ "$(jq -r .exporter_ip case.ndjson | sort -u | wc -l)" = 3 ]

exact nfcapd woven case
grep -q 'Sequence Errors: 0, Bad Packets: 0' woven.log || { cat woven.log; exit 1; }
python3 "$helper" records woven woven.ndjson woven.json

# Not on the loopback: there a capture has datagrams that go in one call (UDP_SEGMENT) before they are parted.
sink received
"$NFSEAL" replay case --exact --rate 3000d --to "udp://127.0.0.1:$port" -q
sunk received
tshark -r received.pcap -Y "udp.dstport == $port" -T fields -e udp.length >lengths
python3 "$helper" datagrams woven.pcap lengths

python3 "$helper" sflow sflow.pcap
"$NFSEAL" collect -q -r sflow.pcap -w samples
exact sfcapd samples_seen samples
python3 "$helper" samples samples_seen.ndjson samples_seen.json

# Encoded anew: NetFlow 9's part of the archive, in which a record has one direction.
for format in netflow9 ipfix; do
	port=$(free_port)
	cat >"$format.conf" <<-CONF
		daemonize: false
		nfacctd_ip: 127.0.0.1
		nfacctd_port: $port
		plugins: print[all]
		aggregate[all]: src_host, dst_host, src_port, dst_port, proto
		print_refresh_time[all]: 1
		print_output_file_append[all]: true
		print_output[all]: json
		print_output_file[all]: $PWD/$format.json
	CONF
	"$NFSEAL" show -q case -o ndjson 'exporter 192.0.2.2' >$format.ndjson
	# On a busy machine its writer may not be there yet when the datagrams are: then once more.
	same=no
	for _ in 1 2 3; do
		: >$format.json
		start $format nfacctd -f $format.conf
		for _ in $(seq 100); do grep -q 'cache entries' $format.log && break; sleep 0.05; done
		"$NFSEAL" replay case --format $format --rate 3000d --to "udp://127.0.0.1:$port" -q 'exporter 192.0.2.2'
		for _ in $(seq 50); do
			python3 "$helper" sums $format.ndjson $format.json >sums.log 2>&1 && { same=yes; break; }
			sleep 0.1
		done
		stop $format KILL # TERM may leave it waiting for its own children
		[ $same = no ] || break
	done
	cat sums.log
	[ $same = yes ]
done

# Exports of real devices, all at once, each in a directory of its own.
if ! [ -d "${NFSEAL_CAPTURES:-}/netflow" ]; then
	echo "skip: no captures in NFSEAL_CAPTURES"
	exit 0
fi

# real DAEMON COMMAND NAME FILE
real() {
	mkdir "real-$3"
	cd "real-$3"
	"$NFSEAL" collect -q -r "$NFSEAL_CAPTURES/netflow/$4" -w collected
	exact "$1" "$3" collected
	case $2 in
	records) python3 "$helper" records "$3" "$3.ndjson" "$3.json" ;;
	samples) python3 "$helper" samples "$3.ndjson" "$3.json" ;;
	esac
}

jobs=()
while read -r -u 3 daemon command name file; do
	real "$daemon" "$command" "$name" "$file" &
	jobs+=($!)
done 3<<-END
	nfcapd records end_first    pmacct/400-IPFIXv10-BMP-CISCO-SRv6-multiple-sources/traffic-01.pcap
	nfcapd records cisco10      pmacct/100-IPFIXv10-CISCO/traffic-00.pcap
	nfcapd records cisco9       pmacct/101-NFv9-CISCO-cust_primitives/traffic-00.pcap
	nfcapd records nprobe       graylog-plugin-netflow/nprobe-netflow9-3.pcap
	nfcapd records netgraph     graylog-plugin-netflow/netgraph-netflow5.pcap
	nfcapd records sampled      graylog-plugin-netflow/netflow5.pcap
	nfcapd records icmp_in_port graylog-plugin-netflow/netflow9.pcap
	nfcapd records uptime_of_0  graylog-plugin-netflow/nprobe-netflow9-2.pcap
	sfcapd samples sflow        tcpdump/sflow-print-v6.pcap
	sfcapd samples expanded     tcpdump/sflow_expanded.pcap
END
[ ${#jobs[@]} = 10 ]
for job in "${jobs[@]}"; do
	wait "$job" # its failure is this test's
done
