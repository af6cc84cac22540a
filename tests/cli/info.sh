#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal info: archives, manifests, captures, Parquet and IPFIX files, as text and as JSON.
set -u
command -v jq >/dev/null || { echo "jq is not installed"; exit 77; }
fail() { echo "FAILED: $*"; exit 1; }
want() {
	local status=$1
	shift
	"$@" >out 2>err
	local got=$?
	[ $got = "$status" ] || { cat err; fail "exit $got instead of $status: $*"; }
}
# is FILTER VALUE: of the JSON in out
is() {
	local got
	got=$(jq -r "$1" out) || fail "no JSON: $(cat out)"
	[ "$got" = "$2" ] || fail "$1 is $got, not $2"
}
sha() { (sha256sum "$1" 2>/dev/null || sha256 -r "$1") | cut -d' ' -f1; }
size() { wc -c <"$1" | tr -d ' '; }
line() { sed -n "s/^$1  *//p" out; }

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 300 in.pcap || fail "no capture"
want 0 "$NFSEAL" capture --json -r in.pcap -w case
cp out receipt

# The archive: what the receipt said, and what the files are.
want 0 "$NFSEAL" info case --json
for key in .archive .genesis .head.sequence .head.manifest_sha256 .packets.read .packets.metered \
	.wire_bytes.read .ip_bytes.metered .flows.emitted; do
	is "$key" "$(jq -r "$key" receipt)"
done
is .type archive
is .verified false
is .closed false
is .genesis "$(sha case/genesis.json)"
manifest=$(find case -name '*.manifest.json')
table=$(find case -name '*.flows.parquet')
is .head.manifest_sha256 "$(sha "$manifest")"
is '.segments | length' 1
is '.segments[0].manifest' "${manifest#case/}"
is '.segments[0].linked' true
is '.segments[0].files[0].sha256' "$(sha "$table")"
is '.segments[0].files[0].size' "$(size "$table")"
is '.inputs[0].name' in.pcap
is '.inputs[0].sha256' "$(sha in.pcap)"
is '.inputs[0].size' "$(size in.pcap)"
is '.remembered.genesis' "$(sha case/genesis.json)"
is .segments_missing 0
is .manifests_unread 0
is .disk_bytes $(($(size "$manifest") + $(size "$table") + 64))
is '.packets.read == .packets.metered + ([.packets.rejected[]] | add)' true
is '.wire_bytes.read == .wire_bytes.metered + ([.wire_bytes.rejected[]] | add)' true
flows=$(jq .segments[0].flows out)
[ "$flows" = "$("$NFSEAL" show -q case -o ndjson | wc -l | tr -d ' ')" ] || fail "$flows flows"

want 0 "$NFSEAL" info case
[ "$(line Genesis)" = "$(sha case/genesis.json)" ] || fail "the genesis in the text"
[ "$(line Head)" = "1:$(sha "$manifest")" ] || fail "the head in the text"
[ "$(line Remembered)" = "1:$(sha "$manifest"), this head" ] || fail "the remembered head"
[ "$(line Flows)" = "$flows" ] || fail "the flows in the text"
grep -q "^  $(sha in.pcap)  .*  in.pcap (pcap, [0-9]* packets)\$" out || fail "the input in the text"
[ "$(tail -n 1 out)" = "Nothing of this was verified: nfseal verify does that." ] || fail "the last line"
want 0 "$NFSEAL" info -v case
grep -q "^Segment 1: ${manifest#case/}\$" out || fail "-v has no segments"

# A second segment, and its predecessor taken away; then closed.
want 0 "$NFSEAL" capture -q -r in.pcap -w case --close
cp -R case copy
rm "copy/${manifest#case/}"
want 0 "$NFSEAL" info copy --json
is .segments_missing 1
is .head.sequence 2
is .closed true
is .next_key null
is '.segments[0].linked' false
want 0 "$NFSEAL" info case
[ "$(line Closed)" = "yes: nothing can follow manifest 2" ] || fail "closed is not told"
echo '{"format":"nfseal-manifest/1"}' >"copy/${manifest#case/}"
want 3 "$NFSEAL" info copy --json
is .manifests_unread 1
grep -q 'manifest.json: ' err || fail "the broken manifest is not named"

# A run of several segments lists an input once, with its hash, and a finding once; another run
# of the same file lists it again, hashed or not.
head -c $(($(size in.pcap) - 5)) in.pcap >short.pcap
for hash in --close --no-input-hash; do
	[ $hash = --close ] || rm -rf runs state_runs
	want 3 "$NFSEAL" capture --state state_runs -q $hash -r short.pcap -r in.pcap -w runs -t 60s
	[ $hash = --close ] || want 3 "$NFSEAL" capture --state state_runs -q $hash -r short.pcap -r in.pcap -w runs -t 60s
	want 0 "$NFSEAL" info runs --state state_runs --json
	runs=$([ $hash = --close ] && echo 1 || echo 2)
	[ "$(jq '.segments | length' out)" -gt 4 ] || fail "the run did not rotate"
	is '.inputs | length' $((2 * runs))
	is '.inputs[1].name' in.pcap
	is '.inputs[1].packets' "$(jq .packets.read receipt)"
	is '.findings | length' "$runs"
	is '.findings[0] | .code + " " + .file' 'TRUNCATED short.pcap'
	is '.inputs[0].sha256' "$([ $hash = --close ] && sha short.pcap || echo null)"
	want 0 "$NFSEAL" info runs --state state_runs
	[ "$(grep -c 'in.pcap (pcap, ' out)" = "$runs" ] || fail "inputs in the text"
	[ "$(grep -c ': TRUNCATED short.pcap' out)" = "$runs" ] || fail "findings in the text"
done

# A segment's manifest alone.
want 0 "$NFSEAL" info "$manifest" --json
is .type manifest
is .head.manifest_sha256 "$(sha "$manifest")"
is '.segments[0].flows' "$flows"
is 'has("genesis")' false
want 0 "$NFSEAL" info "$manifest"
grep -q "^Segment 1: " out || fail "the segment in the text"

# Captures, alone, compressed, and cut.
want 0 "$NFSEAL" info in.pcap --json
is .type capture
is '.inputs[0].sha256' "$(sha in.pcap)"
is '.inputs[0].packets' "$(jq .packets.read receipt)"
is '.inputs[0].wire_bytes' "$(jq .wire_bytes.read receipt)"
is '.inputs[0].link_types[0]' ETHERNET
is '.inputs[0].strict_order' true
want 0 "$NFSEAL" info in.pcap
[ "$(line SHA-256)" = "$(sha in.pcap)" ] || fail "the hash in the text"
[ "$(line 'Strict time order')" = yes ] || fail "the order in the text"
want 0 "$NFSEAL" info --no-input-hash in.pcap --json
is '.inputs[0].sha256' null
want 0 "$NFSEAL" info - --json <in.pcap
is '.inputs[0].packets' "$(jq .packets.read receipt)"
gzip -k in.pcap
want 0 "$NFSEAL" info in.pcap.gz --json
is '[.inputs[] | select(.capture)][0].packets' "$(jq .packets.read receipt)"
is '.inputs[0].sha256' "$(sha in.pcap.gz)"
head -c $(($(size in.pcap) - 5)) in.pcap >cut.pcap
want 3 "$NFSEAL" info cut.pcap --json
is '.findings[0].code' TRUNCATED
is '.inputs[0].packets' $(($(jq .packets.read receipt) - 1))

# Flows that stand alone.
want 0 "$NFSEAL" capture -q -r in.pcap -o flows.parquet -o flows.ipfix
want 0 "$NFSEAL" info flows.parquet --json
is .type parquet
is .flows "$flows"
is .sha256 "$(sha flows.parquet)"
want 0 "$NFSEAL" info flows.ipfix --json
is .type ipfix
is .flows "$flows"
is .sha256 "$(sha flows.ipfix)"
want 0 "$NFSEAL" info flows.ipfix
[ "$(line Flows)" = "$flows" ] || fail "flows of IPFIX in the text"

# Padding that is not zero costs nothing; a set that is longer than its message may have.
message() { # OCTET LENGTH: a template, and a data set of one record with a padding of one octet
	printf '\0\012\0\75\151\42\361\200\0\0\0\0\0\0\0\0'
	printf '\0\02\0\030\01\0\0\04\0\010\0\04\0\014\0\04\0\01\0\04\0\02\0\04'
	printf "\\1\\0\\0\\$2"
	printf '\012\0\0\01\012\0\0\02\0\0\0\144\0\0\0\01'
	# shellcheck disable=SC2059
	printf "\\$1"
}
message 7 25 >padding.ipfix
want 0 "$NFSEAL" info padding.ipfix --json
is .malformed.padding 1
is .flows 1
is .bytes 100
want 0 "$NFSEAL" show padding.ipfix -o ndjson
grep -q '"bytes":100' out || fail "the flow before the padding"
grep -q 'nfseal show: 1 times: padding that is not zero' err || fail "the padding is not told: $(cat err)"
want 0 "$NFSEAL" show -q padding.ipfix -o ndjson
[ -s err ] && fail "-q tells of padding"
message 7 77 >set_length.ipfix
want 3 "$NFSEAL" info set_length.ipfix --json
is .malformed.set_length 1
want 3 "$NFSEAL" show -q set_length.ipfix -o ndjson

# Mistakes.
want 2 "$NFSEAL" info
want 2 "$NFSEAL" info case flows.ipfix
want 2 "$NFSEAL" info nowhere
mkdir empty
want 5 "$NFSEAL" info empty
grep -q '^nfseal info: empty: no archive: it has no genesis.json$' err || fail "$(cat err)"
echo 'nothing of the kind' >garbage
want 5 "$NFSEAL" info garbage
exit 0
