# SPDX-License-Identifier: BSD-2-Clause
# For the tests of sessions over TCP and TLS: sourced after lib.sh.  Makes in.pcap, its archive `case`, in.ipfix,
# and `flows`, the flows in it as `common` shows them.
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"

"$fixtures/mkcapture" -c 400 in.pcap
nfseal capture -q -r in.pcap -w case
nfseal capture -q -r in.pcap -o in.ipfix
common() {
	jq -c '[.src_ip, .dst_ip, .src_port, .dst_port, .protocol, .flow_start[0:23], .flow_end[0:23], .packets, .bytes, .rev_packets]' | sort
}
nfseal show -q case -o ndjson | common >flows

# port: one that is free for TCP and UDP
port() {
	python3 -c 'import socket
s = socket.socket(socket.AF_INET6); s.bind(("::", 0)); p = s.getsockname()[1]
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(("::", p)); print(p)'
}
# start NAME ARGUMENTS...: a collector, once it receives; its number is in $collector
start() {
	local name=$1
	shift
	nfseal collect --pid-file "$name.pid" "$@" >"$name.out" 2>"$name.err" &
	collector=$!
	for _ in $(seq 200); do
		grep -qi ":$(printf %04X "$p") .* 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null && return
		kill -0 $collector 2>/dev/null || break
		sleep 0.05
	done
	fail "$name does not listen: $(cat "$name.err")"
}
# stop NAME STATUS
stop() {
	kill -TERM $collector
	wait $collector
	local status=$?
	[ $status = "$2" ] || fail "$1: exit $status instead of $2: $(cat "$1.err")"
}
# seen FILE TEXT [TIMES]: waits until it stands there
seen() {
	for _ in $(seq 200); do
		[ "$(grep -c -- "$2" "$1")" -ge "${3:-1}" ] && return
		sleep 0.05
	done
	fail "no '$2' in $1: $(cat "$1")"
}
# open_rows ARCHIVE: of the open segment's flows, those that are durable
open_rows() {
	nfseal show -q --open "$1" -o ndjson 2>/dev/null | wc -l
}
# durable ARCHIVE ROWS: waits until so many are
durable() {
	for _ in $(seq 200); do
		[ "$(open_rows "$1")" = "$2" ] && return
		sleep 0.05
	done
	fail "$(open_rows "$1") rows of $1 are durable, not $2"
}
cat >send.py <<'END'
# send.py HOST PORT FILE...: each over a connection of its own, all at once, in small pieces
import socket, sys
files = [open(f, "rb").read() for f in sys.argv[3:]]
socks = [socket.create_connection((sys.argv[1], int(sys.argv[2]))) for f in files]
at = 0
while any(at < len(f) for f in files):
    for f, s in zip(files, socks):
        if at < len(f):
            s.sendall(f[at:at + 1000])
    at += 1000
for s in socks:
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
END
