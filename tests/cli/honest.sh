#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A thousand honest archives, with kills, clock steps, odd locales and both kinds of keys: none is
# refused.  NFSEAL_SOAK=1: a hundred thousand; another NFSEAL_SEED: other ones.  The figures stay in
# build/VARIANT/tests/figures/honest.txt, also where it is interrupted.  And the program itself in odd
# locales.
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
honest=$(dirname "$NFSEAL")/tests/tamper/honest
figures=$(dirname "$NFSEAL")/tests/figures
seed=${NFSEAL_SEED:-$(($(date +%s) % 1000000 * 1000))}
count=1000 jobs=2
[ "${NFSEAL_SOAK:-}" = 1 ] && count=100000 jobs=$(nproc)
jobs=${NFSEAL_JOBS:-$jobs} chunk=500
count=${NFSEAL_ARCHIVES:-$count}
case $NFSEAL in */asan/* | */tsan/*) count=$((count / 10)) ;; esac
here=$PWD work=$PWD
[ -w /dev/shm ] && work=$(mktemp -d /dev/shm/honest.XXXXXX) && trap 'rm -rf "$work"' EXIT
mkdir -p "$figures"
echo "seed $seed"

# What has been done up to now.
tally() {
	echo "tests/cli/honest.sh, seed $seed"
	sed -n 's/^honest archives: \([0-9]*\), checks \([0-9]*\), kills \([0-9]*\), refused \([0-9]*\).*/\1 \2 \3 \4/p' "$work"/figures.* |
		awk '{ n += $1; c += $2; k += $3; r += $4 }
		    END { printf "honest archives: %d, kills %d, verified %d times, refused %d\n", n, k, c, r }'
}

# One share of them, a chunk after the other.
share=$((count / jobs))
run_share() {
	local at n
	for ((at = 0; at < share; at += chunk)); do
		n=$((share - at < chunk ? share - at : chunk))
		"$honest" $n $((seed + $1 * count + at)) >>../figures."$1" 2>&1 || echo failed >>../figures."$1"
		tally >"$figures/honest.$1" && mv "$figures/honest.$1" "$figures/honest.txt"
	done
}
for ((i = 0; i < jobs; i++)); do
	mkdir "$work/$i"
	(cd "$work/$i" && run_share $i) &
done
wait
grep -h -v '^honest archives:' "$work"/figures.* >wrong
[ ! -s wrong ] || fail "$(head -n 20 wrong)"
tally | tee "$figures/honest.txt"
grep -q "^honest archives: $((count / jobs * jobs)),.* refused 0\$" "$figures/honest.txt" || fail "some were refused"

# Numbers, cases and times are nobody's local ones.
cd "$here" || exit 1
"$fixtures/mkcapture" -c 300 in.pcap || fail "no capture"
expect 0 '' nfseal capture -q -r in.pcap -w plain --state state -t 1m
for locale in tr_TR.UTF-8 de_DE.UTF-8 C.UTF-8 ja_JP.eucJP xx_XX; do
	expect 0 '' env LC_ALL=$locale LANG=$locale TZ=America/St_Johns nfseal capture -q -r in.pcap -w "in.$locale" --state state -t 1m
	expect 0 '^VERIFIED' env LC_ALL=$locale TZ=right/UTC nfseal verify --state state "in.$locale"
	diff <(cd plain && find . -name '*.parquet' -exec sha256sum {} + | sort) \
		<(cd "in.$locale" && find . -name '*.parquet' -exec sha256sum {} + | sort) >/dev/null ||
		fail "$locale: other names or tables"
done
finish
