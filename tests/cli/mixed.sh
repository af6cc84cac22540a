#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All the exporters of the other tests at once, sealed into many segments: each decodes alone, and a
# second decoding of the datagrams gives the same rows.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/mixed.py" mixed.pcap || fail "mixed.py"
expect 0 '' nfseal collect -q -r mixed.pcap -o rows.ndjson
expect 0 '' nfseal collect -q -r mixed.pcap -w mixed -t 5
[ "$(ls mixed/*/*/*/*.manifest.json | wc -l)" -ge 5 ] || fail "few segments: $(ls mixed/*/*/*)"
verdict VERIFIED mixed --deep
# the same rows, however many segments there are
drop='del(.datagram, .datagram_segment, .datagram_record)'
[ "$(nfseal show -q mixed -o ndjson | jq -cS "$drop" | sort | sha256sum)" = \
	"$(jq -cS "$drop" rows.ndjson | sort | sha256sum)" ] || fail "segments change the rows"
[ "$(wc -l <rows.ndjson)" -gt 300 ] || fail "few rows"
finish
