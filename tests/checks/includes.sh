#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The layers: who may include what.  One row per directory: our headers, then the libraries'.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
bad=0

allow() { # directory, pattern of our headers, pattern of library headers
	local files
	shopt -s nullglob
	files=("$1"/*.[ch])
	awk -v dir="$1" -v ours="^\"($2)" -v libs="${3:+^<($3)}" '
		FILENAME ~ /\/cmd_[^\/]*$/ { next }
		/^#[ \t]*include[ \t]*["<]/ {
			sub(/^#[ \t]*include[ \t]*/, "")
			sub(/[">][^">]*$/, "")
			if ($0 ~ ours || (/^</ && (!/^<(openssl\/|pcap|archive|zlib|lzma|bzlib|zstd|jansson|curl|librdkafka)/ || (libs != "" && $0 ~ libs))))
				next
			print FILENAME " includes " $0 ", which " dir "/ may not"
			bad = 1
		}
		END { exit bad }' "${files[@]}" || bad=1
}

# TLS is a matter of sockets: base/tls.c and base/stream.c.
allow base 'base/' 'openssl/'
allow flow 'base/|flow/' ''
allow archive 'base/|flow/|archive/' 'openssl/|zstd|jansson|archive'
allow capture 'base/|flow/|capture/' 'openssl/|pcap|archive|zlib|lzma|bzlib|zstd'
# The Parquet reader is for --deep alone, after the hashes; vouch is for open segments, no evidence.
allow verify 'base/|flow/|verify/|archive/(manifest|claims|key|sha256|genesis|anchor|custody|layout|vouch|parquet_reader|parquet_origin)\.h' 'openssl/'
allow replay 'base/|flow/|replay/|archive/reader\.h' 'openssl/|jansson|curl|librdkafka'

# Each header compiles alone.
${CC:-cc} -std=c17 -D_GNU_SOURCE -I. -fsyntax-only -x c {base,flow,archive,capture,verify,replay}/*.h || bad=1
exit $bad
