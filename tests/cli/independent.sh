#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal verify and the verifier that was written from nfseal-archive(5) alone give the same
# verdict on archives that are as they were sealed, and on many that are not: with genesis
# and head, with the genesis alone, and with neither.
set -u
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
command -v openssl >/dev/null || { echo "openssl is not installed"; exit 77; }
other=${NFSEAL_SOURCE:?}/tests/independent/verify.py
failed=0 compared=0

agree() { # what, the expected verdict with both anchors or "", then the anchors
	local what=$1 want=$2 ours theirs a b
	shift 2
	ours=$("$NFSEAL" verify -q --state "$PWD/none" "$@" case); a=$?
	theirs=$(python3 "$other" "$@" case); b=$?
	compared=$((compared + 1))
	if [ $a != $b ] || [ "${ours%% *}" != "$(echo "$theirs" | head -n 1)" ] ||
	    { [ -n "$want" ] && [ "${ours%% *}" != "$want" ]; }; then
		echo "$what ($*): want ${want:-the same}, nfseal says $a ${ours%% *}, the other $b $theirs"
		"$NFSEAL" verify --state "$PWD/none" "$@" case
		failed=1
	fi
}

. "$NFSEAL_SOURCE/tests/independent/manipulations.sh"
echo "$compared comparisons"
exit $failed
