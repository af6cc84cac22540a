# SPDX-License-Identifier: BSD-2-Clause
# For the tests of the collector as a service: sourced after lib.sh.
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
export PYTHONPATH="$NFSEAL_SOURCE/tests/cli" PYTHONDONTWRITEBYTECODE=1

# port: a free UDP port
port() {
	python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# until_true SECONDS COMMAND...: waits until it succeeds
until_true() {
	local end=$(($(date +%s%3N) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%3N)" -lt "$end" ] || { fail "never true: $*"; return 1; }
		sleep 0.05
	done
}
# collector NAME OPTIONS...: in the background, its number in $pid, its port in $p, $name.out and $name.err; returns when it receives
collector() {
	name=$1
	shift
	p=$(port)
	nfseal collect -p "$p" "$@" >"$name.out" 2>"$name.err" &
	pid=$!
	until_true 20 grep -qi ":$(printf %04X "$p") " /proc/net/udp /proc/net/udp6
}
# heard PATTERN: waits until the collector's status line has it
heard() {
	until_true 20 sh -c "kill -USR1 $pid && sleep 0.05 && tail -n 3 '$name.err' | grep -qE -- '$1'" || cat "$name.err"
}
# stopped STATUS: asks it to end, and looks how it did
stopped() {
	local got=0
	kill -TERM "$pid"
	wait "$pid" || got=$?
	[ "$got" = "$1" ] || fail "exit $got instead of $1: $(cat "$name.err")"
}
# send SCRIPT: python with the exporter's words
send() {
	python3 -c "import sys, time
from exporter import *
p = $p
$1" || fail "the sender failed"
}
