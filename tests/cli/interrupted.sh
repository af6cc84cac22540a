#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SIGINT seals what was metered; SIGKILL leaves nothing half-sealed, and the next run works.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
"$fixtures/mkcapture" -c 400 good.pcap
whole=$(nfseal capture -r good.pcap -o /dev/null --format csv --json | jq .packets.read)

# feed PIPE: the whole capture, then the pipe stays open
begin() {
	rm -f pipe
	mkfifo pipe
	nfseal capture -r pipe -w "$1" --json >run.out 2>run.err &
	pid=$!
	exec 3>pipe
	cat good.pcap >&3
	for _ in $(seq 200); do
		ls "$1"/open/*.part >/dev/null 2>&1 && break
		sleep 0.05
	done
	sleep 0.3
}

for signal in INT TERM; do
	begin "by_$signal"
	kill -s $signal $pid
	wait $pid
	status=$?
	exec 3>&-
	number=$([ $signal = INT ] && echo 2 || echo 15)
	[ $status = $((128 + number)) ] || fail "SIG$signal: exit $status ($(cat run.err))"
	[ "$(jq .packets.read run.out)" = "$whole" ] || fail "SIG$signal: $(jq .packets.read run.out) of $whole packets"
	verdict VERIFIED "by_$signal"
	nfseal verify --deep "by_$signal" >out 2>err || fail "verify --deep after SIG$signal"
done

echo "a status line on demand"
begin asked
kill -s USR1 $pid
tail -c +25 good.pcap >&3
for _ in $(seq 100); do
	grep -q 'packets, .* MiB' run.err && break
	sleep 0.05
done
grep -qE '^[0-9]+ packets, [0-9]+ MiB$' run.err || fail "no status line on SIGUSR1: $(cat run.err)"
exec 3>&-
wait $pid || fail "the run after SIGUSR1"
[ "$(jq .packets.read run.out)" = $((2 * whole)) ] || fail "SIGUSR1 lost packets"

begin killed
kill -s KILL $pid
wait $pid 2>/dev/null
exec 3>&-
[ -z "$(find killed -name '*.manifest.json')" ] || fail "a segment was sealed by a killed run"
ls killed/open/*.part >/dev/null 2>&1 || fail "there is no .part file to quarantine"
expect 0 'quarantine' nfseal capture -r good.pcap -w killed
verdict VERIFIED killed
manifest=$(find killed -name '*.manifest.json')
[ "$(jq '.recovery | length' "$manifest")" -gt 0 ] || fail "the manifest declares no recovery"

echo "killed at many moments"
for delay in 0.002 0.005 0.01 0.02 0.03 0.05 0.08 0.12; do
	nfseal capture -q -r good.pcap -w many 2>/dev/null &
	pid=$!
	sleep $delay
	kill -s KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
done
expect 0 '' nfseal capture -q -r good.pcap -w many
verdict VERIFIED many
nfseal verify --deep many >out 2>err || fail "verify --deep after kills: $(tail -n 3 out)"
finish
