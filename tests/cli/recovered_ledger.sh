#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A collector that was killed: its recovered segment has the exporters one by one, as one has that was
# sealed: by datagrams, by messages over TCP, and by both.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"

cat >exports.py <<'END'
import sys, time
from exporter import *
p, tcp, datagrams, messages = (int(a) for a in sys.argv[1:])
if datagrams:
    a, b = sender(p, "127.0.0.2"), sender(p, "127.0.0.3")
    for i in range(20):
        if i in (7, 8):
            continue # lost
        a(v9(i, template(0) + data(3), uptime=1000 * i))
        b(ipfix(2 * i, (template(2, 300) if i > 5 else b"") + data(2, 300), domain=i % 2))
        b(v5(i, 1, engine=3))
    b(b"\0\1\2\3")
if messages:
    for attempt in range(400):
        try:
            s = socket.create_connection(("127.0.0.1", tcp))
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    for i in (0, 1, 2, 5):
        s.sendall(ipfix(4 * i, template(2) + data(4), domain=9))
    s.sendall(ipfix(24, template(2), domain=9))
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
END

# ledger ARCHIVE: without what depends on the time and on chance
ledger() {
	jq -cS '.exporters | map(del(.clock_offset_least, .clock_offset_most, .missed_from, .missed_to, .port)) | sort_by(.transport, .address, .domain, .protocol)[]' "$1"/*/*/*/*.exporters.json
}

for way in "1 0 datagrams" "0 1 messages" "1 1 both"; do
	set -- $way
	echo "$3"
	heard=$(($1 * 55))
	for end in sealed killed; do
		tcp=$(port)
		collector "$3-$end" --listen "tcp://127.0.0.1:$tcp" -w "$3-$end"
		python3 exports.py "$p" "$tcp" "$1" "$2" || fail "exports"
		if [ $end = sealed ]; then
			heard "^nfseal collect: $heard datagrams"
			[ "$2" = 0 ] || until_true 20 grep -q 'the exporter ended it' "$name.err"
			stopped 0
		else
			until_true 20 sh -c "[ \$(nfseal show -q --open '$name' -o ndjson | wc -l) = $(nfseal show -q "$3-sealed" -o ndjson | wc -l) ]"
			[ "$2" = 0 ] || until_true 20 grep -q 'the exporter ended it' "$name.err"
			kill -KILL "$pid"
			wait "$pid" 2>nul
			expect 0 '' nfseal recover "$name"
		fi
		verdict VERIFIED --deep "$3-$end"
	done
	jq -e '.recovered == true' "$3-killed"/*/*/*/*.exporters.json >nul || fail "not said to be recovered"
	jq -e 'has("recovered") | not' "$3-sealed"/*/*/*/*.exporters.json >nul || fail "said to be recovered"
	ledger "$3-sealed" >sealed.txt
	ledger "$3-killed" >killed.txt
	[ -s sealed.txt ] && cmp -s sealed.txt killed.txt || fail "$3: $(diff sealed.txt killed.txt)"
	jq -s -e 'map(.missed) | add > 0' killed.txt >nul || fail "the loss is not told: $(cat killed.txt)"
	[ "$(nfseal info --json "$3-killed" | jq -c '.exporters | length')" = "$(wc -l <sealed.txt)" ] ||
		fail "info: $(nfseal info --json "$3-killed" | jq -c .exporters)"
done
finish
