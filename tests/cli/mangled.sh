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
expect 0 '' nfseal verify --deep a --state s
finish
