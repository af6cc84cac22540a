#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Damage that is enumerated: every bit and every length of each file of a small sealed archive, and
# random edits by a forger who has all keys that ever were.  NFSEAL_SOAK=1: a million edits; another
# NFSEAL_SEED: other ones.  The figures stay in build/VARIANT/tests/figures/tamper.txt.  A sample of
# the edited archives is judged by verify.sh and by the verifier that was written from the format
# page alone as well.
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
tamper=$(dirname "$NFSEAL")/tests/tamper/tamper
figures=$(dirname "$NFSEAL")/tests/figures
seed=${NFSEAL_SEED:-$(($(date +%s) % 1000000 * 1000))}
count=3000 every=60 jobs=2
[ "${NFSEAL_SOAK:-}" = 1 ] && count=1000000 every=1000 jobs=$(nproc)
jobs=${NFSEAL_JOBS:-$jobs} chunk=5000
count=${NFSEAL_EDITS:-$count}
case $NFSEAL in */asan/* | */tsan/*) count=$((count / 10)) ;; esac
# The trees change thousands of times: in memory, where that is possible.
work=$PWD
[ -w /dev/shm ] && work=$(mktemp -d /dev/shm/tamper.XXXXXX) && trap 'rm -rf "$work"' EXIT
export TMPDIR=$work
cd "$work" || exit 1
mkdir -p "$figures" trees
echo "seed $seed"

# All at a time, each its share.
expect 0 '' nfseal init --state state small
expect 0 '' nfseal close --state state small
expect 0 '' nfseal init --state state open
genesis() { sha256sum <"$1/genesis.json" | cut -d ' ' -f 1; }
parts=$jobs
case $NFSEAL in */asan/* | */tsan/*) parts=40 ;; esac
for ((i = 0; i < jobs; i++)); do
	cp -a small "small.$i"
	"$tamper" bits "small.$i" "$(genesis small)" - $i "$parts" >"bits.$i" 2>&1 || echo failed >>"bits.$i" &
done
wait
# sum FILES...: the figures of the processes in one line
sum() {
	sed -n 's/^\(.*\): \([0-9]*\) done, \([0-9]*\) accepted, \([0-9]*\) wrongly refused.*/\1:\2:\3:\4/p' "$@" |
		awk -F: '{ n += $2; a += $3; r += $4; what = $1 }
		    END { printf "%s: %d, accepted %d, wrongly refused %d\n", what, n, a, r }'
}
# What has been done up to now, also where it is interrupted.
tally() {
	{
		echo "tests/cli/tamper.sh, seed $seed"
		sum bits.*
		sum edits.*
	} >"figures.$1"
	cp "figures.$1" "$figures/tamper.$1" && mv "$figures/tamper.$1" "$figures/tamper.txt"
}

# One share of the edits, a chunk after the other.
share=$((count / jobs))
run_share() {
	local at n
	for ((at = 0; at < share; at += chunk)); do
		n=$((share - at < chunk ? share - at : chunk))
		mkdir "trees/$1.$at"
		"$tamper" edits $n $((seed + $1 * count + at)) "trees/$1.$at" "$every" >>"edits.$1" 2>&1 ||
			echo failed >>"edits.$1"
		tally "$1"
	done
}
for ((i = 0; i < jobs; i++)); do
	run_share $i &
done
wait
tally txt
cat figures.txt
grep -h -v 'wrongly refused (' bits.* edits.* >wrong
[ ! -s wrong ] || fail "$(head -n 20 wrong)"
grep -q '^bits and cuts: [1-9][0-9]*, accepted 0,' figures.txt || fail "bits and cuts"
grep -q '^random edits: [1-9][0-9]*, accepted 0, wrongly refused 0' figures.txt || fail "random edits"

# Three verifiers on the sample.  The script walks forward only and reads no more of a text than it
# needs: where that is so it may say less, but never VERIFIED where another finds a change.
command -v openssl >/dev/null || skip "openssl is not installed"
command -v python3 >/dev/null || skip "python3 is not installed"
script=$NFSEAL_SOURCE/verify/verify.sh
other=$NFSEAL_SOURCE/tests/independent/verify.py
compared=0 less=0
blind='NON_CANONICAL|DUPLICATE_KEY|SCHEMA|VERSION|LIMIT|COUNTS'
for anchors in trees/*/*.anchors; do
	tree=${anchors%.anchors}
	read -r genesis head <"$anchors"
	nfseal verify --json --state none --genesis "$genesis" --head "$head" "$tree" >json 2>err
	ours=$? name=$(jq -r .verdict json)
	python3 "$other" --genesis "$genesis" --head "$head" "$tree" >theirs 2>&1
	[ "$ours $name" = "$? $(head -n 1 theirs)" ] ||
		fail "$tree: nfseal $ours $name, verify.py $(head -n 1 theirs)" \
		    "$(jq -c '[.segments[].findings[] | [.code, .file]]' json) $(cat theirs)"
	said=$("$script" "$tree" "$genesis" "$head" 2>err)
	theirs=$? said=$(echo "$said" | sed -n '1s/ .*//p')
	compared=$((compared + 1))
	[ "$ours $name" != "$theirs $said" ] || continue
	less=$((less + 1))
	reasons=$(jq -r '[.segments[].findings[].code] | unique | join(" ")' json)
	broken=$(jq '[.segments[] | select(.findings | length > 0)] | length' json)
	lost=$(jq '[.segments[].findings[] | select(.file != null and (.file | endswith(".sig")))] | length' json)
	echo "$reasons" | grep -qE "$blind" || { [ "$lost" -gt 0 ] && [ "$said" != VERIFIED ]; } || { [ "$broken" -gt 1 ] && [ "$said" != VERIFIED ]; } ||
		fail "$tree: nfseal $ours $name ($reasons), verify.sh $theirs $said $(cat err)"
done
echo "$compared trees judged by three verifiers, the script said less of $less" | tee -a "$figures/tamper.txt"
[ "$compared" -gt 0 ] || fail "no tree was compared"
[ "$failures" = 0 ] || cp -r trees "$figures/" 2>/dev/null
finish
