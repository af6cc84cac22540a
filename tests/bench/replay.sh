#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay beside nfreplay over the loopback, in turns of one run: flows a second into a socket that
# takes what it gets, NetFlow 9 encoded anew and the datagrams as they were; then the original pace:
# how far from their time datagrams go, and the processor time that waiting takes.
# usage: replay.sh BUILD-DIRECTORY
# env: RUNS (5), FLOWS (2000000), NFSEAL_NFREPLAY and NFSEAL_NFPCAPD: peers that are not in PATH
set -eu
build=$(cd "$1" && pwd)
nfseal=$build/nfseal
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/state
nfreplay=$(command -v "${NFSEAL_NFREPLAY:-nfreplay}" || true)
nfpcapd=$(command -v "${NFSEAL_NFPCAPD:-nfpcapd}" || true)
runs=${RUNS:-5}
flows=${FLOWS:-2000000}

"$build/tests/bench/mk_load" even "$flows" $((flows / 2)) "$work/load.pcap"
"$nfseal" capture -q -r "$work/load.pcap" -w "$work/metered"
python3 - >"$work/port" <<'END' &
import socket
import time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(100000)
END
while [ ! -s "$work/port" ]; do sleep 0.05; done
to=udp://127.0.0.1:$(cat "$work/port")

# What a collector keeps: the datagrams of a router.
"$build/tests/bench/exports" file netflow9 "$flows" "$work/exports.pcap" >/dev/null
"$nfseal" collect -q -r "$work/exports.pcap" -w "$work/collected"

# seconds COMMAND...: the wall's, in microseconds; one that fails has no time
seconds() {
	local began
	began=$(date +%s%N)
	"$@" >"$work/out" 2>&1 || { echo "failed: $*: $(tail -n 1 "$work/out")" >&2; return 1; }
	echo $((($(date +%s%N) - began) / 1000))
}
median() { sort -n | sed -n "$(((runs + 1) / 2))p"; }
ours() { "$nfseal" replay "$work/metered" --to "$to" --format netflow9 --rate 0 --json -q; }
rates() { # FLOWS FILE-OF-MICROSECONDS
	awk -v f="$1" '{ printf "%.2f M flows/s (median of '"$runs"')\n", f / $1 }' <<<"$(median <"$2")"
}

ours >"$work/receipt"
records=$(jq '.targets[0].records' "$work/receipt")
if [ -n "$nfreplay" ] && [ -n "$nfpcapd" ]; then
	mkdir "$work/nf"
	"$nfpcapd" -y -r "$work/load.pcap" -w "$work/nf" >/dev/null 2>&1
	file=$(find "$work/nf" -name 'nfcapd*' -type f | head -n 1)
fi
for _ in $(seq "$runs"); do
	seconds ours >>"$work/ours"
	[ -z "${file:-}" ] ||
		seconds "$nfreplay" -d 0 -r "$file" -H 127.0.0.1 -p "${to##*:}" -v 9 >>"$work/theirs"
	seconds "$nfseal" replay "$work/collected" --exact --to "$to" --rate 0 -q >>"$work/exact"
done
echo "replay as NetFlow 9, $records flows: $(rates "$records" "$work/ours")"
if [ -n "${file:-}" ]; then
	theirs=$(nfdump -r "$file" -I | awk '/^Flows:/ { print $2 }')
	echo "nfreplay -v 9 -d 0, $theirs flows: $(rates "$theirs" "$work/theirs")"
fi
echo "replay --exact, $flows flows: $(rates "$flows" "$work/exact")"

# What takes an hour and a half, in some seventeen seconds.
"$build/fixtures/mkcapture" -c 20000 -d 600 -s 128 "$work/slow.pcap"
"$nfseal" capture -q -r "$work/slow.pcap" -w "$work/slow"
TIMEFORMAT='processor time at the original pace: %U s user, %S s system of %R s'
time "$nfseal" replay "$work/slow" --to "$to" --format netflow9 --speed 300x --json -q >"$work/receipt"
jq -r '.targets[0].jitter_nanos | "off their time: median \(.median / 1e6) ms, 99 % \(.p99 / 1e6) ms, all \(.max / 1e6) ms, of \(.datagrams) datagrams"' "$work/receipt"
