#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Collecting from loopback, nfseal beside nfcapd, in turns: the highest rate, in flows a second, at
# which each keeps everything in RUNS of RUNS runs, with the datagrams kept by nfseal; its loss at
# rotation; and what decoding from a file does on one core.  Both write to BENCH_DIR.
# usage: collect.sh BUILD-DIRECTORY
# env: RUNS (5), SECONDS_EACH (2), RATES (of those below, ascending), FORMATS (netflow9 nfreplay ipfix netflow5: exports.c), BUFFER (4194304 octets, of the
#      kernel's, for both), NFSEAL_NFCAPD: the nfcapd to compare with, or several; BENCH_DIR;
#      BENCH_NICE: of all programs, on a machine that others use too
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
nfseal=$build/nfseal
exports=$build/tests/bench/exports
work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/nfseal-collect.XXXXXX")
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin
RUNS=${RUNS:-5} SECONDS_EACH=${SECONDS_EACH:-2} BUFFER=${BUFFER:-4194304}
results=build/bench-collect.txt
exec > >(tee "$results") 2>&1
gentle=${BENCH_NICE:+nice -n $BENCH_NICE}
# thousand flows a second, each a quarter more than the one before
IFS=" " read -r -a rates <<<"${RATES:-500 630 800 1000 1260 1600 2000 2500 3200 4000 5000}"

no() { echo "collecting is left out: $*"; exit 0; }
command -v python3 >/dev/null || no "python3 is not installed"
port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# listening: waits until somebody does
listening() {
	for _ in $(seq 100); do
		grep -qi ":$(printf %04X "$port") " /proc/net/udp /proc/net/udp6 2>/dev/null && return
		sleep 0.05
	done
	echo "nobody listens on port $port" >&2
	return 1
}

# collector PROGRAM: the command, in the background; $! is its number
collector() {
	if [ "$1" = nfseal ]; then
		$gentle "$nfseal" collect -p "$port" -B "$BUFFER" -w "$work/a" --state "$work/s" $more --json >"$work/out" 2>"$work/err" &
	else
		mkdir -p "$work/n"
		$gentle "$1" -p "$port" -B "$BUFFER" -w "$work/n" >"$work/out" 2>&1 &
	fi
}

# kept PROGRAM: the flows that it tells of
kept() {
	if [ "$1" = nfseal ]; then
		python3 -c '
import json, sys
t = json.load(open(sys.argv[1]))
lost = t["datagrams"]["kernel_dropped"] + sum(e["missed"] + e["gaps"] for e in t["exporters"])
print(t["records"]["decoded"] if lost == 0 and t["datagrams"]["kept"] == t["datagrams"]["received"] else -1)' "$work/out"
	else
		awk -F '[:,]' '/Ident:.*Flows:/ { for (i = 1; i < NF; i++) if ($i ~ /Flows$/) n += $(i + 1) } END { print n + 0 }' "$work/out"
	fi
}

# run PROGRAM FORMAT RATE SECONDS: "kept all" or what was lost, in thousandths
run() {
	local pid sent got
	rm -rf "$work/a" "$work/s" "$work/n"
	collector "$1"
	pid=$!
	listening || { kill $pid; return 2; }
	sleep 0.5 # what it opens behind its port
	sent=$($gentle "$exports" send "$2" $(($3 * 1000 * $4)) "$port" $(($3 * 1000)))
	sleep 0.2
	kill -TERM $pid
	wait $pid || [ $? = 3 ] || { echo "$1 failed" >&2; exit 1; } # 3: it lost something, and says so
	reached=${sent##* }
	sent=${sent#* }
	sent=${sent% *}
	got=$(kept "$1")
	lost=$((sent - got))
	[ $lost = 0 ] && [ "$reached" -ge $(($3 * 980)) ]
}

# highest PROGRAM FORMAT: by single runs, the index of the highest rate that it keeps; by halves
highest() {
	local low=-1 high=${#rates[@]} middle
	ended=0
	while [ $((high - low)) -gt 1 ]; do
		middle=$(((low + high) / 2))
		if run "$1" "$2" "${rates[$middle]}" "$SECONDS_EACH"; then low=$middle; else high=$middle ended=$lost; fi
	done
	found=$low
}

# In turns, each at its own rate, which goes down a step for each run that loses something.
search() {
	local format=$1 p
	declare -A at=() good=() over=()
	for p in "${programs[@]}"; do
		highest "$p" "$format"
		at[$p]=$found good[$p]=0 over[$p]=$ended
	done
	while :; do
		local open=0
		for p in "${programs[@]}"; do
			[ "${good[$p]}" -lt "$RUNS" ] && [ "${at[$p]}" -ge 0 ] || continue
			open=1
			if run "$p" "$format" "${rates[${at[$p]}]}" "$SECONDS_EACH"; then
				good[$p]=$((${good[$p]} + 1))
			else
				at[$p]=$((${at[$p]} - 1)) good[$p]=0 over[$p]=$lost
			fi
		done
		[ $open = 1 ] || break
	done
	for p in "${programs[@]}"; do
		best[$format,$p]=$([ "${at[$p]}" -ge 0 ] && echo "${rates[${at[$p]}]}" || echo 0)
		printf '  %-9s %-14s %6d thousand flows/s kept in %d of %d runs%s\n' "$format" "${label[$p]}" "${best[$format,$p]}" "${good[$p]}" "$RUNS" \
			"$([ "${over[$p]}" != 0 ] || echo "; beyond it the sender is at its end, and nothing is lost")"
	done
	for p in "${programs[@]:1}"; do
		[ "${best[$format,$p]}" -gt 0 ] || continue
		awk -v a="${best[$format,nfseal]}" -v b="${best[$format,$p]}" -v f="$format" -v p="${label[$p]}" \
			'BEGIN { printf "  %-9s nfseal, x %s: %.2f\n", f, p, a / b }'
	done
}

# At 80 % of a rate, with a segment every two seconds: nothing is lost at a rotation.
rotation() {
	local rate=$((best[netflow9,nfseal] * 8 / 10)) segments
	more='-t 2'
	[ $rate -gt 0 ] || return 0
	if run nfseal netflow9 $rate 7; then lost="nothing"; else lost="$lost flows"; fi
	more=
	segments=$(find "$work/a" -name '*.manifest.json' | wc -l)
	echo "  -t 2 at $rate thousand flows/s: $segments segments, $lost lost"
}

decoding() {
	local pin=
	command -v taskset >/dev/null && pin="taskset -c $(($(nproc) - 1))"
	echo
	echo "flows out of a capture of datagrams on one core, million a second"
	for format in ${FORMATS:-netflow9 ipfix netflow5}; do
		"$exports" file "$format" 3000000 "$work/$format.pcap" >/dev/null
		python3 "$here/turns.py" -r 3 -n 3000000 \
			"$format, decoded||$pin $build/tests/bench/bench_collect $work/$format.pcap|" \
			"$format, sealed|rm -rf $work/a $work/s|$pin $nfseal collect -q -r $work/$format.pcap -w $work/a --state $work/s|$work/a" |
			grep "$format,"
		rm "$work/$format.pcap"
	done
}

declare -A best=() label=([nfseal]=nfseal)
more=
programs=(nfseal)
for p in ${NFSEAL_NFCAPD:-nfcapd}; do
	p=$(command -v "$p" || true)
	[ -n "$p" ] || continue
	programs+=("$p")
	label[$p]="nfcapd $("$p" -V 2>&1 | grep -o '[0-9]\+\.[0-9]\+\.[0-9]\+' | head -n 1 || true)"
done
echo "$("$nfseal" --version), $(nproc 2>/dev/null || sysctl -n hw.ncpu) processors; $RUNS runs of $SECONDS_EACH s in turns, kernel buffer $BUFFER"
for format in ${FORMATS:-netflow9 nfreplay ipfix netflow5}; do
	search "$format"
	[ "$format" = netflow9 ] && rotation
done
decoding
cp "$results" "$here/RESULTS-collect.txt"
