#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Structured data (RFC 6313) becomes readable, and what of it belongs to the flow its columns.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/lists.py" || fail "lists"
finish
