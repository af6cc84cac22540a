#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One capture in every compressed form and archive that the tools here can make: the flows are
# those of the plain file, its hash is in the summary, and damage has its exit status.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"

"$fixtures/mkcapture" -c 2000 one.pcap
hash=$(sha256sum one.pcap | cut -d' ' -f1)
nfseal capture -r one.pcap -o plain.ndjson || fail "plain"
[ -s plain.ndjson ] || fail "no flows"

# same FILE...: the flows of the plain file but for the input's number, and its hash
same() {
	local file=$1
	rm -f got.ndjson
	nfseal capture -r "$file" -o got.ndjson --json >sum.json 2>err || fail "$file: $(tail -n 1 err)"
	jq -c 'del(.input)' plain.ndjson >want; jq -c 'del(.input)' got.ndjson >got
	cmp -s want got || fail "$file: other flows"
	jq -e --arg h "$hash" '[.inputs[].sha256] | index($h)' sum.json >/dev/null ||
		fail "$file: the capture's hash is not among the inputs'"
	jq -e --arg h "$(sha256sum "$file" | cut -d' ' -f1)" '.inputs[0].sha256 == $h' sum.json >/dev/null ||
		fail "$file: its own hash is not the first"
}

made=0
try() { # FILE COMMAND...: makes FILE if the tool is there
	local file=$1
	shift
	command -v "$1" >/dev/null 2>&1 || return 0
	"$@" >/dev/null 2>&1 && [ -s "$file" ] || { fail "could not make $file"; return 0; }
	made=$((made + 1))
	same "$file"
}

try one.pcap.gz gzip -k one.pcap
try one.pcap.xz xz -k one.pcap
try one.pcap.bz2 bzip2 -k one.pcap
try one.pcap.zst zstd -q one.pcap
try one.pcap.lz4 lz4 -q -m one.pcap
try one.tar tar cf one.tar one.pcap
try one.tar.gz tar czf one.tar.gz one.pcap
try one.zip zip -q one.zip one.pcap
try one.7z 7z a one.7z one.pcap
[ "$made" -ge 3 ] || skip "none of gzip, xz, zip and their like is here"

echo "standard input"
nfseal capture -r - -o got.ndjson <one.pcap.gz || fail "gzip on standard input"
jq -c 'del(.input)' got.ndjson >got
cmp -s want got || fail "standard input: other flows"

echo "what is no capture is a notice, what holds none is refused"
echo hello >readme.txt
tar cf two.tar readme.txt one.pcap
expect 0 'two.tar:readme.txt: is no capture: skipped' nfseal capture -r two.tar -o x.ndjson
tar cf none.tar readme.txt
expect 5 'none.tar: no capture in it' nfseal capture -r none.tar -o y.ndjson

echo "cut: what was good is kept, the offset is that of the record in the decompressed data"
size=$(wc -c <one.pcap.gz)
head -c $((size / 2)) one.pcap.gz >cut.pcap.gz
expect 3 'cut.pcap.gz:cut.pcap: offset [0-9]+: .* is cut: gzip' nfseal capture -r cut.pcap.gz -o cut.ndjson
[ -s cut.ndjson ] || fail "nothing was kept"

exit $((failures > 0))
