#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay --dry-run: its numbers, its digest and its exit status are those of the run.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

: >port
python3 "$NFSEAL_SOURCE/tests/interop/sink.py" all.pcap >port &
sink=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
to=udp://127.0.0.1:$(cat port)

same() { # ARCHIVE OPTION...: both ways, and compared
	local archive=$1 said done
	shift
	nfseal replay "$archive" --to "$to" --json "$@" --dry-run >dry 2>dry.err
	said=$?
	nfseal replay "$archive" --to "$to" --json --rate 0 "$@" >run 2>run.err
	done=$?
	[ $said = $done ] || fail "$archive $*: the dry run says exit $said, it is $done: $(cat run.err)"
	python3 - "$archive $*" <<'END' || fail "$archive $*"
import json
import sys

keys = ("format", "unit", "matched", "flows", "settled", "records", "datagrams", "octets", "own_source", "domains",
        "templates", "not_sent", "without", "rounded", "padded", "sha256", "segments", "sent_ahead", "complete")
dry, run = (json.load(open(n))["targets"][0] for n in ("dry", "run"))
bad = [(k, dry.get(k), run.get(k)) for k in keys if dry.get(k) != run.get(k)]
assert run["datagrams"] > 0, "nothing went"
print(*bad, sep="\n", file=sys.stderr)
sys.exit(bool(bad))
END
}

"$fixtures/mkcapture" -c 150 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w metered
expect 0 '' nfseal replay -q metered --to "$to" --format netflow9 --rate 0
kill -TERM "$sink"
wait "$sink"
expect 0 '' nfseal collect -q -r all.pcap -w collected
python3 "$NFSEAL_SOURCE/tests/interop/sink.py" all.pcap >port &
sink=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
to=udp://127.0.0.1:$(cat port)

for archive in metered collected; do
	for format in netflow5 netflow9 ipfix; do
		same $archive --format $format
		same $archive --format $format --mtu 512 --refresh 3,0s --shift -400d --loop=2
	done
	same $archive --format ipfix --profile filebeat --lead 1ms 'udp or icmp'
done
same collected --exact
if [ "$(id -u)" = 0 ]; then
	# what has no known exporter, or one of another family, goes from this host's address
	same metered --spoof --format netflow9
	[ "$(jq .targets[0].own_source dry)" -gt 0 ] || fail "nothing of a metered archive has an exporter"
	same collected --spoof --format netflow9
	same collected --spoof --exact
	nfseal replay metered --to udp://collector.invalid:2055 --spoof --dry-run --json >dry 2>err
	[ "$? $(jq '.targets[0].own_source > 0' dry)" = "3 true" ] || fail "by name: $(cat err dry)"
else
	echo "skip: --spoof: not root"
fi
# Where no --mtu is given, datagrams fit the way to the address.
digest() { nfseal replay metered --dry-run --json --to "$@" | jq -r '.targets[0].sha256'; }
export -f digest
if unshare -rn ip link set lo mtu 1280 up 2>nul; then
	# shellcheck disable=SC2016
	unshare -rn bash -c 'ip link set lo mtu 1280 up
		echo $(digest udp://127.0.0.1:9) $(digest udp://127.0.0.1:9 --mtu 1252) $(digest udp://127.0.0.1:9 --mtu 1400)
		echo $(digest "udp://[::1]:9") $(digest "udp://[::1]:9" --mtu 1232) $(digest udp://collector.invalid:9)' >digests
	awk '{ n += NF; if ($1 != $2 || $1 == $3) bad = 1 } END { exit bad || n != 6 }' digests || fail "the path: $(cat digests)"
else
	echo "skip: the path's MTU: no namespaces here"
fi
kill -TERM "$sink"
wait "$sink"
finish
