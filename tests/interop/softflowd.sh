#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# softflowd and capture -o export the same capture to nfcapd.  They cut time into flows in their
# own ways, so that the sums of each direction of each conversation are compared: the same
# packets, and octets that differ by Ethernet's padding alone, which softflowd counts.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need softflowd nfcapd nfdump python3

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 600 -d 900 in.pcap
send() {
	case $1 in
	nfseal) "$NFSEAL" capture -q -r in.pcap -o "udp://127.0.0.1:$port" --format netflow9 ;;
	softflowd) softflowd -d -r in.pcap -v 9 -n "127.0.0.1:$port" -p "$PWD/soft.pidfile" -c none -m 1000000 ;;
	esac
}
for meter in nfseal softflowd; do
	port=$(free_port)
	mkdir $meter
	start $meter.collector nfcapd -w $meter -b 127.0.0.1 -p "$port" -t 3600 -S 0
	send $meter >$meter.out 2>&1 || { cat $meter.out; exit 1; }
	sleep 0.5
	stop $meter.collector
	grep -q 'Sequence Errors: 0,' $meter.collector.log || { cat $meter.collector.log; exit 1; }
	nfdump -r $meter/nfcapd.2* -o json >$meter.json
done
python3 "$here/softflowd.py" in.pcap nfseal.json softflowd.json
