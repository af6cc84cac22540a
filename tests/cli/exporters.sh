#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Exporters as they are: headers, sets, templates, times and padding out of the wild.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/exporters.py" || fail "exporters"
finish
