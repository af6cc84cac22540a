#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --custody and verify --custody: entries are appended, signed, chained and durable; every change is
# found, by us and by the reader that was written from the page; writers that are killed, or have no room, leave a
# log that goes on.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v openssl >/dev/null || skip "openssl is not installed"
export PYTHONDONTWRITEBYTECODE=1
second() { python3 "$NFSEAL_SOURCE/tests/independent/custody.py" "$1"; }

"$fixtures/mkcapture" -c 20 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case
append() { nfseal replay case -q --to /dev/null --format ndjson --receipt receipt.json "$@"; }

# What is appended is the receipt, signed by this user's key, behind what was there.
expect 0 'custody log case.custody: head 1:[0-9a-f]{64}$' nfseal replay case --to /dev/null --format ndjson --custody
append --custody 2>err || fail "$(cat err)"
[ "$(tail -n 1 case.custody | jq -cS .document)" = "$(jq -cS . receipt.json)" ] || fail "the receipt"
[ "$(jq -r .sequence case.custody | tr '\n' ' ')" = "1 2 " ] || fail "sequences"
[ "$(tail -n 1 case.custody | jq -r .previous)" = "$(head -n 1 case.custody | sha256sum | cut -d ' ' -f 1)" ] || fail "previous"
append --custody=case.custody --to second.ndjson 2>err || fail "$(cat err)"
expect 0 'head 3:.*remembered on this machine' nfseal verify case --custody case.custody
expect 0 '' nfseal verify case --custody case.custody --json
[ "$(jq -c '.custody | [.verdict, .entries, .remembered, .findings, (.keys | length)]' out)" = '["VERIFIED",3,true,[],1]' ] ||
	fail "verify: $(jq -c .custody out)"
[ "$(second case.custody)" = "3 $(jq -r .custody.head_sha256 out)" ] || fail "the second reader: $(second case.custody)"
[ "$(stat -c %a state/nfseal/keys/custody-*.key)" = 600 ] || fail "the key's mode"
# A dry run did nothing; what does not get to an end is kept too.
append --custody --dry-run 2>err || fail "dry run"
[ "$(wc -l <case.custody)" = 3 ] || fail "a dry run is in the log"
expect 2 '' nfseal replay absent --to /dev/null --format ndjson --custody=case.custody
[ "$(wc -l <case.custody)" = 3 ] || fail "nothing was sent, and that is in the log"
nfseal replay case --to udp://127.0.0.1:9 --rate 10 --loop --custody=slow --receipt slow.json >/dev/null 2>err &
for _ in $(seq 200); do [ -s slow.json ] && break; sleep 0.05; done
kill -TERM $!; wait $!
[ "$(jq -r .document.state slow)" = interrupted ] || fail "an interrupted run: $(cat slow)"

# Writers at the same time wait for each other.
for n in 1 2 3 4 5 6; do nfseal replay case -q --to /dev/null --format ndjson --custody=many 2>err$n & done
wait
[ "$(jq -r .sequence many | tr '\n' ' ')" = "1 2 3 4 5 6 " ] || fail "at the same time: $(jq -r .sequence many | tr '\n' ' ') $(cat err?)"
expect 0 'head 6:' nfseal verify case --custody many

# Each change is found: MODIFIED, or INCOMPLETE where the end is gone.
changed() { # NAME STATUS CODE: of hurt
	local got=0
	nfseal verify case --custody hurt --json >out 2>err || got=$?
	[ $got = "$2" ] && [ "$(jq -r '.custody.findings[0].code' out)" = "$3" ] || fail "$1: exit $got, $(jq -c .custody.findings out)"
}
python3 - <<'END2' || fail "tamper"
import os
lines = open("case.custody", "rb").readlines()
os.makedirs("tampered")


def put(name, data):
    open("tampered/" + name, "wb").write(b"".join(data))


for n, line in enumerate(lines):
    for what, old, new in (("text", b'"flows":{"read"', b'"flows":{"Read"'), ("user", b'"user":"', b'"user":"x'),
                           ("time", b'"time":"1', b'"time":"2'), ("key", b'"key":"', b'"key":"0')):
        assert old in line
        edited = line.replace(old, new, 1)
        if what == "key":
            edited = line[:line.index(old) + 7] + b"%02x" % (int(line[line.index(old) + 7:][:2], 16) ^ 1) + line[line.index(old) + 9:]
        put("%s-%d" % (what, n), lines[:n] + [edited] + lines[n + 1:])
    if n < len(lines) - 1:
        put("removed-%d" % n, lines[:n] + lines[n + 1:])
put("swapped", [lines[1], lines[0], lines[2]])
put("twice", lines[:2] + lines[1:])
put("inserted", [lines[0], b"\n", *lines[1:]])
END2
for file in tampered/*; do
	cp "$file" hurt
	got=0
	nfseal verify case --custody hurt -q >out 2>err || got=$?
	[ $got = 1 ] || [ $got = 5 ] || fail "$file: exit $got"
	case $file in
	*/text-0 | */removed-* | */swapped | */key-1) second hurt >out 2>&1 && fail "$file: the second reader accepts it" ;;
	esac
done
cp tampered/text-1 hurt; changed "a receipt changed" 1 SIGNATURE
cp tampered/removed-1 hurt; changed "an entry removed" 1 CHAIN
head -n 2 case.custody >hurt; changed "the last entry removed" 4 HEAD_MISSING
cp case.custody cut; truncate -s -1 cut; cp cut hurt; changed "the last octet removed" 4 HEAD_MISSING
: >hurt
got=0; nfseal verify case --custody hurt -q >out 2>err || got=$?
[ $got = 0 ] || fail "an empty log has no entry, and nothing that could be remembered: $got"
expect 4 'FILE_MISSING' nfseal verify case --custody nowhere
# Written anew with another key: consistent, another log; behind the same first entry it is not the remembered one.
XDG_STATE_HOME=$PWD/thief nfseal replay case -q --to /dev/null --format ndjson --custody=other 2>err
head -n 1 case.custody >forged
for _ in 1 2 3; do XDG_STATE_HOME=$PWD/thief nfseal replay case -q --to /dev/null --format ndjson --custody=forged 2>err; done
cp forged hurt; changed "written anew" 1 CHAIN
second forged >out || fail "its entries are signed, each by its key: $(cat out)"
expect 0 'not remembered here' nfseal verify case --custody other

# What is no log is never touched.
printf 'dear diary' >diary
cp diary before
expect 5 'no custody log' nfseal replay case --to /dev/null --format ndjson --custody=diary
cmp -s diary before || fail "a diary was cut"
cp in.pcap pcap
expect 5 '' nfseal replay case --to /dev/null --format ndjson --custody=pcap
cmp -s pcap in.pcap || fail "a capture was cut"
ln -s case.custody link
expect 2 '' nfseal replay case --to /dev/null --format ndjson --custody=link
expect 2 'standard input has no place' nfseal replay - --to /dev/null --format ndjson --custody
cp cut going # what an interrupted writer left is cut off, and that is said
append --custody=going 2>err || fail "behind an interrupted entry: $(cat err)"
[ "$(tail -n 1 going | jq -r '"\(.sequence) \(.cut) \(.cut_sha256)"')" = \
	"3 $(($(wc -c <cut) - $(head -n 2 cut | wc -c))) $(tail -n +3 cut | sha256sum | cut -d ' ' -f 1)" ] || fail "cut: $(tail -n 1 going)"

# Killed, or without room, at each call that changes a file: what was there stays, and the next one goes on.
shim=$(dirname "$NFSEAL")/tests/cli/crashshim.so
if [ "$(uname)" = Linux ]; then
	mkdir base
	mkdir base/log
	XDG_STATE_HOME=$PWD/base/state append --custody=base/log/custody 2>err || fail "$(cat err)"
	run() { # MODE AT; a sanitizer that made its log's directory would call the library before it is ready
		rm -rf copy && cp -r base copy
		XDG_STATE_HOME=$PWD/copy/state LD_PRELOAD=$shim CRASH_DIRS=$PWD/copy CRASH_LOG=$PWD/calls CRASH_MODE=$1 CRASH_AT=$2 \
			ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
			nfseal replay case -q --to /dev/null --format ndjson --custody=copy/log/custody >out 2>err
	}
	: >calls
	run kill 1000000 || fail "with the library: $(cat err)"
	calls=$(wc -l <calls)
	[ "$calls" -ge 5 ] && grep -q copy/log calls || fail "$calls calls only"
	log=$(awk -F'\t' '$0 ~ /copy\/log/ { print $1 }' calls)
	for mode in kill torn eio enospc short; do
		for at in $([ $mode = kill ] && seq "$calls" || echo "$log"); do
			: >calls
			got=0
			run $mode "$at" 2>/dev/null || got=$?
			case $mode in
			kill | torn) [ $got = 137 ] || [ $mode = torn ] || fail "$mode $at: exit $got" ;;
			short) [ $got = 0 ] || fail "short $at: exit $got $(cat err)" ;;
			*) [ $got = 2 ] || [ $got = 0 ] || fail "$mode $at: exit $got" ;;
			esac
			XDG_STATE_HOME=$PWD/copy/state nfseal verify case --custody copy/log/custody --json >out 2>err
			[ "$(jq -c '.custody.findings' out)" = '[]' ] || fail "$mode $at: $(jq -c .custody out)"
			n=$(jq .custody.entries out)
			[ "$n" = 1 ] || [ "$n" = 2 ] || fail "$mode $at: $n entries"
			cmp -s <(head -n 1 base/log/custody) <(head -n 1 copy/log/custody) || fail "$mode $at: the first entry"
			XDG_STATE_HOME=$PWD/copy/state append --custody=copy/log/custody 2>err || fail "$mode $at: then: $(cat err)"
			[ "$(tail -n 1 copy/log/custody | jq .sequence)" = $((n + 1)) ] || fail "$mode $at: then: $(cat copy/log/custody)"
		done
	done
else
	echo "skip: the library that breaks calls is for Linux"
fi
finish
