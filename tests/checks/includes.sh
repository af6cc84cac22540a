#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The layers: who may include what.  One row per directory: our headers, then the libraries'.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
bad=0

allow() { # directory, pattern of our headers, pattern of library headers
	local dir=$1 ours=$2 libs=$3 file line
	shopt -s nullglob
	for file in "$dir"/*.[ch]; do
		case ${file##*/} in cmd_*) continue ;; esac
		while IFS= read -r line; do
			echo "$line" | grep -qE "^\"($ours)" && continue
			echo "$line" | grep -qE '^"' || {
				echo "$line" | grep -qE '^<(openssl/|pcap|archive|zlib|lzma|bzlib|zstd|jansson)' || continue
				[ -n "$libs" ] && echo "$line" | grep -qE "^<($libs)" && continue
			}
			echo "$file includes $line, which $dir/ may not"
			bad=1
		done < <(sed -n 's/^#[ \t]*include[ \t]*\(["<][^">]*\).*/\1/p' "$file")
	done
}

allow base 'base/' ''
allow flow 'base/|flow/' ''
allow archive 'base/|flow/|archive/' 'openssl/|zstd|jansson|archive'
allow capture 'base/|flow/|capture/' 'openssl/|pcap|archive|zlib|lzma|bzlib|zstd'
# The Parquet reader is for --deep alone, after the hashes; vouch is for open segments, no evidence.
allow verify 'base/|flow/|verify/|archive/(manifest|key|sha256|genesis|anchor|layout|vouch|parquet_reader)\.h' 'openssl/'
allow replay 'base/|flow/|replay/|archive/reader\.h' 'openssl/'

# Each header compiles alone.
shopt -s nullglob
for header in base/*.h flow/*.h archive/*.h capture/*.h verify/*.h replay/*.h; do
	echo "#include \"$header\"" | ${CC:-cc} -std=c17 -D_GNU_SOURCE -I. -fsyntax-only -x c - 2>/dev/null || {
		echo "$header does not compile alone"
		bad=1
	}
done
exit $bad
