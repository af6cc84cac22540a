#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Live capture, nfseal beside softflowd and nfpcapd where they are installed, in one run: the rate
# at which the first packet is lost.  In two network namespaces of its own, which are gone with it.
# usage: live.sh BUILD-DIRECTORY    env: ROUNDS (3), SECONDS_EACH (4)
# On a machine that others use too, chrt -r 5 before it gives all programs alike what they need.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
no() { echo "live capture is left out: $*"; exit 0; }

PATH=$PATH:/usr/sbin:/sbin
if [ -z "${NFSEAL_BENCH_NET:-}" ]; then
	[ "$(uname)" = Linux ] || no "no network namespaces here"
	[ "$(id -u)" = 0 ] || no "it needs root"
	[ "$(nproc)" -ge 2 ] || no "it needs two processors, for the sender and the meter"
	NFSEAL_BENCH_NET=1 unshare --net ip link add probe0 type veth peer name probe1 2>/dev/null ||
		no "no network namespaces with veth in this kernel"
	export NFSEAL_BENCH_NET=1
	exec unshare --net "$0" "$build"
fi
work=$(mktemp -d)
unshare --net sleep infinity &
peer=$!
trap 'kill $peer; rm -rf "$work"' EXIT
for _ in $(seq 50); do
	[ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/$$/ns/net)" ] && break
	sleep 0.1
done
ip link set lo up
ip link add a0 type veth peer name a1
ip link set a0 netns $peer
for i in a0 a1; do
	in_ns=
	[ $i = a0 ] && in_ns="nsenter -t $peer -n"
	$in_ns sysctl -qw net.ipv6.conf.$i.disable_ipv6=1 2>/dev/null
	$in_ns ip link set $i up
done
"$build/tests/bench/volley" a1 64 1 >/dev/null 2>"$work/why" || no "$(cat "$work/why")"
python3 "$here/live.py" "$build" "$work" $peer | tee "$build/bench-live.txt"
exit "${PIPESTATUS[0]}"
