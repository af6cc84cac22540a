#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay beside nfreplay over the loopback, in turns of one run.  Speed: flows a second into a
# sink that counts, NetFlow 9 encoded anew, of flows that were metered and of flows that a router sent,
# and datagrams as they were.  Pace: ten minutes of archive in one, how far from their time datagrams go and
# the processor time that waiting takes.  Loss: the default pace into nfcapd with its own buffers.
# usage: replay.sh BUILD-DIRECTORY [speed|pace|loss]...
# env: RUNS (5), FLOWS (6000000); NFSEAL_NFREPLAY, NFSEAL_NFPCAPD: peers that are not in PATH;
#      NFSEAL_NFCAPDS: collectors, apart by spaces (nfcapd), the last of them makes the file that
#      nfreplay reads; NFSEAL_BENCH_DATA: a directory to keep the archives in, for a further run
set -eu
build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- speed pace loss
here=$(cd "$(dirname "$0")" && pwd)
nfseal=$build/nfseal
work=$(mktemp -d)
data=${NFSEAL_BENCH_DATA:-$work}
mkdir -p "$data"
trap 'jobs -p | xargs -r kill 2>/dev/null; rm -rf "$work"' EXIT
export XDG_STATE_HOME=$data/state
nfreplay=$(command -v "${NFSEAL_NFREPLAY:-nfreplay}" || true)
nfpcapd=$(command -v "${NFSEAL_NFPCAPD:-nfpcapd}" || true)
read -r -a nfcapds <<<"${NFSEAL_NFCAPDS:-nfcapd}"
runs=${RUNS:-5}
flows=${FLOWS:-6000000}

# collector PROGRAM DIRECTORY OPTION...: a nfcapd at $port, once it has the port; its number in $receiver
collector() {
	local program=$1 into=$2
	shift 2
	mkdir -p "$into"
	port=$(python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	"$program" -w "$into" -b 127.0.0.1 -p "$port" -t 3600 "$@" >"$work/nfcapd.log" 2>&1 &
	receiver=$!
	until grep -q ":$(printf %04X "$port") " /proc/net/udp; do sleep 0.05; done
}
# Once it has read what the kernel holds for it.
end_collector() {
	while awk -v p=":$(printf %04X "$port")" '$2 ~ p "$" && $5 !~ /:00000000$/ { f = 1 } END { exit !f }' /proc/net/udp; do
		sleep 0.05
	done
	sleep 0.3
	kill -TERM "$receiver"
	wait "$receiver" || { echo "the collector failed: $(tail -n 1 "$work/nfcapd.log")" >&2; exit 1; }
}
flows_in() { nfdump -r "$1" -I | awk '/^Flows:/ { print $2 }'; }

# What is measured on: metered flows, a router's datagrams, both in nfdump's files, ten minutes of both.
make_data() {
	"$build/tests/bench/mk_load" even "$flows" $((flows / 2)) "$data/load.pcap"
	"$nfseal" capture -q -r "$data/load.pcap" -w "$data/metered"
	"$build/tests/bench/mk_load" even 1000000 500000 "$data/part.pcap"
	"$nfseal" capture -q -r "$data/part.pcap" -w "$data/part"
	"$build/tests/bench/exports" file netflow9 "$flows" "$data/exports.pcap" >"$work/out"
	"$nfseal" collect -q -r "$data/exports.pcap" -w "$data/collected"
	if [ -n "$nfreplay" ] && [ -n "$nfpcapd" ]; then
		mkdir "$data/nfpcapd"
		"$nfpcapd" -y -r "$data/load.pcap" -w "$data/nfpcapd" >"$work/out" 2>&1
		collector "${nfcapds[-1]}" "$data/nfcapd" -B 4000000
		"$nfseal" replay "$data/collected" --exact --to "udp://127.0.0.1:$port" --rate 15000d -q
		end_collector
	fi
	"$build/fixtures/mkcapture" -c 20000 -d 600 -s 128 "$data/slow.pcap"
	"$nfseal" capture -q -r "$data/slow.pcap" -w "$data/slow"
	python3 "$here/stretch.py" 20000 600 <"$data/exports.pcap" >"$data/minutes.pcap"
	"$nfseal" collect -q -r "$data/minutes.pcap" -w "$data/minutes"
	rm "$data"/*.pcap
	touch "$data/made"
}
[ -e "$data/made" ] || make_data

# timed NAME COMMAND...: microseconds into NAME, datagrams that came into NAME.datagrams
timed() {
	local name=$1 began took
	shift
	began=$(date +%s%N)
	"$@" >"$work/out" 2>&1 || { echo "failed: $*: $(tail -n 1 "$work/out")" >&2; return 1; }
	took=$((($(date +%s%N) - began) / 1000))
	echo $took >>"$work/$name"
	echo >&"${sink[1]}"
	read -r -u "${sink[0]}" came
	echo "$came" >"$work/$name.datagrams"
}
# tell NAME WHAT FLOWS
tell() {
	sort -n "$work/$1" | awk -v what="$2" -v f="$3" -v came="$(cat "$work/$1.datagrams")" '{ t[NR] = $1 } END {
		printf "%s: %.2f M flows/s (median of %d, best %.2f); %d flows in %d datagrams that came\n", what,
		    f / t[int((NR + 1) / 2)], NR, f / t[1], f, came }'
}
records() { "$nfseal" replay "$data/$1" --to "$to" --format netflow9 --rate 0 --dry-run --json -q | jq '.targets[0].records'; }

speed() {
	local made
	coproc sink { exec python3 "$here/sink.py"; }
	read -r -u "${sink[0]}" port
	to=udp://127.0.0.1:$port
	for _ in $(seq "$runs"); do
		for archive in metered collected; do
			timed $archive "$nfseal" replay "$data/$archive" --to "$to" --format netflow9 --rate 0 -q
		done
		timed exact "$nfseal" replay "$data/collected" --exact --to "$to" --rate 0 -q
		for made in nfpcapd nfcapd; do
			[ ! -d "$data/$made" ] ||
				timed $made "$nfreplay" -d 0 -r "$data/$made"/nfcapd.2* -H 127.0.0.1 -p "$port" -v 9
		done
	done
	tell metered "replay as NetFlow 9, metered flows" "$(records metered)"
	tell collected "replay as NetFlow 9, a router's flows" "$(records collected)"
	tell exact "replay --exact, a router's datagrams" "$(records collected)"
	for made in nfpcapd nfcapd; do
		[ ! -d "$data/$made" ] || tell $made "nfreplay -v 9 -d 0, $made's flows" "$(flows_in "$data/$made"/nfcapd.2*)"
	done
	eval "exec ${sink[1]}>&-"
}

# followed NAME ARCHIVE OPTION...: at ten times its speed
followed() {
	local name=$1 archive=$2
	shift 2
	TIMEFORMAT="$name: processor time %U s user, %S s system of %R s"
	time "$nfseal" replay "$data/$archive" --to "$to" --speed 10x --json -q "$@" >"$work/$name.json"
	jq -r --arg name "$name" '.targets[0].jitter_nanos | "\($name): off their time: median \(.median / 1e6) ms,
		99 % \(.p99 / 1e6) ms, all \(.max / 1e6) ms, of \(.datagrams) datagrams" | gsub("\n\t*"; " ")' "$work/$name.json"
}

# Ten minutes in one, both at once: datagrams when they came, flows when they ended.
pace() {
	coproc sink { exec python3 "$here/sink.py"; }
	read -r -u "${sink[0]}" port
	to=udp://127.0.0.1:$port
	followed exact minutes --exact >"$work/one" 2>&1 &
	followed "NetFlow 9" slow --format netflow9 'flow_end < 2025-11-23T08:10:00Z'
	wait $!
	cat "$work/one"
	eval "exec ${sink[1]}>&-"
}

loss() {
	local program run sent came lost
	for program in "${nfcapds[@]}"; do
		lost=
		for run in $(seq "$runs"); do
			collector "$program" "$work/loss"
			sent=$("$nfseal" replay "$data/part" --to "udp://127.0.0.1:$port" --format netflow9 --json -q |
				jq '.targets[0].records')
			end_collector
			came=$(flows_in "$work/loss"/nfcapd.2*)
			rm -r "$work/loss"
			lost="$lost $((sent - came))"
		done
		echo "$("$program" -V 2>&1 | grep -o '[0-9]*\.[0-9]*\.[0-9]*' | head -n 1) of nfcapd: flows lost of $sent at the default pace, $runs runs:$lost"
	done
}

for what in "$@"; do
	$what
done
