# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the tests that compare verifiers: archives as they were sealed, and many that are
# not.  The test defines agree WHAT WANT [--genesis HEX [--head SEQ:HEX]], which is called for
# each with the archive in case/; WANT is the verdict where it is known, else empty.
forge=$(dirname "$NFSEAL")/tests/cli/forge

manifest() { echo 2026/11/23/20261123T070"$1"00Z-0000000"$1"."$2"; }
flip() { # file, offset
	local was
	was=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\$(printf %o $((was ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
swap() { mv "$1" swap && mv "$2" "$1" && mv swap "$2"; }

# A forged archive of a kind, a manipulation, and the verdict with genesis and head known.
try() { # kind, verdict, then a command run inside the archive
	local kind=$1 want=$2 anchors
	shift 2
	rm -rf case
	anchors=$("$forge" case "$kind") || { echo "forge $kind failed"; exit 1; }
	read -r genesis head <<<"$anchors"
	(cd case && "$@") || { echo "$*: cannot be done"; exit 1; }
	agree "$kind: $*" "$want" --genesis "$genesis" --head "$head"
	agree "$kind: $*" "" --genesis "$genesis"
	agree "$kind: $*" ""
}

plant_copy() { cp "$(manifest 1 manifest.json)" x.manifest.json; cp "$(manifest 1 manifest.sig)" x.manifest.sig; }
plant_later() { cp "$(manifest 3 manifest.json)" 20261123T080000Z-00000004.manifest.json; }
type_fifo() { rm "$1" && mkfifo "$1"; }
type_link() { mv "$1" kept && ln -s "$PWD/kept" "$1"; }
type_dir() { rm "$1" && mkdir "$1"; }
swap_names() { swap "$(manifest 1 manifest.json)" "$(manifest 2 manifest.json)"; swap "$(manifest 1 manifest.sig)" "$(manifest 2 manifest.sig)"; }
expire() { rm "$(manifest 1 flows.parquet)" "$(manifest 1 datagrams.pcapng.zst)"; }

try plain VERIFIED true
try closed VERIFIED true
try expired VERIFIED expire
try fork FORKED true
try weak MALFORMED true
try reuse MALFORMED true
try counts MALFORMED true
for kind in previous archive sequence; do try $kind MODIFIED true; done
for n in 1 2 3; do
	for what in flows.parquet datagrams.pcapng.zst manifest.json manifest.sig; do
		try plain MODIFIED flip "$(manifest $n $what)" 50
	done
done
try plain MODIFIED flip genesis.json 100
try plain MODIFIED flip genesis.sig 10
try plain MODIFIED truncate -s 100 "$(manifest 2 manifest.json)"
try plain MODIFIED truncate -s 0 "$(manifest 3 manifest.sig)"
try plain MODIFIED truncate -s +1 "$(manifest 2 flows.parquet)"
try plain INCOMPLETE rm genesis.json
try plain INCOMPLETE rm genesis.sig
for n in 1 2 3; do
	for what in flows.parquet manifest.json manifest.sig; do
		try plain INCOMPLETE rm "$(manifest $n $what)"
	done
done
try plain VERIFIED plant_copy
try plain VERIFIED plant_later
try closed VERIFIED plant_later
try plain VERIFIED swap_names
try plain MODIFIED swap "$(manifest 1 flows.parquet)" "$(manifest 2 flows.parquet)"
for how in type_fifo type_link type_dir; do
	try plain MODIFIED $how "$(manifest 2 flows.parquet)"
	try plain MODIFIED $how "$(manifest 2 manifest.json)"
done
large() { printf '%9000000s' '' >>"$1"; }
try plain MODIFIED large "$(manifest 2 manifest.json)"
try plain MODIFIED large genesis.json
