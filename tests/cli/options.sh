#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What option records say reaches the rows behind them, and the ledger.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/options.py" || fail "options"
finish
