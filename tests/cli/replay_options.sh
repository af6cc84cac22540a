#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay tells by option records what rows say beside their fields: samplers, names of interfaces
# and VRFs, the exporter.  Collected again they are the same, column by column.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"
export PYTHONDONTWRITEBYTECODE=1
py() { python3 "$NFSEAL_SOURCE/tests/cli/replay_options.py" "$@"; }


py make in.pcap || fail "make"
expect 0 '' nfseal collect -q -r in.pcap -w case
nfseal show -q case -o ndjson >before
flows=$(wc -l <before)
[ "$flows" = 188 ] || fail "$flows flows"

# send NAME OPTIONS...: what went, decoded by hand; the dry run knew it
send() {
	local name=$1
	shift
	expect 0 '' nfseal replay case --to udp://127.0.0.1:9 "$@" --rate 0 --dry-run --json
	mv out dry.json
	sink "$name"
	expect 0 '' nfseal replay case --to "$to" "$@" --rate 3000d -q --json
	stop
	for key in datagrams octets records options templates sha256; do
		[ "$(jq ".targets[0].$key" out)" = "$(jq ".targets[0].$key" dry.json)" ] || fail "$name: dry run: $key"
	done
	py look "$name.pcap" >"$name.look" || fail "$name: $(cat "$name.look")"
	[ "$(jq .records "$name.look")" = "$flows" ] || fail "$name: $(cat "$name.look")"
	[ "$(jq '.targets[0].options' out)" = "$(jq .options "$name.look")" ] || fail "$name: options: $(cat "$name.look")"
}
# back NAME: collected again
back() {
	expect 0 '' nfseal collect -q -r "$1.pcap" -w "again-$1" --json
	[ "$(jq -c '[.records.waiting, .records.without_template, (.exporters | all(.missed == 0 and .malformed == {}))]' out)" = \
		"[0,0,true]" ] || fail "$1: $(cat out)"
	nfseal show -q "again-$1" -o ndjson >after
	py same before after || fail "$1"
}
for format in netflow9 ipfix; do
	for how in "" "--mtu 512 --refresh 3" "--lead 1ms"; do
		name=$format$(echo "$how" | tr -d ' -')
		# shellcheck disable=SC2086
		send "$name" --format $format $how
		back "$name"
		[ "$(jq -c '[.["130"], .["10"], .["234"]] | all(. > 0)' "$name.look")" = true ] || fail "$name: $(cat "$name.look")"
	done
	[ "$(jq .options ${format}mtu512refresh3.look)" -gt "$(jq .options $format.look)" ] || fail "$format: refresh"
	send none$format --format $format --options none
	[ "$(jq .options none$format.look)" = 0 ] || fail "none: $(cat none$format.look)"
	[ "$(jq '.targets[0].without.in_if_name' out)" -gt 0 ] || fail "none: $(cat out)"
	expect 0 '' nfseal replay case --to udp://127.0.0.1:9 --profile filebeat --format $format --rate 0 --dry-run --json
	[ "$(jq '.targets[0].options' out)" = 0 ] || fail "filebeat: $(cat out)"
done
expect 0 '' nfseal replay case --to udp://127.0.0.1:9 --rate 0 --dry-run --json
[ "$(jq -c '.targets[0].without // {} | [.in_if_name, .in_vrf_name, .sampling_interval]' out)" = '[null,null,null]' ] ||
	fail "without: $(cat out)"
send some --options exporter,sampling --speed 1000000x
[ "$(jq -c '[.["130"] > 0, .["10"], .["234"]]' some.look)" = '[true,null,null]' ] || fail "some: $(cat some.look)"
expect 0 'option records, of samplers' nfseal replay case --to udp://127.0.0.1:9 --rate 0 --dry-run
expect 2 '--options some: all, none, or sampling' nfseal replay case --to udp://127.0.0.1:9 --options some
expect 2 'expected' nfseal replay case --to udp://127.0.0.1:9 --options sampling,

# NetFlow 5 has the interval in its header.
sink five
expect 0 'in_if_name' nfseal replay case --to "$to" --format netflow5 --rate 3000d
stop
expect 0 '' nfseal collect -q -r five.pcap -w again-five --json
[ "$(jq -c '[.exporters[].missed] | add' out)" = 0 ] || fail "netflow5: $(cat out)"
sampled='select(.sampling_interval != null) | "\(.bytes) \(.sampling_interval)"'
[ "$(nfseal show -q again-five -o ndjson | jq -r "$sampled" | sort)" = "$(jq -r "$sampled" before | sort)" ] ||
	fail "netflow5: sampling"

if command -v tshark >/dev/null; then
	for name in netflow9 ipfix ipfixmtu512refresh3; do
		tshark -r $name.pcap -d "udp.port==$(cat $name.port),cflow" -T fields -e _ws.malformed -e _ws.expert.message \
			2>err | grep -viE '^\s*$' >trouble && fail "tshark: $(sort trouble | uniq -c | head -3)"
		got=$(tshark -r $name.pcap -d "udp.port==$(cat $name.port),cflow" -T fields -e cflow.if_name \
			-e cflow.if_descr 2>/dev/null | tr '\t,' '\n\n' | grep -c 'ge-0/0/1')
		[ "$got" -gt 0 ] || fail "tshark sees no name in $name"
	done
fi
finish
