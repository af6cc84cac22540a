#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The system calls of a seal, against the order of nfseal-archive(5), SEALING.
set -eu
command -v strace >/dev/null || { echo "strace is not installed"; exit 77; }
strace -f -o /dev/null true 2>/dev/null || { echo "strace is not permitted here"; exit 77; }

# Under strace the leak sanitizer does not work.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

"$NFSEAL" init --state "$PWD/state" case >/dev/null
strace -f -y -e trace=openat,write,fsync,fadvise64,rename,renameat,renameat2,link,unlink,unlinkat,read,pread64 \
	-o trace "$NFSEAL" close --state "$PWD/state" case >/dev/null

# The line of the first match behind line $at; $at moves on.
at=0
next() {
	local line
	line=$(awk -v at="$at" -v p="$1" 'NR > at && $0 ~ p { print NR; exit }' trace)
	[ -n "$line" ] || { echo "behind line $at of the trace there is no: $1"; sed -n "$at,\$p" trace; exit 1; }
	at=$line
}

next 'write\(.*open/[^>]*flows.parquet.part>'
next 'fsync\(.*flows.parquet.part>\) *= 0'                  # 1
next 'fadvise64\(.*flows.parquet.part>.*DONTNEED'           # 2
next 'read\(.*flows.parquet.part>'
next 'fsync\(.*prepared.json.new>\) *= 0'                   # 4 (closing: no key n+1)
next 'rename.*prepared.json"'
next 'fsync\(.*archives/[^/]*>\) *= 0'
next 'openat\(.*keys/.*-00000001.key", O_RDONLY'            # 5
next 'fsync\(.*open/[^>]*manifest.json.part>\) *= 0'        # 6
next 'fsync\(.*open/[^>]*manifest.sig.part>\) *= 0'
next 'renameat2\(.*flows.parquet.part".*RENAME_NOREPLACE'   # 7
next 'renameat2\(.*manifest.sig.part".*RENAME_NOREPLACE'
next 'fsync\(.*case/20[0-9/]*>\) *= 0'
next 'renameat2\(.*manifest.json.part".*RENAME_NOREPLACE'
next 'fsync\(.*case/20[0-9/]*>\) *= 0'
next 'fsync\(.*case/open>\) *= 0'
next 'rename.*anchors/.*json"'                              # 8
next 'fsync\(.*anchors>\) *= 0'
next 'unlink.*keys/.*-00000001.key"'                        # 9
next 'fsync\(.*keys>\) *= 0'
next 'unlink.*prepared.json"'

# A creation: state, then signature, then genesis.
strace -f -y -e trace=openat,fsync,rename,renameat,renameat2,unlink,unlinkat \
	-o trace "$NFSEAL" init --state "$PWD/state" other >/dev/null
at=0
next 'fsync\(.*-00000000.key>\) *= 0'
next 'fsync\(.*-00000001.key>\) *= 0'
next 'fsync\(.*keys>\) *= 0'
next 'rename.*prepared.json"'
next 'rename.*anchors/.*json"'
next 'renameat2\(.*genesis.sig.part".*RENAME_NOREPLACE'
next 'fsync\(.*other>\) *= 0'
next 'renameat2\(.*genesis.json.part".*RENAME_NOREPLACE'
next 'fsync\(.*other>\) *= 0'
next 'unlink.*-00000000.key"'
next 'fsync\(.*keys>\) *= 0'

# A seal that goes on: key n+1 is durable before the manifest that names it.
"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 50 in.pcap
strace -f -y -e trace=openat,write,fsync,fadvise64,rename,renameat,renameat2,unlink,unlinkat \
	-o trace "$NFSEAL" capture -r in.pcap --state "$PWD/state" -w other >/dev/null 2>&1
at=0
next 'fsync\(.*flows.parquet.part>\) *= 0'
next 'fsync\(.*-00000002.key>\) *= 0'                       # 3
next 'fsync\(.*keys>\) *= 0'
next 'fsync\(.*prepared.json.new>\) *= 0'                   # 4
next 'renameat2\(.*manifest.json.part".*RENAME_NOREPLACE'   # 7
next 'rename.*anchors/.*json"'                              # 8
next 'unlink.*keys/.*-00000001.key"'                        # 9

# A rotation of live segments: all of n is durable, then key n+1, then n+1's first statement, then the
# state knows it; only then n is sealed, and its journal goes last.
strace -f -y -e trace=openat,write,fsync,fadvise64,rename,renameat,renameat2,unlink,unlinkat \
	-o trace "$(dirname "$NFSEAL")/tests/cli/liver" "$PWD/state" "$PWD/live" 1 8 4 1 1 wait >/dev/null
at=0
next 'fsync\(.*-00000001.flows.ipfix.part>\) *= 0'          # a block,
next 'write\(.*-00000001.statements.part>'                  # its statement,
next 'fsync\(.*-00000001.statements.part>\) *= 0'
next 'rename.*anchors/.*durable"'                           # and the state
next 'fsync\(.*anchors>\) *= 0'
next 'fsync\(.*-00000002.key>\) *= 0'
next 'fsync\(.*keys>\) *= 0'
next 'fsync\(.*-00000002.statements.part>\) *= 0'
next 'fsync\(.*live/open>\) *= 0'
next 'rename.*anchors/.*durable"'
next 'fsync\(.*-00000001.flows.parquet.part>\) *= 0'        # the seal, 1
next 'fsync\(.*prepared.json.new>\) *= 0'                   # 4
next 'renameat2\(.*-00000001.manifest.json.part".*RENAME_NOREPLACE'
next 'rename.*anchors/.*json"'                              # 8
next 'unlink.*keys/.*-00000001.key"'                        # 9
next 'unlink.*-00000001.flows.ipfix.part"'                  # 10
next 'unlink.*-00000001.statements.part"'
next 'fsync\(.*live/open>\) *= 0'
next 'rename.*anchors/.*durable"'
