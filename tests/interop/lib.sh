# SPDX-License-Identifier: BSD-2-Clause
# For the tests with collectors: sourced first.
here=$NFSEAL_SOURCE/tests/interop
PATH=$PATH:/usr/sbin:/sbin
export TZ=UTC

# need PROGRAM...: or this is skipped
need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || { echo "$program is not installed"; exit 77; }
	done
}

free_port() {
	python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

bound() { # port: somebody has it
	! python3 -c "import socket; socket.socket(type=socket.SOCK_DGRAM).bind(('127.0.0.1', $1))" 2>/dev/null
}

# What still runs is ended.
reap() {
	local status=$? file
	for file in ./*.pid; do
		[ -e "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null
	done
	exit $status
}

# start NAME COMMAND...: a collector at port $port in the background, once it has the port
start() {
	local name=$1
	shift
	"$@" >"$name.log" 2>&1 &
	echo $! >"$name.pid"
	trap reap EXIT
	for _ in $(seq 100); do bound "$port" && return; sleep 0.1; done
	echo "$name does not listen"
	cat "$name.log"
	return 1
}

stop() { # name, and a signal other than TERM
	local pid
	pid=$(cat "$1.pid")
	kill -s "${2:-TERM}" "$pid"
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || { rm "$1.pid"; return; }
		sleep 0.1
	done
	echo "$1 does not end"
	return 1
}
