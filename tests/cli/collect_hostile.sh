#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect under attack and failure: floods, a clock that is set, two at once, signals at
# bad times, archives that cannot be written.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
flows() { nfseal show -q "$@" -o ndjson | wc -l; }
losses() { cat "$1"/*/*/*/*.manifest.json | jq -s "map(.losses.$2) | add"; }

echo "a flood of invented exporters: so many archives, over restarts too; nothing is thrown away"
collector flood -w flood --per-exporter=4 -t 3600 --json
send '
for i in range(300):
    sender(p, "127.%d.%d.1" % (1 + i // 200, i % 200 + 1))(v5(0, 2))'
heard '^nfseal collect: 300 datagrams from 300 exporters, 600 flows'
until_true 20 sh -c '[ "$(for a in flood/*; do nfseal show -q --open $a -o ndjson; done | wc -l)" = 600 ]'
kill -KILL "$pid"
wait "$pid" 2>nul
[ "$(ls flood | wc -l)" = 5 ] || fail "archives: $(ls flood)"
collector again -w flood --per-exporter=4 -t 3600 --json
send 'sender(p, "127.9.9.9")(v5(0, 2))'
heard '^nfseal collect: 1 datagrams'
stopped 0
[ "$(ls flood | wc -l)" = 5 ] || fail "a restart makes more archives: $(ls flood)"
total=0
for a in flood/*; do
	verdict VERIFIED "$a"
	total=$((total + $(flows "$a")))
done
[ $total = 602 ] || fail "$total flows of 602 in all archives"

echo "an archive that cannot be written keeps nobody else from it"
closed=flood/$(ls flood | grep -m 1 127)
expect 0 '' nfseal close "$closed"
collector one -w flood --per-exporter=4 --json
address=$(basename "$closed" | tr - .)
send "sender(p, '$address')(v5(0, 3)); sender(p, '127.8.8.8')(v5(0, 3))"
heard '^nfseal collect: 2 datagrams'
stopped 0
grep -q "datagrams of $address go into others" one.err || fail "not said: $(cat one.err)"
jq -e '.datagrams.kept == 2' one.out >nul || fail "$(jq .datagrams one.out)"
verdict VERIFIED "$closed"
verdict VERIFIED flood/others

echo "two on one archive, and one that is not ours"
collector first -w both
expect 2 'another writer' timeout 20 nfseal collect -p "$(port)" -w both
expect 2 'cannot listen' timeout 20 nfseal collect -p "$p" -w other
expect 2 'each ident|another writer|two archives|archive of -n' timeout 20 nfseal collect -p "$(port)" -w x -n a,192.0.2.1,./x/../x
stopped 0

echo "signals at bad times"
collector signals -w signals -t 3600
for i in 1 2 3; do
	send "sender(p)(v5($i, 1))"
	heard "^nfseal collect: $i datagrams"
	kill -HUP "$pid"
done
kill -HUP "$pid"
kill -USR1 "$pid"
stopped 0
verdict VERIFIED signals
[ "$(flows signals)" = 3 ] || fail "signals: $(flows signals) flows"

echo "a clock that is set"
sanitized=no
nm "$NFSEAL" 2>/dev/null | grep -q '__asan_init\|__tsan_init' && sanitized=yes
if [ $sanitized = no ]; then
	p=$(port) name=clock
	CLOCKSHIM=$PWD/offset LD_PRELOAD=$(dirname "$NFSEAL")/tests/cli/clockshim.so nfseal collect -p "$p" -w clock -t 1h >clock.out 2>clock.err &
	pid=$!
	until_true 20 grep -qi ":$(printf %04X "$p") " /proc/net/udp /proc/net/udp6
	send 'sender(p)(v5(0, 1))'
	heard '^nfseal collect: 1 datagrams'
	echo -90000 >offset # a day back: the interval would end tomorrow
	until_true 20 grep -q 'sealed clock/.*-00000001' clock.err
	echo 90000 >offset
	until_true 20 sh -c "ls clock/*/*/*/*-00000002.manifest.json || kill -USR1 $pid && tail -n 1 clock.err | grep -q 'segment [34]'"
	send 'sender(p)(v5(1, 1))'
	heard '^nfseal collect: 2 datagrams'
	stopped 0
	verdict VERIFIED clock
	[ "$(flows clock)" = 2 ] || fail "clock: $(flows clock) flows"
fi

echo "the archive's directory goes away"
collector gone -w gone -t 3600 -n 'a,127.0.0.2,stays'
send 'sender(p)(v5(0, 2)); sender(p, "127.0.0.2")(v5(0, 2))'
until_true 20 sh -c "nfseal show -q --open stays -o ndjson | grep -q ."
mv gone elsewhere
kill -HUP "$pid"
wait "$pid"
status=$?
[ $status = 2 ] || fail "exit $status with no directory"
grep -q 'gone/' gone.err || fail "not said which: $(cat gone.err)"
verdict VERIFIED stays
[ "$(flows stays)" = 2 ] || fail "the other archive was not sealed: $(cat gone.err)"
mv elsewhere gone
expect 0 '' nfseal recover gone
verdict VERIFIED gone
[ "$(flows gone)" = 2 ] || fail "recovered: $(flows gone)"

finish
