#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect and a full disk: it ends the run, what was durable is sealed by the next one, which
# needs no room; what is lost is told; other archives are not kept from theirs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
mkdir disk
mount -t tmpfs -o size=2500k tmpfs disk 2>/dev/null || skip "mounting a tmpfs is not permitted here"
trap 'umount disk' EXIT
losses() { find "$1" -name '*.manifest.json' -exec cat {} + | jq -s "map(.losses.$2) | add"; }

# ended: the run of the last collector, by itself, and says why
ended() {
	local got=0
	wait "$pid" || got=$?
	[ $got = 1 ] || [ $got = 2 ] || [ $got = 5 ] || fail "exit $got: $(cat "$name.err")"
	grep -qE 'room|No space' "$name.err" || fail "not said: $(cat "$name.err")"
	dd if=/dev/zero of=disk/filler bs=64k count=1000 2>/dev/null
	df disk | awk 'NR == 2 && $4 > 0 { exit 1 }' || fail "the disk is not full"
}

echo "datagrams"
collector full -w disk/full -t 3600 -n 'a,127.0.0.2,beside' --json
send '
import os
s, t = sender(p), sender(p, "127.0.0.2")
try:
    for i in range(100000):
        s(bytes([0, 0xee]) + os.urandom(1000))
        if i % 100 == 0:
            t(v5(i // 100, 1))
            time.sleep(0.08)
except ConnectionRefusedError:
    pass'
ended
verdict VERIFIED beside
expect 0 '"datagrams_not_kept":[1-9]' cat beside/*/*/*/*.manifest.json
expect 0 '' nfseal recover disk/full
verdict VERIFIED --deep disk/full
kept=$(losses disk/full datagrams_kept)
[ "$kept" -gt 100 ] || fail "$kept datagrams are kept: $(cat full.err)"
rm -rf disk/*
mount -o remount,size=5m disk

# stream NAME: numbered messages over TCP, also into an archive beside, until the collector ends; once
# something fills the disk they come as fast as they can
stream() {
	local tcp
	tcp=$(port)
	collector "$1" --listen "tcp://127.0.0.1:$tcp" -w "disk/$1" -t 3600 -n "a,127.0.0.2,$1.near" --json
	send "
import os
FIELDS = struct.pack('>HHHHHHHHI', 256, 3, 8, 4, 1, 4, 0x8001, 1000, 9999)
def message(i):
    sets = struct.pack('>HH', 2, 4 + len(FIELDS)) + FIELDS if i == 0 else b''
    return ipfix(i, sets + struct.pack('>HH4sI', 256, 1012, b'\x0a\0\0\1', i) + os.urandom(1000))
def connect(source):
    for attempt in range(400):
        try:
            return socket.create_connection(('127.0.0.1', $tcp), source_address=(source, 0))
        except ConnectionRefusedError:
            time.sleep(0.05)
s, t = connect('127.0.0.1'), connect('127.0.0.2')
try:
    for i in range(100000):
        s.sendall(message(i))
        if i % 30 == 0:
            t.sendall(message(i // 30))
            time.sleep(0 if os.path.exists('disk/filler') else 0.05)
except (ConnectionResetError, BrokenPipeError):
    pass"
	ended
}

# is_beginning NAME: of what was sent nothing is missing but the end, and that is counted
is_beginning() {
	verdict VERIFIED --deep "disk/$1"
	nfseal show -q "disk/$1" -o ndjson | jq .bytes >numbers
	kept=$(wc -l <numbers)
	[ "$kept" -gt 100 ] && [ "$kept" = "$(losses "disk/$1" messages_kept)" ] ||
		fail "$kept messages, $(losses "disk/$1" messages_kept) counted: $(cat "$1.err")"
	seq 0 $((kept - 1)) | cmp -s - numbers || fail "what is kept is not the beginning of what came"
	verdict VERIFIED --deep "$1.near"
}

echo "messages over TCP: the room that was kept is enough to seal them, by this run or by the next"
stream own
expect 0 '' nfseal recover disk/own
is_beginning own
rm -rf disk/*

mount -o remount,size=10m disk
echo "and where something else fills the disk, what was durable is sealed on the full disk"
statements() { cat disk/taken/open/*.statements.part | wc -l; }
# room for some hundred messages is kept, and these are durable
(until_true 20 sh -c '[ "$(wc -c <disk/taken/open/reserve)" -gt 600000 ]'
before=$(statements)
until_true 20 eval '[ "$(statements)" -gt "$before" ]'
dd if=/dev/zero of=disk/filler bs=64k count=1000 2>/dev/null) &
stream taken
grep -qE '[1-9][0-9]* messages were received and not kept' taken.err || fail "not told: $(cat taken.err)"
expect 0 '"messages_not_kept":[1-9]' cat taken.near/*/*/*/*.manifest.json
expect 0 '' nfseal recover disk/taken
is_beginning taken
expect 0 'what came behind that is missing' find disk/taken -name '*.manifest.json' -exec cat {} +
finish
