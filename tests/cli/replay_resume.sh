#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --receipt and --resume: what is interrupted goes on where it stopped, each flow goes
# once; a dry run says beforehand what a run says afterwards; what is not sealed is refused, and sent
# only where that is asked for.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"

columns=flow_start,src_ip,dst_ip,src_port,dst_port,protocol,packets,bytes
rows() { nfseal show -q "$@" -o ndjson --columns $columns | sed 's/\([0-9]\{3\}\)[0-9]*Z/\1Z/g; s/0*Z/Z/g' | sort; }
# got NAME: what a collector got, IPFIX, message after message
got() {
	python3 -c '
import sys
data, at = open(sys.argv[1], "rb").read(), 24
while at < len(data):
    size = int.from_bytes(data[at + 8:at + 12], "little")
    sys.stdout.buffer.write(data[at + 16 + 28:at + 16 + size])
    at += 16 + size' "$1.pcap" >"$1.ipfix"
	rows "$1.ipfix"
}
number() { jq -r "$1" "${2:-out}"; }
ends_with() { # STATUS: of the replay in the background
	wait "$replay"
	local got=$?
	[ $got = "$1" ] || fail "exit $got instead of $1: $(cat err)"
}
begun() { # until that receipt says that something went
	for _ in $(seq 200); do
		[ -s "$1" ] && [ "$(number '[.targets[].settled] | min' "$1")" -gt 0 ] && return
		sleep 0.05
	done
	fail "no receipt $1"
}

"$fixtures/mkcapture" -c 300 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case -t 120
rows case >archived
flows=$(wc -l <archived)
[ "$(find case -name '*.manifest.json' | wc -l)" -gt 2 ] || fail "one segment only"

# A dry run knows what goes, to the octet, and how long it takes; nothing is sent, no name is asked for.
expect 0 '' nfseal replay case --dry-run --to udp://no-such-host.invalid:9 --rate 100 --json
cp out dry
sink real
expect 0 '' nfseal replay case --to "$to" --rate 0 --json --receipt whole.json
stop
for key in .flows .records .datagrams .octets .sha256 '.without' '.segments'; do
	[ "$(number ".targets[0] | $key" dry)" = "$(number ".targets[0] | $key")" ] || fail "the dry run's $key"
done
[ "$(number '.targets[0].nanos / 1e9 | floor' dry)" -ge $((flows / 100 - 1)) ] || fail "the dry run's time: $(cat dry)"
expect 3 'DRY RUN: would replay' nfseal replay case --dry-run --to udp://127.0.0.1:9 --format netflow5
grep -q 'NOT SENT: [0-9]* flows: the protocol carries IPv4 only' out || fail "the dry run does not say what netflow5 lacks"

# The receipt says what it was.
[ "$(number '.format + " " + .state + " " + .anchor + " " + (.complete | tostring)' whole.json)" = "nfseal-replay-receipt/1 done remembered true" ] ||
	fail "the receipt: $(cat whole.json)"
number '.targets[0].segments[] | "\(.manifest_sha256)"' whole.json | sort >named
find case -name '*.manifest.json' -exec sha256sum {} + | cut -d' ' -f1 | sort >there
[ -s named ] && [ -z "$(comm -23 named there)" ] || fail "the receipt's segments"
[ "$(number '[.targets[0].segments[].selected] | add' whole.json)" = "$flows" ] || fail "the segments' flows"
expect 0 '' nfseal replay case --to udp://127.0.0.1:9 --dry-run --json '(tcp)&&! port   53 # no names'
[ "$(number .filter)" = "(tcp) and not port 53" ] || fail "the filter: $(number .filter)"

# Interrupted, and gone on with: each flow once.
sink first
nfseal replay case --to "$to" --rate 250 --mtu 512 --receipt r.json >out 2>err &
replay=$!
begun r.json
kill -INT $replay
ends_with 130
stop
[ "$(number .state r.json)" = interrupted ] || fail "the receipt of an interrupted run"
position=$(number '.targets[0].position' r.json)
[ "$position" -gt 0 ] && [ "$position" -lt "$flows" ] || fail "stopped at $position of $flows"
expect 2 'of another replay: --to' nfseal replay case --to udp://127.0.0.1:9 --resume r.json
got first >one
was=$to
sink second
sed -i "s#$was#$to#" r.json
expect 0 "resumed: $position had gone before" nfseal replay case --to "$to" --rate 0 --resume r.json --receipt r2.json
stop
got second >two
sort one two | diff -q - archived >/dev/null || fail "not each flow once: $(wc -l <one) and $(wc -l <two) of $flows"
[ "$(number '.targets[0].position' r2.json)" = "$flows" ] || fail "the end's position"
[ "$(number .resumes r2.json)" = "$(sha256sum r.json | cut -d' ' -f1)" ] || fail "the receipt that was resumed"
# Nothing is left: nothing goes.
expect 0 '' nfseal replay case --to "$to" --resume r2.json --json
[ "$(number '.targets[0].datagrams')" = 0 ] || fail "sent again: $(cat out)"

# Another filter, another archive, no receipt.
expect 2 'the filter differs' nfseal replay case --to "$to" --resume r.json tcp
expect 2 'number of targets' nfseal replay case --to "$to" --to "$to" --resume r.json
expect 2 '--window' nfseal replay case --to "$to" -t ..2000-01-01 --resume r.json
"$fixtures/mkcapture" -c 301 in2.pcap
expect 0 '' nfseal capture -q -r in2.pcap -w case2
expect 2 'not what the receipt' nfseal replay case2 --to "$to" --resume r.json
echo '{' >broken
expect 5 'no receipt' nfseal replay case --to "$to" --resume broken
expect 2 'absent.json' nfseal replay case --to "$to" --resume absent.json
expect 2 'absent/r.json' nfseal replay case --to "$to" --rate 0 --receipt absent/r.json

# Killed without warning: the receipt of the second before; no flow is missing.
sink third
nfseal replay case --to "$to" --rate 60 --mtu 512 --receipt k.json >out 2>err &
replay=$!
begun k.json
kill -KILL $replay
ends_with 137
[ "$(number .state k.json)" = running ] || fail "the receipt of a killed run"
expect 0 '' nfseal replay case --to "$to" --rate 0 --resume k.json
stop
got third | uniq | diff -q - <(uniq archived) >/dev/null || fail "flows are missing after a kill"

# A chunk that differs: refused and said; sent only with --unverified, and said as well.
file=$(find case -name '*.flows.parquet' -size +4k | sort | head -n 1)
cp -r case hurt
hurt=hurt/${file#case/}
size=$(stat -c %s "$hurt")
printf '\xff' | dd of="$hurt" bs=1 seek=$((size - 20)) conv=notrunc 2>/dev/null
genesis=$(sha256sum case/genesis.json | cut -d' ' -f1)
expect 3 'CHUNK_HASH' nfseal replay hurt --genesis "$genesis" --to udp://127.0.0.1:9 --dry-run --json
less=$(number .flows.read)
[ "$less" -lt "$flows" ] && [ "$(number '.unverified, .complete' | tr '\n' ' ')" = "false false " ] || fail "a damaged segment: $(cat out)"
cp "$file" "$hurt"
python3 - "$hurt" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.find(b"created_by") if b"created_by" in data else data.rfind(b"nfseal")
data[at] ^= 0x20
open(sys.argv[1], "wb").write(data)
END
expect 3 'CHUNK_HASH' nfseal replay hurt --genesis "$genesis" --to udp://127.0.0.1:9 --dry-run --json
expect 3 'NOT ALL OF THIS IS EVIDENCE' nfseal replay hurt --genesis "$genesis" --to udp://127.0.0.1:9 --dry-run --unverified
expect 3 'CHUNK_HASH' nfseal replay hurt --genesis "$genesis" --to udp://127.0.0.1:9 --dry-run --unverified --json
[ "$(number '"\(.flows.read) \(.unverified)"')" = "$flows true" ] || fail "--unverified: $(cat out)"

# Messages and progress as lines of JSON.
nfseal replay case --to udp://127.0.0.1:9 --rate 100 --log-json >out 2>err &
replay=$!
for _ in $(seq 200); do grep -q progress err && break; sleep 0.05; done
kill -USR1 $replay
for _ in $(seq 200); do [ "$(grep -c progress err)" -gt 1 ] && break; sleep 0.05; done
kill -TERM $replay
ends_with 143
jq -es 'all(.[]; has("time") and has("level")) and any(.[]; .level == "progress" and has("flows") and
	has("position") and has("left_nanos"))' err >/dev/null || fail "no progress: $(cat err)"
finish
