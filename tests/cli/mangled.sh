#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Messages lost, doubled, delayed and cut at random: the ledger says exactly that, and each datagram is kept.
# MANGLED_SEEDS: other seeds than these.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
export PYTHONPATH="$NFSEAL_SOURCE/tests/cli" PYTHONDONTWRITEBYTECODE=1

for seed in ${MANGLED_SEEDS:-1 2 3}; do
	python3 "$PYTHONPATH/mangled.py" write "$seed" in.pcap || fail "seed $seed: not written"
	rm -rf a s
	expect 0 '' nfseal collect -q --json -r in.pcap -w a --state s
	cp out told.json
	python3 "$PYTHONPATH/mangled.py" check "$seed" told.json || fail "seed $seed"
done

echo "what is no export datagram is counted, and said"
python3 - <<'END'
from exporter import *
c = Capture("other.pcap")
c.put(v9(1, template(0) + data(2), count=3))
c.put(b"not an export message", source="192.0.2.9")
c.put(ipfix(1, template(2) + data(2))[:12], source="192.0.2.10")
END
expect 0 '^frames +3 read, 2 of them are no export datagrams$' nfseal collect -r other.pcap -w other --state s
expect 0 '"frames":\{"read":3,"other":2\}' nfseal collect --json -r other.pcap -o other.ndjson
expect 0 '' nfseal verify --deep a --state s
finish
