#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The work that people do, nfseal beside the peers that are installed, in one run; prints ratios
# (higher is faster than the first line) and keeps them in build/bench.txt.
# usage: bench.sh BUILD-DIRECTORY    env: RUNS (3), CONVERSATIONS (300000), BENCH_DIR
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
nfseal=$build/nfseal
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/nfseal-make-bench}
mkdir -p "$dir"
PATH=$PATH:/usr/sbin:/sbin
exec > >(tee build/bench.txt) 2>&1
pin=
command -v taskset >/dev/null && pin="taskset -c 0"
have() { command -v "$1" >/dev/null; }

captures() {
	[ -e "$dir/medium.pcap" ] || "$build/fixtures/mkcapture" -c "${CONVERSATIONS:-300000}" -d 900 -s 128 "$dir/medium.pcap"
	packets=$("$nfseal" capture -r "$dir/medium.pcap" --json -o /dev/null --format csv |
		sed 's/.*"packets":{"read":\([0-9]*\).*/\1/')
}

# Packets to flows on disk: one core without the input's hash, then as users run it.
pcap_to_flows() {
	local f=$dir/medium.pcap specs=()
	if have yaf; then specs+=("yaf, one core|rm -f $dir/yaf|$pin yaf --in $f --out $dir/yaf|$dir/yaf"); fi
	if have nfpcapd; then specs+=("nfpcapd, one core|rm -rf $dir/nf; mkdir -p $dir/nf|$pin nfpcapd -y -r $f -w $dir/nf|$dir/nf"); fi
	if have softflowd; then specs+=("softflowd, one core||$pin softflowd -d -r $f -v 9 -c none -p $dir/sf.pid -m 4000000 -n 127.0.0.1:9|"); fi
	specs+=("nfseal, one core, no hash|rm -rf $dir/a $dir/s|$pin $nfseal capture --no-input-hash -q -r $f -w $dir/a --state $dir/s|$dir/a"
		"nfseal, all cores, hashed|rm -rf $dir/b $dir/s|$nfseal capture -q -r $f -w $dir/b --state $dir/s|$dir/b")
	echo "packets to sealed flows, million packets/s of $packets"
	python3 "$here/turns.py" -r "${RUNS:-3}" -n "$packets" "${specs[@]}"
}

bytes_on_disk() {
	have nfdump && [ -d "$dir/nf" ] || return 0
	rm -f "$dir/nf.bz2"
	nfdump -R "$dir/nf" -j -w "$dir/nf.bz2" >/dev/null 2>&1
	local theirs ours
	theirs=$(wc -c <"$dir/nf.bz2")
	ours=$(find "$dir/a" -name '*.flows.parquet' -exec cat {} + | wc -c)
	echo "bytes of the flows: nfseal $ours, nfdump -j $theirs, ratio $(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"
}

verifying() {
	rm -rf "$dir/v" "$dir/vs"
	"$build/tests/bench/mk_archive" "$dir/v" "$dir/vs" 5
	local bytes speed
	bytes=$(find "$dir/v" -type f -exec cat {} + | wc -c)
	speed=$(openssl speed -elapsed -seconds 2 -bytes 16384 -evp sha256 2>/dev/null | awk '/^sha256|^SHA256/ { sub(/k$/, "", $2); print $2 * 1000 }')
	echo "verify of $bytes bytes; openssl speed sha256: $(awk "BEGIN { printf \"%.2f\", $speed / 1e9 }") GB/s on one core"
	"$nfseal" verify "$dir/v" --state "$dir/vs" | head -n 1
	python3 "$here/turns.py" -r "${RUNS:-3}" -n "$bytes" \
		"verify -j 1, MB/s||$nfseal verify -j 1 $dir/v --state $dir/vs|" \
		"verify, all cores, MB/s||$nfseal verify $dir/v --state $dir/vs|"
}

echo "$("$nfseal" --version), $(nproc 2>/dev/null || sysctl -n hw.ncpu) processors"
captures
pcap_to_flows
bytes_on_disk
verifying
"$here/live.sh" "$build"
