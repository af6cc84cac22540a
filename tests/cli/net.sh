# SPDX-License-Identifier: BSD-2-Clause
# For the tests of live captures: sourced first, it runs the test again in a network of its own,
# which is gone with it: interfaces a0 and a1, b0 and b1 are the ends of two wires.
if [ -z "${NFSEAL_NET:-}" ]; then
	[ "$(uname)" = Linux ] || { echo "skip: no network namespaces in this kernel"; exit 0; }
	alone='unshare --net'
	[ "$(id -u)" = 0 ] || alone='unshare --user --map-root-user --net'
	NFSEAL_NET=1 $alone sh -c 'PATH=$PATH:/usr/sbin:/sbin
		ip link add probe0 type veth peer name probe1' 2>/dev/null ||
		{ echo "skip: no network namespaces with veth in this kernel"; exit 0; }
	NFSEAL_NET=1 exec $alone "$0"
fi
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
blast=$(dirname "$NFSEAL")/tests/cli/blast

# wire A B: no neighbour discovery or router solicitation disturbs the counts
wire() {
	ip link add "$1" type veth peer name "$2"
	for i in "$1" "$2"; do
		sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1" 2>/dev/null
		ip link set "$i" up
	done
}

# start OUTPUTS COMMAND...: in the background as $pid, ready when the thread that writes runs
start() {
	local name=$1
	shift
	"$@" >"$name.out" 2>"$name.err" </dev/null &
	pid=$!
	for _ in $(seq 200); do
		kill -0 $pid 2>/dev/null || break
		[ "$(ls "/proc/$pid/task" 2>/dev/null | wc -l)" -ge 2 ] && return
		sleep 0.05
	done
	fail "did not start: $* ($(cat "$name.err"))"
}

# stop NAME STATUS [SIGNAL]: the command that start began
stop() {
	kill -s "${3:-TERM}" $pid
	await "$1" "$2"
}

# await NAME STATUS: it ends by itself, or is killed for not doing so
await() {
	local got=0 watch
	(sleep 60; kill -s KILL $pid) >/dev/null 2>&1 &
	watch=$!
	wait $pid || got=$?
	kill $watch 2>/dev/null
	[ $got = "$2" ] || fail "$1: exit $got instead of $2 ($(tail -n 3 "$1.err"))"
	if grep -q 'AddressSanitizer\|runtime error\|LeakSanitizer' "$1.err"; then
		fail "sanitizer: $1"
		cat "$1.err"
	fi
}

# until SECONDS COMMAND...: waits for it to succeed
until_true() {
	local turns=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		turns=$((turns - 1))
		[ $turns -gt 0 ] || { fail "never true: $*"; return; }
		sleep 0.05
	done
}

manifests() { find "$1" -name '*.manifest.json' | sort -t- -k2; }
wire a0 a1
wire b0 b1
sleep 0.2
