#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect: archives by exporter, lists of who may send, and what is refused.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
refused() { expect 2 "$1" timeout 10 nfseal collect "${@:2}"; }
flows() { nfseal show -q "$1" -o ndjson | wc -l; }

echo "nfcapd's -n: an archive each; longer prefixes first; all others into -w"
collector routes -n edge,127.0.0.0/24,by/edge -n 'core,127.0.0.2,by/core' -w by/rest --json
send '
for source, count in (("127.0.0.1", 1), ("127.0.0.2", 2), ("127.0.0.3", 3), ("127.0.1.1", 4)):
    s = sender(p, source)
    for i in range(count):
        s(v5(i * 5, 5))'
heard '10 datagrams from 4 exporters, 50 flows.*3 archives'
stopped 0
[ "$(flows by/edge) $(flows by/core) $(flows by/rest)" = '20 10 20' ] || fail "flows: $(flows by/edge) $(flows by/core) $(flows by/rest)"
for name in edge core rest; do verdict VERIFIED by/$name; done
jq -e '(.archives | map({(.path): [.ident, .received, .kept, .records]}) | add) ==
	{"by/edge": ["edge", 4, 4, 20], "by/core": ["core", 2, 2, 10], "by/rest": ["", 4, 4, 20]}
	and .datagrams.received == 10 and .datagrams.kept == 10 and (.exporters | length) == 4
	and ([.exporters[] | .missed + .restarts] | add) == 0 and has("archive") == false' routes.out >nul || fail "$(cat routes.out)"
[ "$(jq -r '.archives | map(.archive) | unique | length' routes.out)" = 3 ] || fail "the chains are not told apart"
expect 0 '"name":"ident","value":"edge"' cat by/edge/*/*/*/*.manifest.json
expect 0 '"address":"127.0.0.2"' cat by/core/*/*/*/*.exporters.json
[ "$(grep -c '127.0.0.[13]"' by/core/*/*/*/*.exporters.json)" = 0 ] || fail "the core's ledger has the others"

echo "without -w others are refused, counted and named; -N; --allow"
printf '# exporters\nedge,127.0.0.1,only\n\n -n core,127.0.0.0/8,wide # all\n' >list
collector only -N list --allow 127.0.0.0/30,::1 --json
send '
for i in range(12):
    sender(p, "127.0.0.%d" % (i + 1))(v5(0, 1))
sender(p, "::1", host="::1")(v5(0, 1))'
heard '3 datagrams from 3 exporters.*10 refused'
stopped 0
[ "$(flows only) $(flows wide)" = '1 2' ] || fail "flows: $(flows only) $(flows wide)"
jq -e '.datagrams.refused == {"not_allowed": 9, "no_route": 1, "sources": ["127.0.0.4", "127.0.0.5", "127.0.0.6",
	"127.0.0.7", "127.0.0.8", "127.0.0.9", "127.0.0.10", "127.0.0.11"]}' only.out >nul || fail "refused: $(cat only.out)"
grep -q 'datagrams of 127.0.0.4 are refused: --allow does not name it' only.err || fail "not named: $(cat only.err)"
expect 0 '"refused_not_allowed":9,"refused_no_route":1' cat only/*/*/*/*.manifest.json wide/*/*/*/*.manifest.json
verdict VERIFIED only

echo "an archive per exporter, up to a number; what is no export message makes none"
collector each -w each -I all --per-exporter=3 --json
send '
for i in range(5):
    s = sender(p, "127.0.0.%d" % (i + 1))
    s(b"hello" if i == 1 else v5(0, 2))
    s(v5(2, 2))
sender(p, "::1", host="::1")(v5(0, 2))'
heard '11 datagrams from 7 exporters'
stopped 0
[ "$(ls each | tr '\n' ' ')" = '127-0-0-1 127-0-0-2 127-0-0-3 others ' ] || fail "archives: $(ls each)"
[ "$(flows each/127-0-0-1) $(flows each/127-0-0-2) $(flows each/127-0-0-3) $(flows each/others)" = '4 2 4 10' ] ||
	fail "flows: $(flows each/127-0-0-1) $(flows each/127-0-0-2) $(flows each/127-0-0-3) $(flows each/others)"
grep -q '3 exporters have an archive of their own' each.err || fail "not said: $(cat each.err)"
for name in each/*; do verdict VERIFIED "$name"; done
jq -e '.datagrams.kept == 11 and .datagrams.rejected.version == 1 and (.archives | length) == 4' each.out >nul || fail "$(cat each.out)"
collector six -M six
send 'sender(p, "::1", host="::1")(v5(0, 2))'
heard '1 datagrams from 1 exporters'
stopped 0
[ "$(ls six)" = --1 ] || fail "IPv6: $(ls six)"

echo "a capture is divided likewise"
python3 - <<'END' || fail "no capture"
from exporter import *
c = Capture("in.pcap")
for i in range(6):
    c.put(v5(i // 2 * 3, 3), source="192.0.2.%d" % (i % 2 + 1))
END
expect 0 '' nfseal collect -q -r in.pcap -w divided --per-exporter -t 2
[ "$(flows divided/192-0-2-1) $(flows divided/192-0-2-2)" = '9 9' ] || fail "divided: $(ls divided)"
verdict VERIFIED divided/192-0-2-2
expect 0 'NOT WHOLE|REFUSED: 0 of sources that are not allowed, 3 of' nfseal collect -r in.pcap -n one,192.0.2.1,one
[ "$(flows one)" = 9 ] || fail "one: $(flows one)"

echo "what cannot be is said"
printf 'a,192.0.2.1,x\0' >zero
refused 'that is no address' -n a,b,c -p 9
refused 'the address is missing' -n a -p 9
refused 'the archive is missing' -n a,192.0.2.1, -p 9
refused 'the ident may have' -n ../a,192.0.2.1,x -p 9
refused 'the address has an archive already' -n a,192.0.2.1,x -n b,192.0.2.1/32,y -p 9
refused 'each ident has its archive' -n a,192.0.2.1,x -n b,192.0.2.2,x -p 9
refused 'each ident has its archive' -n a,192.0.2.1,x -n a,192.0.2.2,y -p 9
refused 'the archive of -n a' -n a,192.0.2.1,x -w x -p 9
refused 'that of all others' -w x -n a,192.0.2.1,x -p 9
refused 'excludes -n' -w x --per-exporter -n a,192.0.2.1,y -p 9
refused '--per-exporter needs -w' --per-exporter -o x.csv -p 9
refused 'a number from 1 to 256' --per-exporter=0 -w x -p 9
refused 'an address, an address/prefix' --allow 192.0.2.0/33 -w x -p 9
refused 'letters, digits' -I 'a b' -w x -p 9
refused 'absent' -N absent -p 9
refused 'it is no text' -N zero -p 9
[ ! -e x ] || fail "an archive was made"
finish
