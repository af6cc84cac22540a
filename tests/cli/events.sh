#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Events of firewalls and NATs, sampled packets, labels: what is no plain flow.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/events.py" || fail "events"
finish
