#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The work that people do, nfseal beside the peers that are installed, in one run; prints ratios
# (higher is faster) and keeps them in tests/bench/RESULTS.txt, which the README quotes.
# usage: bench.sh BUILD-DIRECTORY
# env: RUNS (5), CONVERSATIONS (300000), BENCH_DIR (captures medium.pcap, manyflows.pcap and
#      medium4full.pcap that are there are used, else the first two are made), BENCH_NICE (turns.py);
#      NFSEAL_YAF, NFSEAL_NFPCAPD, NFSEAL_SOFTFLOWD, NFSEAL_NFDUMP: peers that are not in PATH
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
nfseal=$build/nfseal
tools=$build/tests/bench
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/nfseal-make-bench}
work=$dir/work
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin
results=build/bench.txt
exec > >(tee "$results") 2>&1
pin=
command -v taskset >/dev/null && pin="taskset -c $(($(nproc) - 1))"

# peer NAME: its path, or nothing
peer() {
	local variable=NFSEAL_${1^^}
	command -v "${!variable:-$1}" || true
}
yaf=$(peer yaf) nfpcapd=$(peer nfpcapd) softflowd=$(peer softflowd) nfdump=$(peer nfdump)

packets_of() {
	"$nfseal" capture -r "$1" --json --no-input-hash -o /dev/null --format csv | sed 's/.*"packets":{"read":\([0-9]*\).*/\1/'
}

captures() {
	[ -e "$dir/medium.pcap" ] || "$build/fixtures/mkcapture" -c "${CONVERSATIONS:-300000}" -d 900 -s 128 "$dir/medium.pcap"
	[ -e "$dir/manyflows.pcap" ] || "$tools/mk_load" even 8000000 2400000 "$dir/manyflows.pcap"
	"$tools/mk_load" flood 4000000 1 "$work/flood.pcap"
	for flows in 1000 10000 100000 1000000; do
		"$tools/mk_load" even 4000000 $flows "$work/even$flows.pcap"
	done
	"$tools/mk_load" collide 4000000 20000 "$work/collide.pcap"
	"$tools/mk_load" even 4000000 20000 "$work/like.pcap"
}

# nfseal's own line: seal NAME FILE OPTIONS
seal() {
	echo "$1|rm -rf $work/a $work/s|${3/#PINNED/$pin} $nfseal capture -q -r $2 -w $work/a --state $work/s $4|$work/a"
}

# Packets to flows on disk: one core without the input's hash, two, and as users run it.  The slow
# peers only where $2 says so.
pcap_to_flows() {
	local f=$dir/$1.pcap specs=() packets
	[ -e "$f" ] || return 0
	packets=$(packets_of "$f")
	[ -z "$yaf" ] || specs+=("yaf|rm -f $work/yaf|$pin $yaf --in $f --out $work/yaf|$work/yaf")
	[ -z "$2" ] || [ -z "$nfpcapd" ] || specs+=("nfpcapd|rm -rf $work/nf; mkdir -p $work/nf|$pin $nfpcapd -y -r $f -w $work/nf|$work/nf")
	[ -z "$2" ] || [ -z "$softflowd" ] || specs+=("softflowd||$pin $softflowd -d -r $f -v 9 -c none -p $work/sf.pid -m 4000000 -n 127.0.0.1:9|")
	specs+=("bare loop||$pin $tools/bare_loop $f|"
		"$(seal 'nfseal -j 1' "$f" PINNED '-j 1 --no-input-hash')"
		"$(seal 'nfseal -j 2' "$f" '' '-j 2 --no-input-hash')"
		"$(seal 'nfseal, hashed' "$f" '' '')")
	echo
	echo "$1: packets to sealed flows, million packets/s of $packets"
	python3 "$here/turns.py" -r "${RUNS:-5}" -n "$packets" -q "one core, x YAF=nfseal -j 1/yaf" \
		-q "one core, x nfpcapd=nfseal -j 1/nfpcapd" -q "one core, x softflowd=nfseal -j 1/softflowd" \
		-q "one core, x the bare loop=nfseal -j 1/bare loop" -q "-j 2, x one core=nfseal -j 2/nfseal -j 1" \
		-q "two cores and the input hashed, x one core=nfseal, hashed/nfseal -j 1" "${specs[@]}"
}

bytes_on_disk() {
	[ -n "$nfdump" ] && [ -n "$nfpcapd" ] || return 0
	"$nfpcapd" -y -r "$dir/medium.pcap" -w "$(mkdir -p "$work/nf" && echo "$work/nf")" >/dev/null 2>&1
	"$nfdump" -R "$work/nf" -j -w "$work/nf.bz2" >/dev/null 2>&1
	"$nfseal" capture -q --no-input-hash -r "$dir/medium.pcap" -o "$work/m.parquet"
	echo "bytes of the flows of medium: nfseal $(wc -c <"$work/m.parquet"), nfdump -j $(wc -c <"$work/nf.bz2"), ratio $(
		awk "BEGIN { printf \"%.2f\", $(wc -c <"$work/m.parquet") / $(wc -c <"$work/nf.bz2") }")"
}

# What a packet costs in a cache of so many flows, of strangers' packets, and of chosen keys.
load() {
	local specs=()
	for name in even1000 even10000 even100000 even1000000 flood like collide; do
		specs+=("$(seal "$name" "$work/$name.pcap" PINNED '-j 1 --no-input-hash')")
	done
	echo
	echo "one core, 4 million packets of 60 octets among so many flows at once (million packets/s)"
	python3 "$here/turns.py" -r "${RUNS:-5}" -n 4000000 -q "colliding keys, x others=collide/like" \
		"${specs[@]}" | tee "$work/load.txt"
	awk '$1 == "even1000" { few = $4 } $1 == "even1000000" { many = $4 }
		END { printf "  octets of memory per flow at once: %.0f\n", (many - few) * 1048576 / 999000 }' "$work/load.txt"
}

# The flood beside the medium capture, in the same turns.
flood() {
	local n specs=()
	n=$(packets_of "$dir/medium.pcap")
	specs=("$(seal "medium" "$dir/medium.pcap" PINNED '-j 1 --no-input-hash')"
		"$(seal "flood" "$work/flood.pcap" PINNED '-j 1 --no-input-hash')")
	echo
	echo "packets from random addresses, each a flow of its own, beside medium (seconds of $n and 4000000 packets)"
	python3 "$here/turns.py" -r "${RUNS:-5}" "${specs[@]}" | tee "$work/flood.txt"
	awk -v n="$n" '$1 == "flood" { printf "  rate of the flood, x medium: %.2f\n", $2 * 4000000 / n }' "$work/flood.txt"
}

verifying() {
	"$tools/mk_archive" "$work/v" "$work/vs" 5
	local bytes speed
	bytes=$(find "$work/v" -type f -exec cat {} + | wc -c)
	speed=$(openssl speed -elapsed -seconds 2 -bytes 16384 -evp sha256 2>/dev/null | awk '/^sha256|^SHA256/ { sub(/k$/, "", $2); print $2 * 1000 }')
	echo
	echo "verify of $bytes bytes; openssl speed sha256: $(awk "BEGIN { printf \"%.2f\", $speed / 1e9 }") GB/s on one core"
	"$nfseal" verify "$work/v" --state "$work/vs" | head -n 1
	python3 "$here/turns.py" -r "${RUNS:-5}" -n "$bytes" \
		"verify -j 1, MB/s||$nfseal verify -j 1 $work/v --state $work/vs|" \
		"verify, all cores, MB/s||$nfseal verify $work/v --state $work/vs|"
}

version() {
	[ -z "$1" ] || echo "  $1: $("$1" "$2" 2>&1 | head -n 1 || true)"
}

echo "$("$nfseal" --version), $(nproc 2>/dev/null || sysctl -n hw.ncpu) processors; ratios of one run, medians of ${RUNS:-5} turns"
version "$yaf" --version
version "$nfpcapd" -V
version "$softflowd" -h
captures
pcap_to_flows medium all
pcap_to_flows manyflows ''
pcap_to_flows medium4full ''
bytes_on_disk
load
flood
verifying
LIVE_NICE=${LIVE_NICE:-${BENCH_NICE:-}} "$here/live.sh" "$build"
cp "$results" "$here/RESULTS.txt"
