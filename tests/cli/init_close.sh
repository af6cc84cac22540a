#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal init and close as a person runs them: receipts, refusals, and the page's recipe.
set -eu

fails() { # status, text of the message, command...
	local want=$1 text=$2 got=0
	shift 2
	"$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || { echo "$*: exit $got, not $want"; cat err; exit 1; }
	grep -q -- "$text" err || { echo "$*: no \"$text\" in:"; cat err; exit 1; }
}

"$NFSEAL" init --state state case >receipt
genesis=$(sha256sum case/genesis.json | cut -d ' ' -f 1)
grep -qx "genesis $genesis" receipt
grep -qx "head    0:$genesis" receipt
[ "$(stat -c %a state/keys 2>/dev/null || stat -f %Lp state/keys)" = 700 ]
[ "$(ls state/keys | wc -l)" = 1 ]

fails 2 'an archive is there already' "$NFSEAL" init --state state case
fails 2 'does not know this archive' "$NFSEAL" close --state elsewhere case
mkdir full; touch full/file
fails 2 'neither an archive nor an empty directory' "$NFSEAL" init --state state full
fails 2 'no archive' "$NFSEAL" close --state state nothing
fails 2 'a layout is a number' "$NFSEAL" init --state state -S 9 x
fails 2 'which archive' "$NFSEAL" init --state state
[ ! -e x ] && [ ! -e nothing ]

mv case away # a disk that is not mounted
fails 2 'is a disk not mounted' "$NFSEAL" init --state state case
mv away case
chmod 755 state/keys
fails 2 'mode 0755 is open to others' "$NFSEAL" close --state state case
chmod 700 state/keys
cp -a case copy
fails 2 'a copy cannot be extended' "$NFSEAL" close --state state copy

echo rest >case/open/left.part # of a run that was killed
"$NFSEAL" close --state state --json case >json 2>notices
grep -q 'left.part was left by an interrupted run' notices
[ -e case/quarantine/left.part.1 ]
manifest=$(find case -name '*-00000001.manifest.json')
grep -q "\"manifest_sha256\":\"$(sha256sum "$manifest" | cut -d ' ' -f 1)\"" json
grep -q '"closed":true' json
grep -q '"action":"quarantined","sequence":1,.*"name":"left.part.1","size":5' "$manifest"
fails 2 'the archive is closed' "$NFSEAL" close --state state case
[ "$(ls state/keys | wc -l)" = 0 ]

# nfseal-archive(5), WITHOUT NFSEAL.
command -v openssl >/dev/null || { echo "openssl is not installed"; exit 77; }
check() { # key, text, signature
	{ printf '\060\052\060\005\006\003\053\145\160'
	  openssl asn1parse -genstr "FORMAT:HEX,BITSTRING:$1" -noout -out /dev/stdout
	} | openssl pkey -pubin -inform DER -out key.pem
	openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in "$2" -sigfile "$3" >/dev/null
}
member() { sed -n "s/.*\"$1\":\"\([0-9a-f]*\)\".*/\1/p" "$2"; }
check "$(member key case/genesis.json)" case/genesis.json case/genesis.sig
check "$(member next_key case/genesis.json)" "$manifest" "${manifest%.json}.sig"
[ "$(member previous "$manifest")" = "$genesis" ]
table=$(find case -name '*.flows.parquet')
grep -q "\"sha256\":\"$(sha256sum "$table" | cut -d ' ' -f 1)\"" "$manifest"
