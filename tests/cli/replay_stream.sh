#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay to tcp:// and tls://: all arrives; a connection that breaks is made again, templates
# first, and what it may have lost is counted; a receiver that is slow; one that is not there.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

sinks=()
trap 'kill "${sinks[@]}" 2>/dev/null' EXIT
sink() { # NAME [OPTIONS]: a receiver; its port is in $port
	local name=$1
	shift
	: >"$name.port"
	python3 "$NFSEAL_SOURCE/tests/interop/stream_sink.py" "$name" "$@" >"$name.port" &
	sinks+=($!)
	for _ in $(seq 100); do [ -s "$name.port" ] && break; sleep 0.05; done
	port=$(cat "$name.port")
}
written() { # NAME.N: waits until the receiver has written it
	for _ in $(seq 200); do [ -s "$1" ] && return; sleep 0.05; done
	fail "nothing came to $1"
}

"$fixtures/mkcapture" -c 400 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w case
nfseal show -q case -o ndjson --columns flow_start,flow_end,src_ip,dst_ip,src_port,dst_port,bytes,rev_bytes |
	sed 's/\([0-9]\{3\}\)[0-9]*Z/\1Z/g' | sort >archived
flows=$(wc -l <archived)
all() { # FILE...: the flows of IPFIX streams, as archived
	for stream in "$@"; do
		nfseal show -q "$stream" -o ndjson --columns flow_start,flow_end,src_ip,dst_ip,src_port,dst_port,bytes,rev_bytes || fail "$stream"
	done | sed 's/\([0-9]\{3\}\)[0-9]*Z/\1Z/g' | sort
}

sink plain
expect 0 '' nfseal replay case --to "tcp://127.0.0.1:$port" --rate 0 --json
written plain.1
all plain.1 | sed 's/000Z/Z/g' >got
sed 's/000Z/Z/g' archived | diff -q - got >/dev/null || fail "other flows over TCP"
[ "$(jq -r '.targets[0] | "\(.settled) \(.complete) \(.sha256)"' out)" = "$flows true $(sha256sum plain.1 | cut -d' ' -f1)" ] ||
	fail "the receipt: $(cat out)"

# Broken in the middle: the new stream can be read alone; each flow was acknowledged by the receiver's
# system, or is counted as unsent.  (What that had not yet handed on when it reset, 16 KiB at most
# here, nobody but the receiver knows.)
sink broken break=9000
expect 3 '' nfseal replay case --to "tcp://127.0.0.1:$port" --rate 20000d --loop=20 --json
written broken.2
nfseal show -q broken.1 -o ndjson >first.json 2>/dev/null
nfseal show -q broken.2 -o ndjson >second.json || fail "the second connection's stream cannot be read alone"
arrived=$(cat first.json second.json | wc -l)
jq -e --argjson arrived "$arrived" --argjson all $((20 * flows)) '.targets[0] | .reconnects == 1 and
	.unsent.records > 0 and .records + .unsent.records == $all and .settled == $all and
	$arrived >= .records - 400 and $arrived <= $all' out >/dev/null ||
	fail "what a broken connection lost: $arrived of $((20 * flows)): $(cat out)"

[ "$(od -An -tu4 --endian=big -j 8 -N 4 broken.2 | tr -d ' ')" = 0 ] || fail "the sequence of a new connection"

# A receiver that begins to read later is waited for, and gets all.
expect 0 '' nfseal capture -q -r in.pcap -o flows.parquet
sink slow late=go
nfseal replay flows.parquet --unverified --to "tcp://127.0.0.1:$port" --rate 0 --loop=200 --json --receipt slow.json >out 2>err &
replay=$!
before=
for _ in $(seq 200); do # until two receipts, a second apart, tell that nothing goes any more
	now=$(jq -c 'select(.targets[0].settled > 0) | [.ended, .targets[0].settled]' slow.json 2>nul)
	[ -n "$before" ] && [ "${now%%,*}" != "${before%%,*}" ] && [ "${now##*,}" = "${before##*,}" ] && break
	before=$now
	sleep 0.1
done
touch go
wait $replay || fail "exit $? with a slow receiver"
written slow.1
[ "$(jq -r '.targets[0] | .complete and .waited > 0' out)" = true ] || fail "back pressure: $(cat out)"
[ "$(jq -r '.targets[0].sha256' out)" = "$(sha256sum slow.1 | cut -d' ' -f1)" ] || fail "not all came to the slow one"

# TLS: the server's certificate is checked, ours is shown, all arrives.
for who in server client; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout $who.key -out $who.pem -days 2 -subj /CN=$who \
		-addext subjectAltName=IP:127.0.0.1 2>nul || fail "no certificate"
done
sink secret tls=server.pem,server.key,client.pem
expect 2 'certificate' nfseal replay case --to "tls://127.0.0.1:$port" --rate 0
expect 0 '' nfseal replay case --to "tls://127.0.0.1:$port" --ca server.pem --cert client.pem --key client.key --rate 0 --json
written secret.1
[ "$(jq -r '.targets[0].sha256' out)" = "$(sha256sum secret.1 | cut -d' ' -f1)" ] || fail "not all came over TLS"
expect 2 '' nfseal replay case --to "tls://127.0.0.1:$port" --ca absent.pem

# Nobody there: said, after some tries, and the other target has everything.
sink other
expect 3 'cannot|refused|Connection' nfseal replay case --to tcp://127.0.0.1:1 --to "tcp://127.0.0.1:$port" --rate 0 --json
[ "$(jq -r '[.targets[] | .complete] | tostring' out)" = '[false,true]' ] || fail "a dead target: $(cat out)"
expect 2 '' nfseal replay case --to tcp://127.0.0.1:1 -q
# and said when it ended, not when the others do
nfseal replay -q case --loop --to tcp://127.0.0.1:1 --to "tcp://127.0.0.1:$port" --rate 10 >out 2>err &
replay=$!
for _ in $(seq 200); do [ -s err ] && break; sleep 0.05; done
grep -q 'cannot connect to 127.0.0.1 port 1: ' err || fail "an early end is not told: $(cat err)"
kill -INT $replay || fail "the other target went on"
wait $replay
[ $? = 130 ] && [ "$(grep -c 'cannot connect' err)" = 1 ] || fail "told twice: $(cat err)"
expect 2 'tcp://127.0.0.1:1 it is one of' nfseal replay case --to tcp://127.0.0.1:1 --format netflow9
finish
