#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What people hand in by mistake, or on purpose: a clear message, the exit status of the man
# page, what was good is kept, and nothing half-made is left.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"

"$fixtures/mkcapture" -c 200 good.pcap
size=$(stat -c %s good.pcap 2>/dev/null || stat -f %z good.pcap)

# header MAGIC SNAPLEN: a pcap header, little-endian, Ethernet
le32() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 24 & 255)))"; }
header() { le32 0xa1b2c3d4; printf '\2\0\4\0'; le32 0; le32 0; le32 "$1"; le32 1; }
# record SECONDS MICROS CAPTURED WIRE: then a UDP packet of 60 octets, cut to CAPTURED
packet() {
	printf '\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45\0\0\x2e\0\0\x40\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x10\x01\0\x35\0\x1a\0\0'
	printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
}
record() { le32 "$1"; le32 "$2"; le32 "$3"; le32 "$4"; packet | head -c "$3"; }

no_archive() { [ ! -e "$1" ] || fail "$1 was made"; }

echo "inputs that are none"
expect 2 'absent.pcap: cannot open: No such file' nfseal capture -r absent.pcap -w a1
expect 2 'is a directory' nfseal capture -r . -w a1
expect 2 'absent.pcap' nfseal capture -r good.pcap -r absent.pcap -w a1
: >empty.pcap
expect 5 'empty.pcap' nfseal capture -r empty.pcap -w a1
head -c 5000 /dev/urandom | tr '\n' x >garbage
printf 'Z' | dd of=garbage conv=notrunc status=none
expect 5 'garbage' nfseal capture -r garbage -w a1
head -c 17 good.pcap >cut_header.pcap
expect 5 'cut_header.pcap.*(cut|24)' nfseal capture -r cut_header.pcap -w a1
no_archive a1

echo "usage"
expect 2 'no input' nfseal capture -w a1
expect 2 'nowhere to write' nfseal capture -r good.pcap
expect 2 'unknown' nfseal capture --frobnicate
expect 2 'no pcap-filter' nfseal capture -r good.pcap -w a1 'tcp and and'
expect 2 'pcap-filter is longer' nfseal capture -r good.pcap -w a1 "$(printf '%65537s' tcp)"
expect 2 'expected' nfseal capture -r good.pcap -w a1 --idle soon
expect 2 "ending" nfseal capture -r good.pcap -o flows.xyz
expect 2 'none of ipfix' nfseal capture -r good.pcap -o flows.csv --format xml
no_archive a1
[ ! -e flows.csv ] && [ ! -e flows.csv.part ] || fail "flows.csv was left"

echo "a filter without a meaning for the link type is told, and its packets are counted"
expect 0 'no meaning for link type 1' nfseal capture -r good.pcap -o /dev/null --format csv 'type mgt'
grep -q '0 metered' out || fail "a filter without a meaning let packets pass"

echo "an input that ends early: all before, a finding with the offset, exit 3"
head -c $((size - 7)) good.pcap >cut.pcap
expect 3 'cut.pcap: offset [0-9]+: ' nfseal capture -r cut.pcap -w cut --json
[ "$(jq -r '.findings[0].code' out)" = TRUNCATED ] || fail "no finding TRUNCATED"
whole=$(nfseal capture -r good.pcap -o /dev/null --format csv --json | jq .packets.read)
[ "$(jq .packets.read out)" = $((whole - 1)) ] || fail "not everything up to the damage"
[ "$(jq -r '.inputs[0].sha256' out)" = "$(sha256sum cut.pcap | cut -d' ' -f1)" ] || fail "hash of cut.pcap"
verdict VERIFIED cut

head -c 60 good.pcap >first.pcap
expect 3 'first.pcap: offset 24: ' nfseal capture -r first.pcap -w first --json
[ "$(jq -r '.findings[0].code, .packets.read' out | paste -s)" = "TRUNCATED	0" ] || fail "first.pcap: $(cat out)"
verdict VERIFIED first
head -c 24 good.pcap >none.pcap
expect 0 '' nfseal capture -r none.pcap -w none
expect 3 'garbage' nfseal capture -r none.pcap -r garbage -w none
verdict VERIFIED none

echo "a record of 2 GiB"
{ header 65535; record 1700000000 0 60 60; le32 1700000001; le32 0; le32 0x7fffffff; le32 0x7fffffff; packet; } >huge.pcap
(
	# a sanitizer's shadow memory needs more than any limit
	case $NFSEAL in */asan/* | */tsan/*) ;; *) ulimit -v 4000000 ;; esac
	expect 3 'huge.pcap: offset 100: .*2147483647' nfseal capture -r huge.pcap -w huge --json
	[ "$failures" = 0 ]
) || fail "huge.pcap"
verdict VERIFIED huge

echo "a snap length of 1"
{ header 1; for i in 1 2 3; do record 170000000$i 0 1 60; done; } >snap1.pcap
expect 0 '' nfseal capture -r snap1.pcap -w snap1 --json
[ "$(jq -c '[.packets.read, .packets.metered, .packets.rejected.header_cut, .wire_bytes.rejected.header_cut]' out)" = '[3,0,3,180]' ] ||
	fail "snap length 1: $(jq -c .packets out)"
verdict VERIFIED snap1

echo "times: zero, backwards, the year 2106"
{ header 65535; record 0 0 60 60; record 4294967295 999999 60 60; record 1700000000 0 60 60; record 1699999999 5 60 60; } >times.pcap
expect 0 '' nfseal capture -r times.pcap -w times --json
[ "$(jq -c '[.packets.metered, .time_regressions]' out)" = '[4,2]' ] || fail "times: $(jq -c .packets,.time_regressions out)"
nfseal show times -o ndjson 2>err | grep -q '2106-02-07T06:28:15.999999Z' || fail "the year 2106 is not shown"
verdict VERIFIED times

echo "times that 64 bits of nanoseconds cannot hold: the nearest, told, and sealed all the same"
# pcapng SECONDS' UPPER HALF: two packets of an interface whose times are so far away
pcapng() {
	le32 0x0a0d0d0a; le32 28; le32 0x1a2b3c4d; le32 1; le32 0xffffffff; le32 0xffffffff; le32 28
	le32 1; le32 36; le32 1; le32 0; printf '\x0e\0\x08\0'; le32 0; le32 "$1"; le32 0; le32 36
	for time in 1000 2000; do
		le32 6; le32 92; le32 0; le32 0; le32 $time; le32 60; le32 60; packet; le32 92
	done
}
pcapng 0xc0000000 >past.pcapng
pcapng 0x40000000 >future.pcapng
for far in past future; do
	expect 3 "$far.pcapng: offset 64: .*nearest" nfseal capture -r $far.pcapng -w $far
	verdict VERIFIED $far
	expect 3 "$far.pcapng" nfseal capture -t 1h -r good.pcap -r $far.pcapng -w $far.rotated
	verdict VERIFIED $far.rotated
	expect 3 "$far.pcapng" nfseal info $far.pcapng
done
expect 3 'future' nfseal capture -t 1h -r future.pcapng -r past.pcapng -w far.rotated --json
[ "$(jq -c '[.packets.metered, (.segments | length)]' out)" = '[4,1]' ] || fail "far: $(cat out)"

echo "no packets at all"
header 65535 >none.pcap
expect 0 '' nfseal capture -r none.pcap -w none --json
verdict VERIFIED none
nfseal verify --deep none >out 2>err || fail "verify --deep of an archive without flows"

echo "one bad input among good ones costs only itself"
expect 3 'garbage' nfseal capture -r good.pcap -r garbage -r good.pcap -w mixed --json
[ "$(jq .packets.read out)" = $((2 * whole)) ] || fail "the good inputs were not read whole"
verdict VERIFIED mixed

echo "standard input, and names that would move a terminal"
nfseal capture -r - -w stdin <good.pcap >out 2>err || fail "standard input: $(cat err)"
verdict VERIFIED stdin
evil=$(printf 'x\033[2Jy.pcap')
head -c 90 good.pcap >"$evil"
nfseal capture -r good.pcap -r "$evil" -w evil >out 2>err && fail "a cut capture gave exit 0"
grep -q "$(printf '\033')" out err && fail "an escape sequence reached the terminal"
finish
