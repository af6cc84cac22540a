#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The text for SOF-ELK is what its script makes nfdump print, for the same flows.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfcapd nfdump python3

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 300 in.pcap
"$NFSEAL" capture -q -r in.pcap -w case
port=$(free_port)
mkdir nf
start nfcapd nfcapd -p "$port" -w nf -t 3600
"$NFSEAL" replay -q case --to "udp://127.0.0.1:$port" --format netflow9 --rate 20000
sleep 0.5
stop nfcapd
# its exporter is this host, ours is none; the fields are apart by spaces
nfdump -6 -q -N -R nf -o 'fmt:0.0.0.0 %das %dmk %eng %ts %fl 0 %byt %pkt %in %da %nh %sa %dp %sp %te %out %pr 0 0 %sas %smk %stos %flg 0' |
	tr -s ' ' | sed 's/^ //; s/ $//' | awk '$20 != 1 && $20 != 58' | sort >theirs
"$NFSEAL" show -q case -o sof-elk | awk '$20 != 1 && $20 != 58' | sort >ours
[ -s ours ]
diff ours theirs | head -n 4
cmp ours theirs
# of ICMP nfdump loses the type of NetFlow 9's second direction, and prints it in other ways
"$NFSEAL" show -q case 'icmp' -o sof-elk | awk '$15 !~ /^[0-9]+\.[0-9]+$/ || NF != 27 { bad = 1 } END { exit bad }'
echo "$(wc -l <ours) lines"
