#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay: from archive, Parquet, IPFIX and standard input; several collectors; filter,
# rate, what it says when something is wrong.
set -u
fail() { echo "FAILED: $*"; exit 1; }
# want STATUS COMMAND...: its output in out, its messages in err
want() {
	local status=$1
	shift
	"$@" >out 2>err
	local got=$?
	[ $got = "$status" ] || { cat err; fail "exit $got instead of $status: $*"; }
}
number() { jq -r "$1" out; }
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 400 in.pcap || fail "no capture"
want 0 "$NFSEAL" capture -q -r in.pcap -w case
want 0 "$NFSEAL" capture -q -r in.pcap -o flows.parquet -o flows.ipfix
flows=$("$NFSEAL" show -q case -o ndjson | wc -l)
web=$("$NFSEAL" show -q case -o ndjson 'port 443' | wc -l)
four=$("$NFSEAL" show -q case -o ndjson | grep -c '"ip_version":4')

# Two collectors, which write what they got when they are told to end.
for n in 1 2; do
	python3 "$NFSEAL_SOURCE/tests/interop/sink.py" got$n.pcap >port$n &
	sinks[n]=$!
done
trap 'kill "${sinks[@]}" 2>/dev/null; wait' EXIT
for _ in $(seq 50); do [ -s port1 ] && [ -s port2 ] && break; sleep 0.1; done
one=udp://127.0.0.1:$(cat port1) two=udp://127.0.0.1:$(cat port2)

# By any door the same number; all three send the same flows, whatever the format.
for from in case flows.parquet flows.ipfix; do
	want 0 "$NFSEAL" replay $from --unverified --to "$one" --json -q
	[ "$(number .flows.matched)" = "$flows" ] || fail "$from: $(cat out)"
	[ "$(number '.targets[0] | .records == .flows and .format == "ipfix"')" = true ] || fail "$from: $(cat out)"
	[ "$(number .complete)" = true ] || fail "$from is not complete"
done
want 0 "$NFSEAL" replay - --unverified --to "$one" --json -q <flows.ipfix
[ "$(number .flows.read)" = "$flows" ] || fail "standard input"

# An option is for the --to before it, or for all where it stands before the first; each
# collector has its own counts.
want 3 "$NFSEAL" replay case --format netflow9 --to "$one" --to "$two" --format netflow5 --json
[ "$(number '[.targets[].format] | join(" ")')" = "netflow9 netflow5" ] || fail "formats"
[ "$(number '.targets[0].not_sent | length')" = 0 ] || fail "netflow9 lost flows"
[ "$(number '.targets[1].not_sent.address_family')" = $((flows - four)) ] || fail "IPv6 in netflow5"
want 0 "$NFSEAL" replay case --to "$one" --to "$two" --format netflow9 --json
[ "$(number '[.targets[].format] | join(" ")')" = "ipfix netflow9" ] || fail "a format behind"
want 0 "$NFSEAL" replay case --format netflow9 --to "$one" --to "$two" --json
[ "$(number '[.targets[].format] | join(" ")')" = "netflow9 netflow9" ] || fail "a format before"
# A filter and a window of a target's own, beside the run's; a pipe for two targets.
tcp=$("$NFSEAL" show -q case -o ndjson 'port 443 and tcp' | wc -l)
want 0 "$NFSEAL" replay - --unverified --to "$one" --filter tcp --to "$two" --window ..2000-01-01 --json -q 'port 443' < <(cat flows.ipfix)
[ "$(number '[.targets[].flows] | join(" ")')" = "$tcp 0" ] || fail "a target's own filter: $(cat out)"
want 2 "$NFSEAL" replay case --to "$one" --filter 'src prt 80'
[ "$(sed -n 3p err)" = "      ^" ] || fail "a target's own filter that is wrong: $(cat err)"
# The selection again; what is selected nowhere is not looked for again.
want 0 "$NFSEAL" replay case --to "$one" --loop=3 --json -q 'port 443'
[ "$(number '.targets[0].flows')" = $((3 * web)) ] || fail "--loop: $(cat out)"
want 0 "$NFSEAL" replay case --to "$one" --loop -q 'port 443 and port 444 and port 445'
want 3 "$NFSEAL" replay case --to "$one" --format netflow5
grep -q "NOT SENT: $((flows - four)) flows: the protocol carries IPv4 only" out || fail "$(cat out)"

# The filter; words and one argument are the same.
want 0 "$NFSEAL" replay case port 443 --to "$one" --json -q
[ "$(number .flows.matched)" = "$web" ] || fail "filter"
want 0 "$NFSEAL" replay case 'port 443' --to "$one" --json -q
[ "$(number '.targets[0].flows')" = "$web" ] || fail "filter in one argument"

# Half the flows' number a second takes two seconds, less what needs no waiting.
began=$(date +%s%N)
want 0 "$NFSEAL" replay case --to "$one" --rate $((flows / 2)) --mtu 512 -q
took=$((($(date +%s%N) - began) / 1000000))
[ $took -gt 1700 ] && [ $took -lt 20000 ] || fail "--rate took $took ms"
# A signal ends it between datagrams, with a summary.
"$NFSEAL" replay case --to "$one" --rate 1d --json >out 2>err &
replay=$!
sleep 0.5
kill -TERM $replay
wait $replay
status=$?
[ $status = 143 ] || fail "exit $status after SIGTERM"
[ "$(number .interrupted)" = true ] || fail "no summary after SIGTERM: $(cat out)"

# Larger datagrams are fewer.
want 0 "$NFSEAL" replay case --to "$one" --mtu 512 --json -q
small=$(number '.targets[0].datagrams')
want 0 "$NFSEAL" replay case --to "$one" --mtu 9000 --json -q
[ "$(number '.targets[0].datagrams')" -lt $((small / 8)) ] || fail "--mtu"
# The largest that UDP carries is sent, and a larger one refused.
want 0 "$NFSEAL" replay flows.ipfix --unverified --to "$one" --mtu 65507 --json -q
[ "$(number '.targets[0] | .records == .flows and .datagrams < 4 and .octets > 20000')" = true ] || fail "--mtu 65507: $(cat out)"
want 2 "$NFSEAL" replay flows.ipfix --to "$one" --mtu 65508
# Templates come again.
want 0 "$NFSEAL" replay case --to "$one" --refresh 0 --json -q
once=$(number '.targets[0].templates')
want 0 "$NFSEAL" replay case --to "$one" --refresh 1 --json -q
[ "$(number '.targets[0].templates')" -gt "$once" ] || fail "--refresh"

# What is wrong is said.
for wrong in "case" "--to $one" "case --to $one --format netflow7" "case --to tcp://127.0.0.1:1" \
    "case --to udp://127.0.0.1" "case --to $one --rate x" "case --to $one --rate 5q" "case --to $one --rate 5/h" \
    "case --to $one --rate 99999999999999" "case --to $one --speed 0x" "case --to $one --speed x" \
    "case --to $one --loop=0" "case --to $one --window 2026-01-02..2026-01-01" "case --to $one --mtu 100" \
    "case --to $one --nonsense" "case --to $one not-a-filter ("; do
	# shellcheck disable=SC2086
	want 2 "$NFSEAL" replay $wrong
	[ -s err ] || fail "silent: $wrong"
done
want 2 "$NFSEAL" replay case --to "$one" 'tcp and src prt 80'
[ "$(head -n 1 err)" = "nfseal replay: filter: column 13: expected ip, net, port, as, mask or mac behind src and dst, saw \`prt'" ] &&
	[ "$(sed -n 3p err)" = "              ^" ] && [ "$(wc -l <err)" = 3 ] || fail "$(cat err)"
want 0 "$NFSEAL" replay case --to "UDP${one#udp}" -q
want 2 "$NFSEAL" replay absent --to "$one"
grep -q 'absent' err || fail "the missing archive is not named"
: >empty
want 5 "$NFSEAL" replay empty --to "$one"
printf 'no flows here at all' >text
want 5 "$NFSEAL" replay text --to "$one"

# A stream that is cut: what came before is sent, and the damage is said.
head -c $(($(wc -c <flows.ipfix) - 10)) flows.ipfix >cut.ipfix
cat flows.ipfix cut.ipfix >both.ipfix
want 3 "$NFSEAL" replay both.ipfix --unverified --to "$one" --json
[ "$(number .flows.read)" = "$flows" ] || fail "rows before the damage: $(cat out)"
grep -q 'both.ipfix: offset' err || fail "no offset: $(cat err)"
want 5 "$NFSEAL" replay cut.ipfix --unverified --to "$one"

# Nobody listens: that is said, and the others get everything all the same.
kill -TERM "${sinks[2]}"
wait "${sinks[2]}"
want 3 "$NFSEAL" replay case --to "$two" --rate 0
grep -q 'NOBODY LISTENS' out || fail "silent although nobody listens"
want 3 "$NFSEAL" replay case --to "$two" --rate 0 --to "$one" --to udp://no-such-host.invalid:9 --json
[ "$(number '.targets[1] | .complete and .flows == '"$flows")" = true ] || fail "a dead target: $(cat out)"
[ "$(number '.targets[0].refused_by_host > 0')" = true ] || fail "a refusal: $(cat out)"
[ "$(number '.targets[2].fault')" = null ] && fail "a name that is none: $(cat out)"
grep -q 'no-such-host.invalid' err || fail "a name that is none is not told: $(cat err)"
[ "$(head -c 4 got2.pcap | od -An -tx1 | tr -d ' ')" = d4c3b2a1 ] || fail "the collector has no file"
"$NFSEAL" replay --help | grep -q -- --refresh || fail "--help"
