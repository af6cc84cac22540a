#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal show --open: the flows that are not sealed yet, beside a collector at work.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
rows() { nfseal show -q --open "$@" -o ndjson | wc -l; }
has() { [ "$(rows "${@:2}")" = "$1" ]; }

echo "what came a second ago is there, marked, in every format, with filters"
collector run -w archive -t 3600 --json
send '
s = sender(p)
for i in range(4):
    s(v5(i * 5, 5, port=1000 + i))
t = sender(p)
for i in range(3):
    t(v9(i, template(0) + data(2), count=3))'
until_true 20 has 26 archive
[ "$(nfseal show -q archive -o ndjson | wc -l)" = 0 ] || fail "they are sealed already"
[ "$(rows archive 'src port 1002 and proto tcp')" = 5 ] || fail "a filter"
[ "$(rows archive -c 7)" = 7 ] || fail "-c"
nfseal show -q --open archive -o ndjson >open.rows
jq -e -s 'all(.[]; .other.unsealed == true) and (map(.export_protocol) | unique) == [5, 9]
	and all(.[]; .exporter_ip == "127.0.0.1" and .datagram >= 1)' open.rows >nul || fail "rows: $(head -n 2 open.rows)"
expect 0 'NOT SEALED: flows of segment 1, as far as they were durable at 2.*nothing of this was verified' nfseal show --open archive
[ "$(grep -c '10.0.0.1' out)" = 26 ] || fail "the table"
expect 0 '^26 flows' nfseal show --open archive
expect 0 '' nfseal show -q --open archive -o csv --columns src_port,other
[ "$(grep -c unsealed out)" = 26 ] || fail "csv: $(head -n 3 out)"
expect 0 'tcp|6' nfseal show -q --open archive -s protocol/flows -o ndjson
jq -e '.flows == 26' out >nul || fail "a ranking: $(cat out)"
for format in ecs hec cef; do
	[ "$(nfseal show -q --open archive -o $format | grep -c 10.0.0.1)" = 26 ] || fail "as $format"
done
[ "$(rows archive --until 2023-11-14)" = 0 ] || fail "--until"

echo "nothing is written, locked or asked of the state; anybody may look who may read"
before=$(find archive | sort)
place=$(TMPDIR=/tmp mktemp -d) && chmod 755 "$place"
trap 'rm -rf "$place"' EXIT
cp "$NFSEAL" "$place/nfseal" && chmod 755 "$place/nfseal"
cp -r archive "$place/archive" && chmod -R go+rX "$place/archive"
(cd "$place" && HOME=/nonexistent XDG_STATE_HOME=/nonexistent as_user ./nfseal show --open archive -o ndjson) >other.rows 2>err || fail "another user: $(cat err)"
cmp -s other.rows open.rows || fail "another user sees other flows"
if command -v strace >/dev/null && ! nm "$NFSEAL" 2>/dev/null | grep -q __asan_init; then # LeakSanitizer bears no tracer
	strace -f -e trace=openat,open,flock,unlink,rename -o trace nfseal show -q --open archive -o ndjson >nul
	grep -E 'archive' trace | grep -qE 'O_WRONLY|O_RDWR|flock|unlink|rename' && fail "it writes: $(grep -m 1 O_RDWR trace)"
fi
[ "$(find archive | sort)" = "$before" ] || fail "other files than before"

echo "over a rotation; what was late; and afterwards"
send '
s = sender(p, source_port=0)
s(ipfix(0, data(3)))'
heard 'from 3 exporters'
kill -HUP "$pid"
until_true 20 has 0 archive
[ "$(nfseal show -q archive -o ndjson | wc -l)" = 26 ] || fail "the first segment"
stopped 0
expect 0 'no segment is open' nfseal show --open archive
[ "$(rows archive)" = 0 ] || fail "rows of no segment"

echo "without datagrams the journal has them"
collector bare -w bare -t 3600 --no-datagrams
send 's = sender(p); s(v5(0, 9))'
until_true 20 has 9 bare
nfseal show -q --open bare -o ndjson | jq -e -s 'all(.[]; .other.unsealed == true)' >nul || fail "bare"

echo "a killed run, and one that is cut or hostile"
kill -KILL "$pid"
wait "$pid" 2>nul
[ "$(rows bare)" = 9 ] || fail "of a killed run"
cp -r bare cut
part=$(ls cut/open/*.flows.ipfix.part)
head -c $(($(stat -c %s "$part") - 10)) "$part" >short && mv short "$part"
expect 3 'flows.ipfix.part' nfseal show --open cut -o ndjson
cp -r "$place/archive" datagrams
part=$(ls datagrams/open/*.datagrams.pcapng.zst.part)
head -c $(($(stat -c %s "$part") - 10)) "$part" >short && mv short "$part"
expect 3 'datagrams.pcapng.zst.part' nfseal show --open datagrams -o ndjson
cp -r bare hostile
printf 'XX' | dd of="$(ls hostile/open/*.statements.part)" bs=1 seek=30 conv=notrunc status=none
expect 5 'statements.part' nfseal show --open hostile
rm hostile/open/*.statements.part && mkfifo hostile/open/20231114T221320Z-00000001.statements.part
expect 2 'statements.part' timeout 10 nfseal show --open hostile
expect 5 'no archive' nfseal show --open "$place"
expect 2 'what is open is not verified' nfseal show --open bare --genesis 00
finish
