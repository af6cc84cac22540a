#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What capture -o sends in each format, pmacct's nfacctd has: addresses, ports, times, counters.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfacctd python3

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 600 -d 900 in.pcap
"$NFSEAL" capture -q -r in.pcap -o expected.ndjson

# settled FILE: it is there within ten seconds, and has not grown for two
settled() {
	local size=0 now still=0 waited=0
	for _ in $(seq 300); do
		now=$(stat -c %s "$1" 2>/dev/null || echo 0)
		if [ "$now" != "$size" ] || [ "$now" = 0 ]; then still=0; else still=$((still + 1)); fi
		size=$now
		[ $still -lt 20 ] || return 0
		sleep 0.1
		[ "$now" != 0 ] || [ $((++waited)) -lt 100 ] || return 1
	done
	return 1
}

for format in netflow5 netflow9 ipfix; do
	port=$(free_port)
	cat >$format.conf <<-END
		daemonize: false
		nfacctd_ip: 127.0.0.1
		nfacctd_port: $port
		timestamps_utc: true
		plugins: print[all]
		aggregate[all]: src_host, dst_host, src_port, dst_port, proto, tos, timestamp_start, timestamp_end
		print_refresh_time[all]: 1
		print_output_file_append[all]: true
		print_output[all]: json
		print_output_file[all]: $PWD/$format.json
	END
	# On a busy machine its writer may not be there yet when the datagrams are: then once more.
	for _ in 1 2 3; do
		start $format nfacctd -f $format.conf
		status=0
		"$NFSEAL" capture -q -r in.pcap -o "udp://127.0.0.1:$port" --format $format || status=$?
		[ $status = "$([ $format = netflow5 ] && echo 3 || echo 0)" ]
		settled $format.json && break
		stop $format KILL
	done
	stop $format KILL # TERM may leave it waiting for its own children
	python3 "$here/flows.py" nfacctd $format expected.ndjson $format.json
done
