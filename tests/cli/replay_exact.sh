#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --exact: the datagrams of collected segments, octet for octet, in their order and
# at their times; selected by exporter and by time, with the templates that they need ahead.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"
helper="$NFSEAL_SOURCE/tests/cli/replay_exact.py"


# Two exporters, 192.0.2.1 with NetFlow 9 and 192.0.2.2 with IPFIX; their templates once, at first;
# a datagram each 100 ms in turn, and a pause of two seconds before the last ten.
"$fixtures/mkcapture" -c 300 in.pcap
for format in netflow9 ipfix; do
	sink $format
	expect 0 '' nfseal capture -q -r in.pcap -o "$to" --mtu 600 --refresh 0 --format $format
	stop
done
python3 "$helper" weave netflow9.pcap ipfix.pcap woven.pcap || fail "no capture"
expect 0 '' nfseal collect -q -r woven.pcap -w case
count=$(python3 "$helper" count woven.pcap)

# All of them, the same octets in the same order, and the receipt says so.
sink all
expect 0 '' nfseal replay case --exact --to "$to" --rate 0 --json
stop
python3 "$helper" same woven.pcap all.pcap || fail "not the same datagrams"
[ "$(jq -r '.targets[0] | "\(.format) \(.unit) \(.datagrams) \(.settled) \(.sent_ahead) \(.complete)"' out)" = "exact datagrams $count $count 0 true" ] ||
	fail "the receipt: $(cat out)"
[ "$(jq -r '.targets[0].sha256' out)" = "$(python3 "$helper" payload all.pcap | sha256sum | cut -d' ' -f1)" ] ||
	fail "the hash of what went: $(cat out)"

# One exporter.
sink one
expect 0 '' nfseal replay case --exact --to "$to" --rate 0 -q 'exporter 192.0.2.2'
stop
python3 "$helper" only woven.pcap 192.0.2.2 two.pcap
python3 "$helper" same two.pcap one.pcap || fail "one exporter"

# The last ten, five of them one exporter's: ahead of these the datagrams that have its templates.
sink late
last=$(python3 "$helper" time woven.pcap $((count - 10)))
expect 0 'of these [1-9][0-9]* from before the window, with templates' \
	nfseal replay case --exact -t "$last.." --to "$to" --rate 0 'exporter 192.0.2.1'
stop
python3 "$helper" only woven.pcap 192.0.2.1 nine.pcap
python3 "$helper" tail nine.pcap late.pcap 5 || fail "the last ten"
expect 0 '' nfseal collect -q -r late.pcap -w again --json
[ "$(jq -c '[.records.without_template, .exporters[0].malformed]' out)" = '[0,{}]' ] || fail "templates that are missing: $(cat out)"

# At ten times their pace: 0.1 s for each second, to the millisecond, and almost no processor time.
sink paced
expect 0 '' nfseal replay case --exact --speed 10x --to "$to" --json
stop
python3 "$helper" same woven.pcap paced.pcap || fail "at a pace: not the same datagrams"
jq -e --argjson span "$(python3 "$helper" span woven.pcap)" '.targets[0] | .nanos > $span / 10 and
	.jitter_nanos.datagrams == .datagrams' out >/dev/null || fail "the pace: $(cat out)"

# What cannot be asked for, and inputs that have no datagrams.
expect 2 'src_ip: of a datagram' nfseal replay case --exact --to "$to" 'src ip 10.0.0.1'
expect 2 'would change' nfseal replay case --exact --to "$to" --shift 1d
expect 2 'ask for datagrams' nfseal replay case --exact --to "$to" --rate 100flows
expect 0 '' nfseal capture -q -r in.pcap -w metered -o flows.ipfix
expect 0 'exact: 0 datagrams' nfseal replay metered --exact --to "$to"
expect 2 'no archive: it has no datagrams' nfseal replay flows.ipfix --exact --unverified --to "$to"

# Damage: what comes before it goes, the rest is refused and said.
expect 0 '' nfseal collect -q -r woven.pcap -w hurt
file=$(find hurt -name '*.datagrams.pcapng.zst')
size=$(stat -c %s "$file")
printf 'X' | dd of="$file" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
expect 3 'differs' nfseal replay hurt --exact --to "$to" --rate 0 --json
[ "$(jq -r '.damaged' out)" = 1 ] || fail "damage: $(cat out)"
finish
