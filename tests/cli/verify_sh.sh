#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# verify/verify.sh, which needs no nfseal, gives the verdict that nfseal verify gives, outside of
# what it says that it cannot see: with genesis and head, with the genesis alone, with neither;
# and on archives and paths with odd names.
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
command -v openssl >/dev/null || skip "openssl is not installed"
script=$NFSEAL_SOURCE/verify/verify.sh
compared=0

agree() { # what, the expected verdict or "", then the anchors
	local what=$1 want=$2 genesis='' head='' ours theirs a b
	shift 2
	[ $# -lt 2 ] || genesis=$2
	[ $# -lt 4 ] || head=$4
	ours=$(nfseal verify -q --state "$PWD/none" "$@" case); a=$?
	# The text of counts is one of the things that the script does not judge.
	case $what in counts:*) return ;; esac
	theirs=$("$script" case ${genesis:+"$genesis"} ${head:+"$head"} 2>err); b=$?
	compared=$((compared + 1))
	[ $a = $b ] && [ "${ours%% *}" = "$(echo "$theirs" | sed -n '1s/ .*//p')" ] && [ ! -s err ] ||
		fail "$what ($*): nfseal says $a ${ours%% *}, the script $b $theirs $(cat err)"
	[ -z "$want" ] || [ "${ours%% *}" = "$want" ] || fail "$what ($*): $want, not $ours"
}

. "$NFSEAL_SOURCE/tests/independent/manipulations.sh"
echo "$compared comparisons"

# In every shell that is here.
rm -rf case
read -r genesis head <<<"$("$forge" case closed)"
for shell in dash 'busybox sh' ksh mksh yash zsh bash; do
	command -v "${shell%% *}" >/dev/null || continue
	expect 0 '^VERIFIED case$' $shell "$script" case "$genesis"
	expect 6 '^UNTRUSTED case$' $shell "$script" case
done

# Odd names: of the archive, and of what stands in it.
odd=$(printf -- ' a"$(touch hit)" `touch hit`;\\n*\033[31m')
mv case "$odd"
mkdir -p "$odd/ x'y \$(touch hit)" "$odd/-n"
mv "$odd"/2026/11/23/*-00000002.* "$odd/ x'y \$(touch hit)/"
mv "$odd"/2026/11/23/*-00000003.* "$odd/-n/"
cp "$odd"/-n/*.manifest.json "$odd"/'a b\t%s.manifest.json'
: >"$odd/$(printf 'line\nfeed.manifest.json')"
expect 0 '^VERIFIED  a' "$script" "$odd" "$genesis" "$head"
mv "$odd" ./-odd
expect 0 '^VERIFIED -odd' "$script" -odd "$genesis" "$head"
mv ./-odd "$odd"
! grep -q "$(printf '\033')" out || fail "an escape sequence came through"
expect 0 '^VERIFIED' nfseal verify --state none --genesis "$genesis" --head "$head" "./$odd"
[ ! -e hit ] && [ ! -e "$odd/hit" ] || fail "a name was executed"

# The command line.
expect 2 usage "$script"
expect 2 usage "$script" . "${genesis%?}"
expect 2 usage "$script" . "$genesis" "$genesis"
expect 2 usage "$script" . "$genesis" "x:$genesis"
expect 2 '^ERROR nowhere' "$script" nowhere
mkdir empty
expect 5 '^MALFORMED empty' "$script" empty
expect 4 '^INCOMPLETE empty' "$script" empty "$genesis"
ls -d "${TMPDIR:-/tmp}"/verify.* >/dev/null 2>&1 && fail "something was left behind"
finish
