#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a live capture loses, and what it must not lose: a ring that is too small, a process that
# is stopped, a disk that is full, a kill at any moment.
. "$NFSEAL_SOURCE/tests/cli/net.sh"

echo "a stopped process and the smallest ring: what was received is read or counted as dropped"
start drops nfseal capture -i a1 -w drops -B 64 -t 1 --json
"$blast" a0 1000 0 10 >/dev/null
sleep 0.5
kill -s STOP $pid
"$blast" a0 60000 0 100 1400 >/dev/null
kill -s CONT $pid
sleep 1.2
"$blast" a0 500 0 10 >/dev/null
sleep 0.3
stop drops 3
jq -e '.packets.read as $read | .inputs[0] | .kernel_dropped > 1000 and .kernel_received == $read + .kernel_dropped
	and .kernel_received + .interface_dropped == 61500' drops.out >/dev/null || fail "identity: $(jq -c '[.packets.read, .inputs]' drops.out)"
jq -e '[.findings[] | select(.code == "DROPPED" and .file == "a1" and (.text | test("^the kernel dropped [0-9]+ of [0-9]+ packets")))] | length >= 1' drops.out >/dev/null ||
	fail "findings: $(jq -c .findings drops.out)"
manifests drops | xargs jq -s -e --argjson dropped "$(jq '.inputs[0].kernel_dropped' drops.out)" '
	(map(.losses.kernel_dropped) | add) == $dropped
	and (map(.losses.kernel_received) | add) == (map(.packets.read) | add) + $dropped
	and all((.losses.kernel_dropped > 0) == any(.findings[]; .code == "DROPPED"))' >/dev/null ||
	fail "manifests: $(manifests drops | xargs jq -c '[.packets.read, .losses, .findings]')"
verdict VERIFIED drops
expect 0 "kernel_dropped: *$(jq '.inputs[0].kernel_dropped' drops.out)" nfseal info drops

echo "killed: flows that had ended are sealed by the next run, and what may be missing is told"
start killed nfseal capture -i a1 -w killed --idle 1s --json
"$blast" a0 300 0 300 >/dev/null
sleep 3
kill -s KILL $pid
wait $pid 2>/dev/null
start after nfseal capture -i a1 -w killed --json
"$blast" a0 7 0 1 60 65536 >/dev/null
sleep 0.3
stop after 0
[ "$(nfseal show killed -o ndjson 2>/dev/null | jq -s 'map(.packets) | add')" = 307 ] ||
	fail "after the kill: $(nfseal show killed -o ndjson 2>/dev/null | jq -s 'map(.packets) | add') packets of 307"
[ "$(manifests killed | xargs jq -s -c 'map(.source.kind) | unique')" = '["interface"]' ] || fail "recovered: $(manifests killed | xargs jq -c .source)"
manifests killed | xargs jq -s -e 'any(.[]; .recovery | length > 0)' >/dev/null || fail "nothing was declared"
verdict VERIFIED killed
nfseal verify --deep killed >out 2>err || fail "verify --deep: $(tail -n 2 out)"

echo "a disk that takes seconds for a seal: packets are read all the while"
# 4 MiB hold a second of these packets; a seal needs more than four fsyncs.
export SLOWSHIM=$PWD/slowness
start slow env ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD="$(dirname "$NFSEAL")/tests/cli/slowshim.so" "$NFSEAL" capture -i a1 -B 4096 -w slow -t 1h --idle 1s --json
"$blast" a0 1000 0 1000 >/dev/null
sleep 1.5
: >slowness
kill -s HUP $pid
"$blast" a0 120000 30000 5000 60 65536 >/dev/null
until_true 8 sh -c "kill -s USR1 $pid; sleep 0.2; grep -q 'a1: 121000 packets, .* segment 2 since' slow.err"
grep -q '^nfseal capture: sealed' slow.err && fail "the disk was not slow: $(cat slow.err)"
rm slowness
stop slow 0
unset SLOWSHIM
[ "$(jq -c '[.packets.read, .inputs[0].kernel_received, .inputs[0].kernel_dropped, (.segments | length)]' slow.out)" = '[121000,121000,0,2]' ] ||
	fail "slow: $(jq -c '[.packets, .inputs, .segments]' slow.out)"
verdict VERIFIED slow

echo "the clock is set: it is told, flows end, nothing is lost"
export CLOCKSHIM=$PWD/step
start clock env ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD="$(dirname "$NFSEAL")/tests/cli/clockshim.so" "$NFSEAL" capture -i a1 -w clock -t 1h --json
"$blast" a0 40 0 40 >/dev/null
sleep 0.5
echo -86400 >step.new && mv step.new step
until_true 10 grep -q 'the clock was set back by 86400 s' clock.err
"$blast" a0 30 0 30 >/dev/null
sleep 0.5
echo 0 >step.new && mv step.new step
until_true 10 grep -q 'the clock was set forward by 86400 s' clock.err
stop clock 0
unset CLOCKSHIM
[ "$(jq -c '[.packets.read, .flows.emitted, (.findings | map(.code))]' clock.out)" = '[70,70,["CLOCK_STEP","CLOCK_STEP"]]' ] ||
	fail "clock: $(jq -c '[.packets, .flows, .findings]' clock.out)"
manifests clock | head -n 1 | xargs jq -e '.flows.emitted == 40 and .flows.carried_out == 0 and .findings[0].text == "the clock went back by 86400 s"' >/dev/null ||
	fail "clock: $(manifests clock | xargs jq -c '[.interval, .flows, .findings]')"
verdict VERIFIED clock

echo "a full disk ends it, and nothing that was durable is lost"
if mkdir small && mount -t tmpfs -o size=1m none small 2>/dev/null; then
	XDG_STATE_HOME=$PWD/other start full nfseal capture -i a1 -w small/archive --idle 1s
	"$blast" a0 50 0 50 >/dev/null
	sleep 3
	for _ in 1 2 3 4; do "$blast" a0 15000 60000 15000 >/dev/null; done
	await full 2
	grep -qE 'No space left|has room to seal' full.err || fail "full: $(tail -n 2 full.err)"
	cp -a small/archive grown
	umount small
	mkdir -p small && mv grown small/archive
	XDG_STATE_HOME=$PWD/other start room nfseal capture -i a1 -w small/archive
	stop room 0
	XDG_STATE_HOME=$PWD/other verdict VERIFIED small/archive
	[ "$(nfseal show small/archive -o ndjson 2>/dev/null | jq -s 'length')" -ge 50 ] || fail "what was durable before the disk was full"
else
	echo "skip: no tmpfs may be mounted in this kernel"
fi
finish
