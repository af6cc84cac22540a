#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay to sctp:// (RFC 7011 section 10.2): each message of IPFIX one of SCTP; where the kernel has
# none that is said, and TCP stands in for it here.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

running=()
trap 'kill "${running[@]}" 2>/dev/null' EXIT
"$fixtures/mkcapture" -c 200 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case
expect 0 '' nfseal capture -q -r in.pcap -o in.ipfix
expect 0 '' nfseal archive -q -w exact in.ipfix
columns=flow_start,flow_end,src_ip,dst_ip,src_port,dst_port,packets,bytes,rev_bytes
lengths() { # FILE: of its messages
	python3 - "$1" <<'END'
import sys
data, at = open(sys.argv[1], "rb").read(), 0
while at < len(data):
    n = data[at + 2] << 8 | data[at + 3]
    print(n)
    at += n
END
}
cat >listen.py <<'END'
# listen.py FILE: a listener of SCTP on a free port, which it prints; the messages of one association
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
s.bind(("127.0.0.1", 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
c, _ = s.accept()
with open(sys.argv[1] + ".part", "wb") as out, open(sys.argv[1] + ".sizes", "w") as sizes:
    while True:
        got = c.recv(65536)
        if not got:
            break
        out.write(got)
        print(len(got), file=sizes)
import os
os.rename(sys.argv[1] + ".part", sys.argv[1])
END
if python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)' 2>nul; then
	real=yes
else
	real=no
	expect 2 "this system's kernel has no SCTP" nfseal replay case --to sctp://127.0.0.1:4739
	expect 2 "this system's kernel has no SCTP" nfseal replay exact --exact --to sctp://127.0.0.1:4739
	# and that holds up nobody else
	expect 3 "this system's kernel has no SCTP" nfseal replay case --to sctp://127.0.0.1:4739 --to flows.ndjson
	[ "$(wc -l <flows.ndjson)" = "$(nfseal show -q case -o ndjson | wc -l)" ] || fail "the other target"
fi
sink() { # NAME: its port is in $port
	: >"$1.port"
	if [ $real = yes ]; then
		python3 listen.py "$1.1" >"$1.port" &
	else
		python3 "$NFSEAL_SOURCE/tests/interop/stream_sink.py" "$1" >"$1.port" &
	fi
	running+=($!)
	for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
	port=$(cat "$1.port")
}
send() { # NAME ARGUMENTS...: into NAME.1, with the sizes of what was sent in NAME.1.sizes
	local name=$1
	shift
	if [ $real = yes ]; then
		expect 0 '' nfseal replay "$@"
	else
		expect 0 '' env ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" SCTPSHIM="$PWD/$name.1.sizes" \
			LD_PRELOAD="$(dirname "$NFSEAL")/tests/cli/sctpshim.so" "$NFSEAL" replay "$@"
	fi
	for _ in $(seq 200); do [ -e "$name.1" ] && return; sleep 0.05; done
	fail "nothing came to $name"
}

sink coded
send coded case --to "sctp://127.0.0.1:$port" --rate 0 --json
[ "$(jq -r '.targets[0] | "\(.complete) \(.sha256)"' out)" = "true $(sha256sum coded.1 | cut -d' ' -f1)" ] || fail "the receipt: $(cat out)"
lengths coded.1 | diff -q - coded.1.sizes >nul || fail "not each message for itself"
nfseal show -q case -o ndjson --columns $columns | sed 's/\([0-9]\{3\}\)[0-9]*Z/\1Z/g; s/0*Z/Z/g' | sort >want
nfseal show -q coded.1 -o ndjson --columns $columns | sed 's/0*Z/Z/g' | sort | diff -q - want >nul || fail "other flows"

sink exact
send exact exact --exact --to "sctp://127.0.0.1:$port" --rate 0
cmp exact.1 in.ipfix || fail "--exact: other octets"
lengths in.ipfix | diff -q - exact.1.sizes >nul || fail "--exact: not each message for itself"

expect 2 'it is one of' nfseal replay case --to sctp://127.0.0.1:1 --format netflow9
[ $real = yes ] || echo "this kernel has no SCTP: TCP stood in for it"
finish
