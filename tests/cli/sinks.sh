# SPDX-License-Identifier: BSD-2-Clause
# Receivers of what a replay sends: sourced after lib.sh; they end with the test at the latest.
command -v python3 >/dev/null || skip "python3 is not installed"
running=()
trap 'kill "${running[@]}" 2>/dev/null' EXIT

# listening NAME PROGRAM OPTIONS...: in the background, its number in $last, its port in $port
listening() {
	local name=$1
	shift
	: >"$name.port"
	python3 "$NFSEAL_SOURCE/tests/interop/$1" "${@:2}" >"$name.port" &
	last=$!
	running+=("$last")
	for _ in $(seq 200); do [ -s "$name.port" ] && break; sleep 0.05; done
	port=$(cat "$name.port")
}
# sink NAME: takes datagrams into NAME.pcap; its address is in $to
sink() {
	listening "$1" sink.py "$1.pcap"
	sink=$last
	to=udp://127.0.0.1:$port
}
# stop: ends the last sink, which then has written everything
stop() { kill -TERM "$sink"; wait "$sink"; }
# stream NAME [OPTIONS]: takes connections, each into a file NAME.N
stream() { listening "$1" stream_sink.py "$@"; }
