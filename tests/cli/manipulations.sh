#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The table of manipulations (tests/manipulations/): archives sealed by nfseal or by a thief of
# its keys, each damaged in one way, with the verdict, the exit status, and all findings and
# notices with their places.
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
command -v openssl >/dev/null || { echo "skip: openssl is not installed"; exit 77; }
exec python3 -B "${NFSEAL_SOURCE:?}/tests/manipulations/run.py" "$@"
