#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay and show --unverified: what is not as it was sealed, or not proven, is refused and named
# by its finding; with --unverified all that can be read goes, each segment with its finding.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

"$fixtures/mkcapture" -c 60 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case -t 60 --json
segments=$(jq '.segments | length' out)
[ "$segments" -ge 4 ] || fail "$segments segments"
genesis=$(jq -r .genesis out)
flows=$(nfseal show -q case -o ndjson | wc -l)
nfseal show -q case -o ndjson | sort >all
in_segment() { jq -r ".segments[] | select(.sequence == $1) | .flows" sealed; }
cp out sealed
mkdir empty # a state that knows nothing

base() { find hurt -name "*-0000000$1.manifest.json" | sed 's/manifest.json$//'; }
fresh() { rm -rf hurt && cp -r case hurt; }
flip() { # FILE OFFSET
	python3 - "$1" "$2" <<-'PYTHON'
		import sys
		with open(sys.argv[1], "r+b") as f:
		    f.seek(int(sys.argv[2]))
		    c = f.read(1)[0]
		    f.seek(int(sys.argv[2]))
		    f.write(bytes([c ^ 1]))
	PYTHON
}

# judge NAME FINDING SEQUENCES LESS OPTIONS...: refused with that finding, LESS flows fewer; with --unverified all but
# the lost ones, those of the sequences marked with the finding
judge() {
	local name=$1 finding=$2 marked=$3 less=$4 lost=$5
	shift 5
	expect 3 "$finding" nfseal replay hurt "$@" --to udp://127.0.0.1:9 --dry-run --json
	[ "$(jq -c '[.unverified, .complete, .flows.read]' out)" = "[false,false,$((flows - less))]" ] ||
		fail "$name: $(jq -c '[.unverified, .complete, .flows, .findings]' out)"
	[ "$(jq -r '[.findings[].code] | index("'"$finding"'") != null' out)" = true ] || fail "$name: $(jq -c .findings out)"
	[ "$(jq -c '[.targets[0].segments[].finding] | unique' out)" = '[null]' ] || fail "$name: $(cat out)"
	expect 3 "$finding" nfseal replay hurt "$@" --to udp://127.0.0.1:9 --dry-run --json --unverified
	[ "$(jq -c '[.unverified, .complete, .flows.read]' out)" = "[true,false,$((flows - lost))]" ] ||
		fail "$name: --unverified: $(jq -c '[.unverified, .complete, .flows, .findings]' out)"
	[ "$(jq -c "[.targets[0].segments[] | select(.finding != null) | .sequence]" out)" = "$marked" ] ||
		fail "$name: marked: $(jq -c .targets[0].segments out)"
	cp out unverified
	expect 3 'NOT ALL OF THIS IS EVIDENCE' nfseal replay hurt "$@" --to udp://127.0.0.1:9 --dry-run --unverified
	nfseal show -q hurt "$@" --unverified -o ndjson 2>err >shown
	[ "$(wc -l <shown)" = $((flows - lost)) ] || fail "$name: show: $(wc -l <shown) of $((flows - lost))"
	[ "$lost" != 0 ] || [ "$(sort shown | diff -q - all)" = "" ] || fail "$name: other flows"
}
known="--genesis $genesis" alone="--genesis $genesis --state empty"
two=$(in_segment 2) behind=$((flows - $(in_segment 1)))
rest=$(jq -c '[.segments[] | select(.flows > 0) | .sequence | select(. >= 2)]' sealed)
most=$(jq -c '[.segments[] | select(.flows > 0) | .sequence | select(. >= 3)]' sealed)

fresh # data whose footer says something else, and which can be read all the same
at=$(python3 -c 'import sys; print(open(sys.argv[1], "rb").read().rindex(b"nfseal"))' "$(base 2)flows.parquet")
flip "$(base 2)flows.parquet" "$at"
judge "data changed" CHUNK_HASH '[2]' "$two" 0
fresh # data that grew
printf x >>"$(base 2)flows.parquet"
expect 3 FILE_SIZE nfseal replay hurt --to udp://127.0.0.1:9 --dry-run --json
[ "$(jq .flows.read out)" = $((flows - two)) ] || fail "FILE_SIZE: $(cat out)"
fresh
mv "$(base 2)flows.parquet" table
expect 3 'FILE_MISSING' nfseal replay hurt --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq .flows.read out)" = $((flows - two)) ] || fail "FILE_MISSING: $(cat out)"

fresh # the manifest: its text, so that it can still be read as one
sed -i 's/"sealed":{"time":"1/"sealed":{"time":"2/' "$(base 2)manifest.json"
cmp -s "$(base 2)manifest.json" "$(find case -name '*-00000002.manifest.json')" && fail "nothing was changed"
# shellcheck disable=SC2086
judge "manifest changed" SIGNATURE '[2]' "$two" 0 $known
# shellcheck disable=SC2086
judge "manifest changed, no head" SIGNATURE "$rest" "$behind" 0 $alone
fresh # ... and so that it cannot
flip "$(base 2)manifest.json" 0
# shellcheck disable=SC2086
judge "manifest no JSON" SIGNATURE '[2]' "$two" 0 $known
# Without its signature: the hashes that lead back from the known head prove it, else nothing does.
for how in removed changed; do
	fresh
	if [ $how = removed ]; then rm "$(base 2)manifest.sig"; else flip "$(base 2)manifest.sig" 10; fi
	code=$([ $how = removed ] && echo FILE_MISSING || echo SIGNATURE)
	# shellcheck disable=SC2086
	expect 3 $code nfseal replay hurt $known --to udp://127.0.0.1:9 --dry-run --json
	[ "$(jq -c '[.flows.read, .complete, .findings[0].code]' out)" = "[$flows,false,\"$code\"]" ] || fail "signature $how: $(cat out)"
	# shellcheck disable=SC2086
	judge "signature $how, no head" $code "$rest" "$behind" 0 $alone
	[ "$(jq -c '[.targets[0].segments[1:3][].finding]' unverified)" = "[\"$code\",\"CHAIN\"]" ] || fail "$how: $(cat unverified)"
done
fresh # the manifest is gone, its table is there
rm "$(base 2)manifest.json"
# shellcheck disable=SC2086
judge "manifest removed" SEGMENT_MISSING '[2]' "$two" 0 $known
[ "$(jq -c '.targets[0].segments[1] | [.sequence, .manifest_sha256]' unverified)" = '[2,null]' ] || fail "a hash of what is not there"
fresh # a segment is gone as a whole: what is behind it is proven by the known head, else by nothing
# shellcheck disable=SC2046
rm $(find hurt -name '*-00000002.*')
# shellcheck disable=SC2086
judge "segment removed" SEGMENT_MISSING '[]' "$two" "$two" $known
expect 0 '' nfseal replay hurt --genesis "$genesis" --state empty --to udp://127.0.0.1:9 --dry-run --json
[ "$(jq .flows.read out)" = "$(in_segment 1)" ] || fail "behind a hole: $(cat out)"
expect 3 CHAIN nfseal replay hurt --genesis "$genesis" --state empty --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq -c '[.targets[0].segments[] | select(.finding == "CHAIN") | .sequence]' out)" = "$most" ] || fail "behind a hole: $(cat out)"

fresh # a foreign key: the segment of another archive in its place, and one signed anew
expect 0 '' nfseal capture -q -r in.pcap -w other -t 60
for kind in manifest.json manifest.sig; do cp "$(find other -name "*-00000002.$kind")" "$(base 2 | head -n 1)$kind"; done
# shellcheck disable=SC2086
expect 3 'SIGNATURE' nfseal replay hurt $known --to udp://127.0.0.1:9 --dry-run --json
[ "$(jq .flows.read out)" = $((flows - two)) ] || fail "a foreign key: $(cat out)"
# shellcheck disable=SC2086
expect 3 'SIGNATURE|CHAIN' nfseal replay hurt $known --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq -c '[.targets[0].segments[] | select(.finding != null) | .sequence]' out)" = '[2]' ] || fail "a foreign key: $(cat out)"
fresh
if openssl genpkey -algorithm ed25519 -out forged.pem 2>/dev/null; then
	openssl pkeyutl -sign -rawin -inkey forged.pem -in "$(base 3)manifest.json" -out sig 2>err && mv sig "$(base 3)manifest.sig"
	# shellcheck disable=SC2086
	judge "signed anew" SIGNATURE "$most" $((behind - two)) 0 $alone
fi

# The genesis: another than the known one, changed, gone.
fresh
expect 2 WRONG_GENESIS nfseal replay hurt --genesis "${genesis:1}0" --to udp://127.0.0.1:9 --dry-run
expect 3 WRONG_GENESIS nfseal replay hurt --genesis "${genesis:1}0" --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq -c "[.flows.read, ([.targets[0].segments[].finding] | unique)]" out)" = "[$flows,[\"WRONG_GENESIS\"]]" ] ||
	fail "wrong genesis: $(cat out)"
flip hurt/genesis.sig 20
expect 2 SIGNATURE nfseal replay hurt --state empty --to udp://127.0.0.1:9 --dry-run
expect 3 SIGNATURE nfseal replay hurt --state empty --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq -c "[.flows.read, ([.targets[0].segments[].finding] | unique)]" out)" = "[$flows,[\"CHAIN\"]]" ] ||
	fail "genesis changed: $(cat out)"
rm hurt/genesis.json
expect 2 'no archive' nfseal replay hurt --state empty --to udp://127.0.0.1:9 --dry-run
expect 3 '' nfseal replay hurt --state empty --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq .flows.read out)" = "$flows" ] || fail "no genesis: $(cat out)"
expect 2 'no archive' nfseal replay empty --to udp://127.0.0.1:9 --dry-run --unverified

# What is planted beside proven segments is never read, --unverified or not.
fresh
cp "$(base 2)flows.parquet" "$(base 2)x.flows.parquet"
cp "$(base 2)flows.parquet" hurt/20200101T000000Z-00000003.flows.parquet
cp "$(base 2)manifest.json" hurt/copy.manifest.json
sed 's/"sealed":{"time":"1/"sealed":{"time":"2/' "$(base 2)manifest.json" >hurt/forged.manifest.json
expect 0 '' nfseal replay hurt --to udp://127.0.0.1:9 --dry-run --json --unverified
[ "$(jq -c '[.flows.read, .findings]' out)" = "[$flows,[]]" ] || fail "planted: $(cat out)"

# What is no archive, nothing vouches for.
cp "$(base 2)flows.parquet" table.parquet
expect 0 '' nfseal capture -q -r in.pcap -o flows.ipfix
for file in table.parquet flows.ipfix; do
	expect 2 "$file: no archive: nothing vouches.*--unverified" nfseal replay $file --to udp://127.0.0.1:9 --dry-run
	expect 0 '' nfseal replay $file --to udp://127.0.0.1:9 --dry-run --json --unverified
	[ "$(jq -c '[.unverified, .archive, .flows.read > 0]' out)" = '[true,null,true]' ] || fail "$file: $(cat out)"
	expect 0 '' nfseal show -q $file
done
got=0
nfseal replay - --to udp://127.0.0.1:9 --dry-run <flows.ipfix >out 2>err || got=$?
[ $got = 2 ] && grep -q -- --unverified err || fail "standard input: $got $(cat err)"

# Datagrams of collected segments.
if command -v python3 >/dev/null; then
	PYTHONDONTWRITEBYTECODE=1 python3 "$NFSEAL_SOURCE/tests/cli/replay_options.py" make export.pcap
	expect 0 '' nfseal collect -q -r export.pcap -w netflow
	expect 0 '' nfseal replay netflow --exact --to udp://127.0.0.1:9 --dry-run --json
	sha=$(jq -r '.targets[0].sha256' out)
	rm "$(find netflow -name '*.manifest.sig')"
	for missing in FILE_MISSING SEGMENT_MISSING; do
		[ $missing = FILE_MISSING ] || rm "$(find netflow -name '*.manifest.json')"
		expect "$([ $missing = FILE_MISSING ] && echo 3 || echo 0)" '' \
			nfseal replay netflow --state empty --exact --to udp://127.0.0.1:9 --dry-run --json
		[ "$(jq .targets[0].datagrams out)" = 0 ] || fail "exact: $(cat out)"
		expect 3 $missing nfseal replay netflow --state empty --exact --to udp://127.0.0.1:9 --dry-run --json --unverified
		[ "$(jq -r '.targets[0].sha256' out)" = "$sha" ] || fail "exact --unverified: $missing: $(cat out)"
	done
fi
finish
