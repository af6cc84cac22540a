#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# verify.sh ARCHIVE [GENESIS-SHA256 [SEQUENCE:HEAD-SHA256]]
#
# Is an archive of nfseal what was sealed?  The answer without nfseal: openssl checks the
# signatures, sha256sum (or sha256, or shasum) the hashes; awk and sed read the manifests.  The
# rules are those of nfseal-archive(5), and so are the verdicts with their exit statuses:
#   VERIFIED 0  MODIFIED 1  FORKED 1  ERROR 2  UNANCHORED 3  INCOMPLETE 4  MALFORMED 5  UNTRUSTED 6
#
# Checked are: the genesis's fingerprint and signature; each manifest's signature by the one key that
# its predecessor names, and its archive, sequence and predecessor; that no key is weak or named
# twice; each file's size and SHA-256; that nothing lacks up to the head that was given.
# Not seen by this script, but by nfseal verify:
blind='canonical form, duplicate keys and other rules of a signed text; its counts; S = 0 in a signature;
that a text above 8 MiB was signed; where in a file a difference lies; a file that changes while it is read;
paths with a line feed; whatever lies behind the first manifest that is absent or not proven; a manifest that has lost its signature
and that a later one proves; the archive that this one continues; what this machine remembers'
set -fu; export LC_ALL=C; umask 077
lf='
'
is_hash() { case $1 in *[!0-9a-f]*) return 1 ;; esac; [ ${#1} = 64 ]; }
usage() { echo "usage: verify.sh ARCHIVE [GENESIS-SHA256 [SEQUENCE:HEAD-SHA256]]" >&2; exit 2; }

[ $# -ge 1 ] && [ $# -le 3 ] || usage
archive=$1 genesis=${2:-} head=${3:-} top=0 top_hash=
[ -z "$genesis" ] || is_hash "$genesis" || usage
if [ -n "$head" ]; then
	top=${head%%:*} top_hash=${head#*:}
	case $top in '' | *[!0-9]* | 0?* | ????????????????*) usage ;; esac
	is_hash "$top_hash" || usage
fi
for tool in sha256sum sha256 'shasum -a 256' false; do command -v "${tool%% *}" >/dev/null && break; done
tmp=$(cd "${TMPDIR:-/tmp}" && pwd)/verify.$$ && mkdir -m 700 "$tmp" || exit 2
trap 'rm -rf "$tmp"' EXIT; trap 'exit 2' HUP INT TERM
for list in report found index absent expired; do : >"$tmp/$list"; done

escaped() { sed 's/[^[:print:]]/?/g'; }
# found VERDICT CODE PLACE: the verdict is this one or a worse one.
verdicts='' absence=INCOMPLETE previous=$genesis
found() { verdicts="$verdicts $1"; printf '  %s %s\n' "$2" "$3" | escaped >>"$tmp/report"; }
sum() { x=$($tool <"$1" 2>/dev/null) && echo "${x%% *}"; }
# Is FILE a regular one (no link) of that size?  It is not opened for that.
sized() { [ -n "$(find "$1" -prune -type f -size "$2" 2>/dev/null)" ]; }
# Why FILE cannot be read as a regular file of that size, if so; CODE is for another size.
hindered() {
	if [ -L "$1" ] || { [ -e "$1" ] && [ ! -f "$1" ]; }; then echo MODIFIED FILE_TYPE
	elif [ ! -e "$1" ]; then echo $absence FILE_MISSING
	elif [ ! -r "$1" ]; then echo ERROR IO
	elif ! sized "$1" "$2"; then echo "MODIFIED $3"
	else return 1
	fi
}
# Copies FILE, SIZE, CODE, to COPY, so that what is checked is what is read; or says what hinders.
copy() { rm -f "$4"; hindered "$1" "$2" "$3" || dd if="$1" of="$4" bs=8388608 count=1 2>/dev/null; }
take_json() { copy "$1" -16385 LIMIT "$tmp/json"; } # at most 16384 blocks of 512: 8 MiB
take_sig() { copy "${1%.json}.sig" 64c SIGNATURE "$tmp/sig"; }
# An Ed25519 public key in DER is this prefix and its 32 octets (RFC 8410).
der() {
	printf "$(echo "302a300506032b6570032100$1" | awk -v d=0123456789abcdef '{ for (i = 1; i < length($0); i += 2)
	    printf "\\%03o", index(d, substr($0, i, 1)) * 16 + index(d, substr($0, i + 1, 1)) - 17 }')"
}
signed() { # KEY: are the copies signed by it?
	[ -e "$tmp/json" ] && [ -e "$tmp/sig" ] && der "$1" >"$tmp/key" &&
	    openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$tmp/key" \
	        -in "$tmp/json" -sigfile "$tmp/sig" >/dev/null 2>&1
}
# Keys for whose signatures nobody needs a secret (small order, or y not below p).
o=000000000000000000000000000000000000000000000000000000000000
f=ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
weak() { case $1 in
	0[01]${o}[08]0 | ec${f}[7f]f | e[def]${f}[7f]f | f?${f}[7f]f | \
	    26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc[08]5 | \
	    c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03[7f]a) ;;
	*) return 1 ;; esac; }
named() { case $keys in *" $1 "*) ;; *) keys="$keys $1 "; return 1 ;; esac; }

# What a manifest says.  In a string, a quotation mark has a backslash before it: so each mark that
# is looked for can only be the key that it looks like, and the first one is the manifest's own.
facts() {
	awk 'function bad() { failed = 1; exit }
	function cut(mark,  i, s) { # the text up to the mark, which goes too
		if (!(i = index(text, mark))) bad()
		s = substr(text, 1, i - 1); text = substr(text, i + length(mark)); return s
	}
	function files(list, key, i,  n, q, part) { # name, size and hash stand behind the i-th quotation mark
		for (n = split("," list, part, ",[{]\"" key "\":"); n > 1; n--) {
			split(part[n], q, "\"")
			if (q[i] !~ /^[A-Za-z0-9_][A-Za-z0-9._-]*$/ || q[i + 3] !~ /^:[0-9]+,$/ || q[i + 6] !~ /^[0-9a-f]+$/) bad()
			print "file", q[i], substr(q[i + 3], 2, length(q[i + 3]) - 2), q[i + 6]
		}
	}
	NR == 1 {
		text = $0; split(substr(text, 1, 300), q, "\"")
		if (q[4] != "nfseal-manifest/1" || q[6] q[10] q[12] != "archivesequenceprevious") bad()
		print "place", q[8], substr(q[11], 2, length(q[11]) - 2), q[14]
		cut(",\"files\":["); files(cut("],\"next_key\":"), "name", 2)
		key = cut(",\"key_storage\":"); gsub(/"/, "", key); print "key", key
		cut(",\"attachments\":["); files(cut("],\"expired\":["), "role", 6)
		n = split(text, list, /[{]"sequence":/)
		for (i = 2; i <= n; i++) { split(list[i], q, "\""); print "expired", q[1] + 0, q[4] }
	}
	END { if (failed || NR != 1) exit 1 }' "$tmp/json"
}
manifest='^{"format":"nfseal-manifest\/1","archive":"\([0-9a-f]\{32\}\)","sequence":\([0-9]\{1,15\}\)'
manifest=$manifest',"previous":"\([0-9a-f]\{64\}\)",.*'
# Lines of the index: the sequences in the text and in the name, archive, predecessor, path.
index() {
	while IFS= read -r path; do
		said=''
		[ -n "$(take_json "$path")" ] || said=$(dd if="$tmp/json" bs=300 count=1 2>/dev/null | sed -n "s/$manifest/\2 \1 \3/p")
		printf '%s %s\n' "${said:-0 none none}" "$path"
	done | awk '{ n = match($0, /-[0-9]+\.manifest\.json$/) ? substr($0, RSTART + 1) + 0 : 0; print n, $0 }'
}
birth='^{"format":"nfseal-genesis\/1","archive":"\([0-9a-f]\{32\}\)","created":{[^{}]*},"algorithms":'
birth=$birth'{"hash":"sha256","signature":"ed25519","chunk":1048576},"key":"\([0-9a-f]\{64\}\)","next_key":'
birth=$birth'"\([0-9a-f]\{64\}\)",.*'
check_genesis() { # sets key, the one that must sign manifest 1
	id='' key='' keys='' hash=''
	problem=$(take_json ./genesis.json)
	[ -n "$problem" ] || hash=$(sum "$tmp/json")
	[ -n "$problem" ] || [ "${genesis:-$hash}" = "$hash" ] || problem='MODIFIED WRONG_GENESIS'
	[ "$problem$genesis" != "$absence FILE_MISSING" ] || [ -s "$tmp/found" ] || problem='MALFORMED VERSION'
	[ -z "$problem" ] || { found $problem genesis.json; return; }
	previous=$hash
	set -- $(sed -n "s/$birth/\1 \2 \3/p" "$tmp/json")
	[ $# = 3 ] || { found MALFORMED SCHEMA 'genesis.json: no genesis of version 1'; return; }
	problem=$(take_sig ./genesis.json)
	[ -n "$problem" ] || signed "$2" || problem='MODIFIED SIGNATURE'
	[ -z "$problem" ] || found $problem genesis.sig
	id=$1 keys=" $2 "
	if weak "$2" || weak "$3" || named "$3"; then found MALFORMED WEAK_KEY genesis.json; else key=$3; fi
}
check_file() { # NAME SIZE HASH: beside any of the copies of its manifest
	first=''
	while read -r hash copy; do
		file=${copy%/*}/$1 problem=''
		printf '%s\n' "$file" >>"$tmp/listed"
		[ "$hash" = "$best" ] && [ "$first" != good ] || continue
		problem=$(hindered "$file" "${2}c" FILE_SIZE) || hash=$(sum "$file") || problem='ERROR IO'
		[ -n "$problem" ] || [ "$hash" = "$3" ] || problem='MODIFIED CHUNK_HASH'
		[ -n "$problem" ] || first=good
		first=${first:-$problem}
	done <"$tmp/signed"
	case $first in
	good) ;;
	*FILE_MISSING) echo "$n $best $1" >>"$tmp/absent" ;; # perhaps expired
	*) found $first "$1" ;;
	esac
}
accept() { # the manifest that the key signed, its hash and path being the first of that list
	read -r best path <"$tmp/signed"
	last=$n key=''
	sed 's/^[^ ]* //; p; s/json$/sig/' "$tmp/signed" >>"$tmp/listed"
	[ "$n" != "$top" ] || [ "$best" = "$top_hash" ] || found MODIFIED CHAIN "$path: not the known head"
	awk -v h="$best" '$1 != h { f = 1 } END { exit !f }' "$tmp/signed" &&
		found FORKED FORK "$path: not the only valid manifest $n"
	[ -z "$(take_json "$path")" ] && [ "$(sum "$tmp/json")" = "$best" ] || { found ERROR IO "$path: it changed"; return; }
	facts >"$tmp/facts" || { found MALFORMED SCHEMA "$path"; return; }
	while read -r kind a b c; do
		case $kind in
		place) [ "$a $b $c" = "$id $n $previous" ] || found MODIFIED CHAIN "$path" ;;
		file) check_file "$a" "$b" "$c" ;;
		key) # which must sign the next one
			a=${a%,}
			if [ "$a" = null ]; then closed=yes
			elif ! is_hash "$a"; then found MALFORMED SCHEMA "$path"
			elif weak "$a"; then found MALFORMED WEAK_KEY "$path"
			else key=$a; ! named "$a" || found MALFORMED WEAK_KEY "$path: a key that was named before"
			fi ;;
		expired) echo "$a $b" >>"$tmp/expired" ;;
		esac
	done <"$tmp/facts"
	previous=$best
}
# Nothing is proven to be manifest n.  The claimants are blamed where a head says that there must
# be one, or where one of them follows manifest n - 1 in the same archive by its own words.
stop() {
	awk -v n=$n -v must=$((n <= top)) -v head="$head" -v id="$id" -v before="$previous" '
	    { follows = $4 == before || (($3 == id || $3 == "none") && ($2 == 0 || $2 == n)) }
	    ($1 == n || $2 == n) && ($2 == 0 || $2 >= n || (id != "" && $3 != id)) { list = list $0 "\n"; must_be += must || (head == "" && follows) }
	    head == "" && $3 == id && $2 > n { must = 1 }
	    END { if (must_be) printf "%s", list; else if (must) print "none" }' "$tmp/index" >"$tmp/suspects"
	while read -r name x x x path; do
		[ "$name" != none ] || { found $absence "$([ $n = "$top" ] && echo HEAD || echo SEGMENT)_MISSING" $n; return; }
		problem=$(take_json "$path"); problem=${problem:-$(take_sig "$path")}
		[ -n "$problem$key" ] || problem='ERROR CHAIN'
		found ${problem:-MODIFIED SIGNATURE} "$path"
	done <"$tmp/suspects"
}
walk() {
	n=0 last=0 closed=''
	while [ -z "$closed" ]; do
		n=$((n + 1))
		awk -v n=$n '$1 == n || $2 == n' "$tmp/index" >"$tmp/claims"
		while read -r x x x x path; do
			[ -n "$key" ] && [ -z "$(take_json "$path")$(take_sig "$path")" ] && signed "$key" &&
				echo "$(sum "$tmp/json") $path"
		done <"$tmp/claims" >"$tmp/signed"
		if [ -s "$tmp/signed" ]; then accept; else stop; return; fi
	done
}

case $archive in /*) place=$archive ;; *) place=./$archive ;; esac
if CDPATH='' cd "$place" 2>/dev/null; then
	find . \( -path ./open -o -path ./quarantine \) -prune -o -name '*.manifest.json' ! -path "*$lf*" -print \
	    2>"$tmp/unread" | sort >"$tmp/found"
	[ ! -s "$tmp/unread" ] || absence=ERROR
	index <"$tmp/found" >"$tmp/index"
	printf './%s\n' genesis.json genesis.sig open/lock >"$tmp/listed"
	check_genesis
	[ "$head" != "0:$top_hash" ] || [ "$top_hash" = "$previous" ] || found MODIFIED CHAIN 'genesis.json: not the head'
	walk
	awk 'FILENAME ~ /expired$/ { e[$1, $2] } FILENAME ~ /absent$/ && !(($1, $2) in e) { print $3 }' \
	    "$tmp/expired" "$tmp/absent" >"$tmp/gone"
	while read -r file; do found $absence FILE_MISSING "$file"; done <"$tmp/gone"
	find . ! -type d ! -path "*$lf*" -print 2>/dev/null | awk 'NR == FNR { k[$0]; next } !($0 in k) {
	    print "  UNLISTED_FILE", $0 ": no manifest vouches for it" }' "$tmp/listed" - | escaped >>"$tmp/report"
	[ -n "$genesis" ] || found UNTRUSTED note 'without a genesis fingerprint: anybody may have made this archive'
	[ -n "$closed" ] || [ "$head" = "$last:$top_hash" ] || found UNANCHORED note "what stands behind segment $last is not known"
else
	found ERROR IO 'the directory cannot be opened'
fi
for verdict in FORKED:1 MODIFIED:1 MALFORMED:5 INCOMPLETE:4 ERROR:2 UNTRUSTED:6 UNANCHORED:3 VERIFIED:0; do
	case " $verdicts " in *" ${verdict%:*} "*) break ;; esac
done
printf '%s %s\n' "${verdict%:*}" "$archive" | escaped
cat "$tmp/report"
echo "Not seen by this script: $blind."
exit "${verdict#*:}"
