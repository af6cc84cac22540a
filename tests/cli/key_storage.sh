#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Keys in memory: none touches the disk, a clean end closes, a killed one can only be continued by
# another archive, whose verification follows.  And what a state that is lost, old or newer than
# its archive brings about.
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
"$fixtures/mkcapture" -c 300 in.pcap || fail "no capture"
mkdir a b
state=$PWD/state
class() { grep -o '"key_storage":"[a-z]*"' "$1" | cut -d '"' -f 4; }
keys() { find "${1:-state}/keys" -type f | wc -l; }
manifest() { find "$1" -name "*-$(printf %08d "$2").manifest.json"; }

# A clean end.
expect 0 'closed' nfseal capture -r in.pcap -w clean --state "$state" -t 1m --key-storage memory
for f in clean/genesis.json $(find clean -name '*.manifest.json'); do
	[ "$(class "$f")" = memory ] || fail "$f says $(class "$f")"
done
[ "$(keys)" = 0 ] || fail "keys in the state: $(ls state/keys)"
verdict VERIFIED clean --state "$state"
verdict VERIFIED clean --state none --genesis "$(sha256sum <clean/genesis.json | cut -d ' ' -f 1)"
nfseal verify --state "$state" clean >out
! grep -q 'lay in files' out || fail "keys in files, it says"
expect 2 'the archive is closed' nfseal capture -q -r in.pcap -w clean --state "$state"

# While it runs, and killed.
mkfifo pipe
nfseal capture -q -r pipe -w killed --state "$state" -t 1s --key-storage memory >/dev/null &
writer=$!
exec 4>pipe
head -c "$(($(stat -c %s in.pcap) / 2))" in.pcap >&4
for i in $(seq 100); do
	[ -n "$(manifest killed 3)" ] && break
	sleep 0.1
done
[ -n "$(manifest killed 3)" ] || fail "nothing was sealed"
[ "$(keys)" = 0 ] || fail "keys in the state while it runs: $(ls state/keys)"
case $NFSEAL in
*/asan/* | */tsan/*) ;; # which look into their own memory
*)
	grep -q '^Max core file size  *0  *0 ' /proc/$writer/limits || fail "core dumps"
	[ "$(stat -c %u /proc/$writer/auxv)" = 0 ] || fail "it can be dumped"
	;;
esac
expect 2 'is locked|another writer|is held' nfseal init --continues killed early --state "$state"
[ ! -e early ] || fail "something was made for a continuation that was refused"
kill -9 $writer
wait $writer 2>/dev/null
exec 4>&-
nfseal verify -q --state "$state" killed >out
# The kill may hit the instant between a manifest in place and the state's knowing it.
grep -qE '^(VERIFIED|UNANCHORED)' out || fail "killed: $(cat out)"
expect 2 'init --continues' nfseal capture -q -r in.pcap -w killed --state "$state"
expect 2 'init --continues' nfseal close killed --state "$state"

# The collector too.
"$fixtures/mkcapture" -c 20 small.pcap || fail "no capture"
expect 2 'file or memory' nfseal collect -r in.pcap --key-storage disk -w collected --state "$state"
expect 0 '' nfseal collect -q -r small.pcap -w collected --state "$state" --key-storage memory
[ "$(class collected/genesis.json)" = memory ] || fail "the collector's keys are kept as $(class collected/genesis.json)"
expect 2 'the archive is closed' nfseal close collected --state "$state"
[ "$(keys)" = 0 ] || fail "keys in the state: $(ls state/keys)"

# Another archive goes on.
expect 2 'which archive' nfseal init --continues killed --state "$state"
expect 2 'genesis.json' nfseal init --continues nothing next --state "$state"
expect 2 'writing|writ' nfseal init --key-storage memory next --state "$state"
expect 2 'file or memory' nfseal init --key-storage disk next --state "$state"
expect 2 'file or memory' nfseal capture -r in.pcap --key-storage disk -w next --state "$state"
expect 2 'need an archive' nfseal capture -r in.pcap --key-storage memory -o x.csv
[ ! -e next ] || fail "made by a wrong command line"
expect 0 '^genesis ' nfseal init --continues killed next --state "$state"
head=$(nfseal verify --json --state "$state" killed | jq -c '[.archive, .genesis, .head.sequence, .head.manifest_sha256]')
[ "$head" = "$(jq -c '.continues | [.archive, .genesis, .sequence, .manifest_sha256]' next/genesis.json)" ] ||
	fail "the genesis names another head: $(cat next/genesis.json)"
expect 0 '' nfseal capture -q -r in.pcap -w next --state "$state" --key-storage memory -t 1h
[ "$(class "$(manifest next 1)")" = file ] || fail "key 1 was made by init"
[ "$(keys)" = 0 ] || fail "keys in the state: $(ls state/keys)"

# Verification follows: remembered, told, absent, damaged.
doc() { nfseal verify --json "$@" >json 2>err; }
doc --state "$state" next
[ "$(jq -c '[.verdict, .continues.report.verdict, .continues.report.anchor]' json)" = '["VERIFIED","VERIFIED","given"]' ] ||
	fail "remembered: $(cut -c 1-300 json)"
genesis=$(sha256sum <next/genesis.json | cut -d ' ' -f 1)
doc --state none --genesis "$genesis" next
[ "$(jq -c '[.verdict, .continues.sequence > 0, .continues.report]' json)" = '["VERIFIED",true,null]' ] ||
	fail "not told: $(cut -c 1-300 json)"
expect 0 'not found, not checked' nfseal verify --state none --genesis "$genesis" next
expect 0 'see below' nfseal verify --state none --genesis "$genesis" --older clean --older killed next
doc --state none --genesis "$genesis" --older killed next
[ "$(jq -r .continues.report.genesis_anchor json)" = given ] || fail "$(cut -c 1-300 json)"
last=$(manifest killed "$(jq .continues.sequence json)")
mv "$last" kept
doc --state none --genesis "$genesis" --older killed next
[ "$(jq -c '[.verdict, .exit_code, .continues.report.verdict, (.segments | map(.verdict) | unique)]' json)" = \
	'["INCOMPLETE",4,"INCOMPLETE",["VERIFIED"]]' ] || fail "the older's head removed: $(cut -c 1-300 json)"
mv kept "$last"
# Three generations.
expect 0 '' nfseal init --continues next third --state "$state"
doc --state "$state" third
[ "$(jq -c '[.verdict, .continues.report.continues.report.verdict]' json)" = '["VERIFIED","VERIFIED"]' ] ||
	fail "three generations: $(cut -c 1-300 json)"
expect 2 'still extend' nfseal init --continues third fourth --state "$state"
[ ! -e fourth ] || fail "something was made for a continuation that was refused"

# The state is lost: the archive stays as it is, another one continues it.
expect 0 '' nfseal capture -q -r in.pcap -w lost --state a/state
rm -r a/state
expect 2 'does not know this archive.*init --continues' nfseal capture -q -r in.pcap -w lost --state a/state
expect 0 '' nfseal init --continues lost found --state a/state
[ "$(jq .continues.sequence found/genesis.json)" = 1 ] || fail "$(cat found/genesis.json)"

# The state is older than the archive, whatever its files are called and wherever they lie.
expect 0 '' nfseal capture -q -r in.pcap -w old --state b/state
cp -a b/state b/state.was
expect 0 '' nfseal capture -q -r in.pcap -w old --state b/state
expect 0 '' nfseal capture -q -r in.pcap -w old --state b/state
rm -r b/state
mv b/state.was b/state
newer() { expect 2 "$1" nfseal capture -q -r in.pcap -w old --state b/state; }
newer 'older than the archive'
second=$(manifest old 2)
mv "$second" old/x.manifest.json
mv "${second%json}sig" old/x.manifest.sig
newer 'older than the archive'
rm old/x.manifest.*
newer 'it says that it is segment 3.*fork'
third=$(manifest old 3)
mkdir -p old/moved
mv "$third" old/moved/20200101T000000Z-00000001.manifest.json
newer 'it says that it is segment 3.*fork'
rm old/moved/*
cp "$(manifest clean 1)" old/moved/ # another archive's, which says nothing of this one
newer '00000002.flows.parquet: .*already there' # so key 2 has signed a manifest that is gone
nfseal verify -q --state b/state old >out
grep -q '^VERIFIED' out || fail "nothing was sealed, but $(cat out)"
[ -z "$(find old b/state -name '*prepared*' -o -name '*.sig.part')" ] || fail "a second manifest was decided"
rm "$(find old/2* -name '*-00000002.*')" "$(find old/2* -name '*-00000003.*.parquet')" old/2*/*/*/*-00000003.manifest.sig 2>/dev/null
expect 0 '' nfseal capture -q -r in.pcap -w old --state b/state

# The archive is older than the state: cut back, or an old copy of it.
cut=$(manifest old 2)
mv "$cut" kept
expect 2 'head that the state remembers.*not there' nfseal capture -q -r in.pcap -w old --state b/state
verdict INCOMPLETE old --state b/state
mv kept "$cut"
expect 0 '' nfseal capture -q -r in.pcap -w old --state b/state

# From here on as an ordinary user, in a place that is his.
place=$(mktemp -d "${TMPDIR:-/tmp}/key.XXXXXX")
[ "$(id -u)" != 0 ] || place=$(mktemp -d /tmp/key.XXXXXX)
trap 'rm -rf "$place"' EXIT
cp -a old b/state in.pcap "$place"
cd "$place" || exit 1
chmod 755 .
# Directories that this user cannot read are told, and do not end the work.
mkdir old/lost+found
chmod 000 old/lost+found
if [ "$(id -u)" = 0 ]; then
	chown -R 65534:65534 .
	chown 0:0 old/lost+found
fi
nfseal_as_user() { as_user env PATH="$PATH" NFSEAL="$NFSEAL" nfseal "$@"; }
expect 0 'lost.found: cannot read' nfseal_as_user capture -r in.pcap -w old --state state
expect 0 'lost.found: cannot read' nfseal_as_user show --state state -n 1 old
expect 3 'lost.found: cannot read' nfseal_as_user show --state none -n 1 old
chmod 700 old/lost+found

# A state that others can write to, or that is another user's.
chmod 777 state/keys
expect 2 'open to others' nfseal_as_user capture -q -r in.pcap -w old --state state
chmod 700 state/keys
key=$(ls state/keys/*.key | tail -n 1)
chmod 644 "$key"
expect 2 'open to others' nfseal_as_user capture -q -r in.pcap -w old --state state
chmod 600 "$key"
if [ "$(id -u)" = 0 ]; then
	expect 2 'owned by user 65534' nfseal capture -q -r in.pcap -w old --state state
fi
expect 0 '' nfseal_as_user capture -q -r in.pcap -w old --state state

# Memory that may not be locked holds no keys.
if [ "$(id -u)" != 0 ]; then
	(ulimit -l 0 && expect 2 'cannot be locked' nfseal capture -q -r in.pcap -w m --state state --key-storage memory
		[ "$failures" = 0 ]) || failures=1
fi
finish
