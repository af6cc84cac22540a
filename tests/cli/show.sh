#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal show: formats, filter, window, ranking and what it says when something is wrong.
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
show() { "$NFSEAL" show -q "$@"; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -n 5; fail "$3"; }; }

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 400 in.pcap || fail "no capture"
want 0 "$NFSEAL" capture -q -r in.pcap -w case
want 0 "$NFSEAL" capture -q -r in.pcap -o flows.parquet -o flows.ipfix -o flows.csv

# The same flows by three doors; csv has the columns in the order given.
columns=flow_start,flow_end,src_ip,dst_ip,src_port,dst_port,protocol,packets,bytes,rev_packets,rev_bytes
for from in case flows.parquet flows.ipfix; do
	show $from -o csv --columns $columns >"$(basename $from).rows" || fail "show $from"
done
same case.rows flows.parquet.rows "archive and Parquet differ"
same case.rows flows.ipfix.rows "archive and IPFIX differ"
show - -o csv --columns $columns <flows.ipfix >stdin.rows || fail "show -"
same case.rows stdin.rows "standard input differs"
flows=$(($(wc -l <case.rows) - 1))
[ $flows -gt 300 ] || fail "$flows flows are few"
[ "$(head -n 1 case.rows)" = "$columns" ] || fail "the first line of csv"
[ "$(show case -o ndjson | wc -l)" = $flows ] || fail "ndjson has other flows"

# The filter agrees with awk on the csv, alone and with not, which takes the absent ones too.
count() { show case -o csv --columns src_ip "$@" | tail -n +2 | wc -l | tr -d ' '; }
by_awk() { tail -n +2 case.rows | awk -F, "$1" | wc -l | tr -d ' '; }
compare() { [ "$(count "$1")" = "$(by_awk "$2")" ] || fail "$1: $(count "$1"), and $(by_awk "$2") by awk"; }
compare 'tcp and dst port 443' '$7 == 6 && $6 == 443'
compare 'bytes > 10k or packets < 2' '$9 > 10000 || $8 < 2'
compare 'udp and not port in [53, 123]' '$7 == 17 && $5 != 53 && $6 != 53 && $5 != 123 && $6 != 123'
compare 'not (tcp or udp)' '$7 != 6 && $7 != 17'
compare 'has rev_packets and total bytes >= 4000' '$10 != "" && $9 + $11 >= 4000'
compare 'ipv6' '$3 ~ /:/'
compare 'src net 10.0.0.0/8' '$3 ~ /^10\./'
[ "$(count tcp)" -gt 0 ] || fail "no TCP in the capture"
[ $(($(count 'src port < 1024') + $(count 'not src port < 1024'))) = $flows ] || fail "not is no complement"
[ "$(count tcp and dst port 443)" = "$(count 'tcp and dst port 443')" ] || fail "operands are not one filter"

# Count and window: every flow meets its own second.
[ "$(count -c 7)" = 7 ] || fail "-c 7"
[ "$(count -c 0)" = 0 ] || fail "-c 0"
first=$(tail -n +2 case.rows | cut -d, -f1 | sort | head -n 1)
last=$(tail -n +2 case.rows | cut -d, -f2 | sort | tail -n 1)
[ "$(count -t "$first..")" = $flows ] || fail "-t from the first"
[ "$(count --since "$first")" = $flows ] || fail "--since the first"
[ "$(count --until "$first")" = 0 ] || fail "--until the first"
[ "$(count -t "$(echo "$first" | tr - / | tr T . | cut -c1-10)-$(echo "$last" | tr - / | cut -c1-10)")" = $flows ] ||
	fail "-t by days"
middle=$(tail -n +2 case.rows | cut -d, -f1 | sort | sed -n $((flows / 2))p)
[ "$(count --since "$middle")" = "$(by_awk "\$2 >= \"$middle\"")" ] || fail "--since the middle"
[ "$(count --until "$middle")" = "$(by_awk "\$1 < \"$middle\"")" ] || fail "--until the middle"

# Ranking, against awk; biflows and one flow per direction give the same packets and bytes.
show case -s src_ip/bytes -n 0 -o csv | cut -d, -f1,3,4 | tail -n +2 >ranked
tail -n +2 case.rows | awk -F, '
	{ packets[$3] += $8; bytes[$3] += $9 }
	$10 > 0 { packets[$4] += $10; bytes[$4] += $11 }
	END { for (ip in bytes) print ip "," packets[ip] "," bytes[ip] }' | sort >expected
sort ranked >sorted
same sorted expected "the ranking of src_ip"
cut -d, -f3 ranked | sort -c -n -r || fail "the ranking is not in order"
want 0 "$NFSEAL" capture -q --uniflow -r in.pcap -o uniflows.parquet
show uniflows.parquet -s src_ip/bytes -n 0 -o csv | cut -d, -f1,3,4 | tail -n +2 >uniflows
same ranked uniflows "biflows and uniflows rank differently"
[ "$(show case -s dst_port/flows -n 3 -o ndjson | wc -l)" = 3 ] || fail "-n 3"
show case -s proto | head -n 1 | grep -q '^protocol  *Flows  *Packets  *Bytes' || fail "the table's head"

# A filter that is longer than the limit is refused; it is not left out.
if [ "$(getconf ARG_MAX)" -ge 2000000 ]; then
	blank=$(printf '%100000s' '')
	long=("$blank" "$blank" "$blank" "$blank" "$blank" "$blank" "$blank" "$blank" "$blank" "$blank" "$blank")
	want 2 "$NFSEAL" show case "${long[@]}" tcp
	grep -q 'the filter is longer than 1048576 octets' err || fail "a long filter: $(cat err)"
	want 2 "$NFSEAL" replay case --to udp://127.0.0.1:9 "${long[@]}" tcp
	grep -q 'the filter is longer than 1048576 octets' err || fail "a long filter: $(cat err)"
fi

# What was checked is said, and the table has a summary; both on standard error.
want 0 "$NFSEAL" show case
grep -q "^$flows flows, .*; $flows flows read\$" err || fail "no summary: $(cat err)"
grep -q UNTRUSTED err && fail "the genesis was not remembered"
want 0 "$NFSEAL" show --state "$PWD/elsewhere" case -o ndjson
grep -q 'UNTRUSTED' err || fail "an unknown genesis was not told"
want 0 "$NFSEAL" show flows.parquet -o ndjson
grep -q '^nfseal show: flows.parquet: no archive: nothing vouches for these flows$' err || fail "a plain file was not told"
want 0 "$NFSEAL" show -q flows.parquet
[ -s err ] && fail "-q is not quiet"

# Damage: a flipped byte in the table is named, and what was not checked is not printed.
cp -R case copy
table=$(find copy -name '*.flows.parquet')
printf 'X' | dd of="$table" bs=1 seek=2000 conv=notrunc 2>/dev/null
want 3 "$NFSEAL" show copy -o csv
grep -q "$(basename "$table")" err || fail "the damaged file is not named: $(cat err)"
[ "$(wc -l <out)" -le $((flows + 1)) ] || fail "more flows than there are"
head -c $(($(wc -c <flows.ipfix) - 3)) flows.ipfix >cut.ipfix
"$NFSEAL" show cut.ipfix >out 2>err
status=$?
[ $status = 3 ] || [ $status = 5 ] || fail "a cut IPFIX file gives $status"
grep -q 'cut.ipfix: offset [0-9]*: ' err || fail "the place of the cut is not told"

# A plain Parquet file of which nothing can be read is no success with losses.
cp flows.parquet page.parquet
printf 'XXXX' | dd of=page.parquet bs=1 seek=4 conv=notrunc 2>/dev/null
want 5 "$NFSEAL" show page.parquet -o ndjson
[ ! -s out ] || fail "flows of a damaged row group"
grep -q 'page.parquet: offset [0-9]*: ' err || fail "the place in the Parquet file: $(cat err)"

# For other systems: a line for each flow (ecs-bulk two), an id that the archive alone gives.
want 0 "$NFSEAL" capture -q -r in.pcap -t 1m -w many
total=$(show many -o ndjson | wc -l)
for format in ecs hec cef leef; do
	show many -o $format >out || fail "-o $format"
	[ "$(wc -l <out)" = "$total" ] || fail "-o $format has other flows"
done
show many -o ecs-bulk >bulk && [ "$(wc -l <bulk)" = $((2 * total)) ] || fail "-o ecs-bulk"
if command -v jq >/dev/null; then
	[ "$(jq -r '.create._id // empty' bulk | sort -u | wc -l)" = "$total" ] || fail "ids are not unique"
	show many -o ecs 'port 53' | jq -r .event.id | sort >few
	[ -s few ] && [ -z "$(comm -23 few <(jq -r '.create._id // empty' bulk | sort))" ] ||
		fail "a filter changes the ids"
	[ "$(show flows.parquet -o ecs-bulk | jq -c 'select(.create)' | sort -u)" = '{"create":{}}' ] ||
		fail "a file gives ids"
	show many -o ndjson | jq -s 'map([.bytes, .rev_bytes]) | add | add' >sum
	show many -o goflow2-json | jq -s 'map(.bytes) | add' | cmp - sum || fail "goflow2-json has other octets"
	show many -o hec | jq -s 'map(.event.bytes) | add' | cmp - sum || fail "hec has other octets"
fi

# Mistakes.
want 2 "$NFSEAL" show case -o cef -s srcip
want 2 "$NFSEAL" show case 'tcp and src prt 80'
cat >expected <<'END'
nfseal show: filter: column 13: expected ip, net, port, as, mask or mac behind src and dst, saw `prt'
  tcp and src prt 80
              ^
END
same err expected "the message of a wrong filter"
want 2 "$NFSEAL" show
want 2 "$NFSEAL" show nowhere
grep -q '^nfseal show: nowhere: cannot open: No such file or directory$' err || fail "$(cat err)"
want 2 "$NFSEAL" show case -o xml
want 2 "$NFSEAL" show case -s nothing
want 2 "$NFSEAL" show case -c many
want 2 "$NFSEAL" show case --columns src_ip
want 2 "$NFSEAL" show case -o csv --columns src_ip,nothing
want 2 "$NFSEAL" show case -t 2026/11/23-2026/11/22
want 5 "$NFSEAL" show in.pcap
grep -q '^nfseal show: in.pcap: no archive, no IPFIX and no Parquet; nfseal info may tell what it is$' err || fail "$(cat err)"
want 5 "$NFSEAL" show - <flows.parquet
grep -q '^nfseal show: standard input: Parquet is read from a file, by its name: it is no stream$' err || fail "$(cat err)"
: >empty
want 5 "$NFSEAL" show empty
if [ -e /dev/full ]; then
	"$NFSEAL" show -q case >/dev/full 2>err
	[ $? = 2 ] || fail "a full disk is not told by the status"
	grep -q 'standard output: ' err || fail "a full disk is not told"
fi

# A reader that goes away is no reason for a message.
"$NFSEAL" show -q case -o ndjson 2>err | head -n 1 >/dev/null
[ -s err ] && fail "a closed pipe is told: $(cat err)"
exit 0
