#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The default pace into nfcapd with its own buffers: every flow is there.  A machine that is busy may keep
# nfcapd from reading; then what is missing is what the kernel says that it dropped for want of room, to the
# datagram, and where nfcapd may go before all others another run must lose nothing.  And the pace is what the
# receipt says: no faster.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfcapd nfdump python3 jq

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 40000 -d 900 -s 128 in.pcap
"$NFSEAL" capture -r in.pcap -w case -q
first=()
if command -v chrt >nul && chrt -f 1 true 2>nul; then
	first=(chrt -f 1)
fi

# What the kernel holds for it, and what it had no room for.
socket() { awk -v p=":$(printf %04X "$port")" '$2 ~ p "$" { print $5, $NF }' /proc/net/udp; }

# once N: true where nothing was dropped
once() {
	local sent nanos rate came dropped
	port=$(free_port)
	mkdir "got$1"
	start "got$1" "${first[@]}" nfcapd -w "got$1" -b 127.0.0.1 -p "$port" -t 3600 -S 0
	"$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format netflow9 --json >receipt
	for _ in $(seq 100); do
		case $(socket) in *:00000000\ *) break ;; esac
		sleep 0.1
	done
	dropped=$(socket | awk '{ print $2 }')
	sleep 0.3
	stop "got$1"
	read -r sent nanos rate < <(jq -r '.targets[0] | "\(.records) \(.nanos) \(.rate)"' receipt)
	came=$(nfdump -r "got$1"/nfcapd.2* -I | awk '/^Flows:/ { print $2 }')
	echo "$sent flows at $rate a second, $came came, $dropped datagrams dropped; before others: ${first[*]:-no}"
	[ "$rate" = 100000 ] && [ "$sent" -gt 50000 ] || exit 1
	# no more than the rate, and what a delay of 10 ms lets catch up
	[ $((sent - rate / 50)) -le $((nanos / 1000 * rate / 1000000)) ] || { echo "faster: $nanos ns"; exit 1; }
	if [ "$dropped" != 0 ]; then
		# a datagram has no more than 40 flows
		[ "$came" -lt "$sent" ] && [ $((sent - came)) -le $((dropped * 40)) ] || exit 1
		return 1
	fi
	[ "$came" = "$sent" ] || exit 1
	grep -q 'Sequence Errors: 0,' "got$1.log" || exit 1
}

for run in 1 2 3; do
	once $run && exit 0
done
[ ${#first[@]} -eq 0 ]
