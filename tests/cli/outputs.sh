#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# capture -o: every format by name and by ending says what the archive says; what is wrong is
# said before anything is made; an input is never written over.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
"$fixtures/mkcapture" -c 300 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case
nfseal show -q case -o ndjson >case.ndjson
nfseal show -q case -o csv >case.csv
nfseal show -q case >case.txt
[ "$(wc -l <case.ndjson)" -gt 200 ] || fail "few flows"
# An IPFIX message tells whence it came; input and frame have no element.
without() {
	sed -E 's/,"(observation_domain|export_protocol|input|first_frame)":[0-9]+//g; s/,"export_time":"[^"]*"//' "$1"
}
without case.ndjson >case.common

same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
# content FORMAT FILE: it is that format, with the archive's flows
content() {
	case $1 in
	ndjson | csv) same "case.$1" "$2" ;;
	table) same case.txt "$2" ;;
	parquet)
		nfseal show -q "$2" -o ndjson >shown
		same case.ndjson shown ;;
	ipfix)
		nfseal show -q "$2" -o ndjson >shown
		without shown >shown.common
		same case.common shown.common ;;
	esac
}
formats="ipfix parquet ndjson csv table"
for format in $formats; do
	nfseal capture -q -r in.pcap -o - --format $format >out.$format || fail "-o - --format $format"
	content $format out.$format
	expect 0 '' nfseal capture -q -r in.pcap -o "flows.of.$format.csv" --format $format
	content $format "flows.of.$format.csv"
done
for ending in ipfix:ipfix parquet:parquet ndjson:ndjson jsonl:ndjson json:ndjson csv:csv txt:table CSV:csv; do
	expect 0 '' nfseal capture -q -r in.pcap -o "by.${ending%:*}"
	content "${ending#*:}" "by.${ending%:*}"
done
nfseal capture -q -r in.pcap -o - | nfseal show -q - -o ndjson | sed '' >piped
without piped >piped.common
same case.common piped.common
nfseal show -q <(nfseal capture -q -r in.pcap -o -) -o ndjson >piped
without piped >piped.common
same case.common piped.common
expect 0 '' nfseal capture -q -r in.pcap -w also -o also.csv -o also.parquet
content csv also.csv
content parquet also.parquet
verdict VERIFIED also

echo "mistakes: nothing is made, no chain is begun"
expect 2 'x.xyz: the name.s ending is none of' nfseal capture -r in.pcap -w new -o x.xyz
expect 2 '--format xml is none of' nfseal capture -r in.pcap -w new -o x.csv --format xml
expect 2 'nowhere/x.csv: cannot create: No such file' nfseal capture -r in.pcap -w new -o nowhere/x.csv
expect 2 'x.csv: -o names it twice' nfseal capture -r in.pcap -w new -o x.csv -o x.csv
expect 2 '-: -o names it twice' nfseal capture -r in.pcap -w new -o - -o -
expect 2 'both want standard output' nfseal capture -r in.pcap -o - --json
[ ! -e new ] || fail "an archive was begun: $(find new)"
[ ! -e x.csv ] && [ ! -e x.csv.part ] || fail "x.csv was begun"

echo "an input is never written over"
cp in.pcap evidence.csv
ln evidence.csv linked.csv
ln -s evidence.csv symbolic.csv
cp in.pcap late.csv.part
expect 2 'evidence.csv: -o evidence.csv would replace this input' nfseal capture -r evidence.csv -o evidence.csv
expect 2 'would replace this input' nfseal capture -r evidence.csv -o linked.csv
expect 2 'would replace this input' nfseal capture -r in.pcap -r symbolic.csv -o ./evidence.csv
expect 2 'late.csv.part: -o late.csv would replace this input' nfseal capture -r late.csv.part -o late.csv
same in.pcap evidence.csv
same in.pcap late.csv.part

echo "a reader that goes away"
for format in $formats; do
	# 20 times the input is more than a pipe holds, in every format
	# shellcheck disable=SC2046
	(nfseal capture -q $(printf -- '-r in.pcap %.0s' $(seq 20)) -o - --format $format 2>err
	echo $? >status) | head -c 1 >/dev/null
	[ "$(cat status)" = 141 ] || fail "$format: exit $(cat status) when the reader went away"
	[ ! -s err ] || fail "$format: told of the reader: $(cat err)"
done
echo "what IPFIX has no element for is told"
"$fixtures/mkcapture" -c 50 told.pcap
expect 0 'told.ipfix: IPFIX has no element for the columns input, first_frame' nfseal capture -r told.pcap -o told.ipfix
finish
