#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FreeBSD's ng_netflow, as it really behaves.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/netgraph.py" || fail "netgraph"
finish
