#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal verify on archives that were made to attack it (tests/manipulations/hostile.py).
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
command -v openssl >/dev/null || { echo "skip: openssl is not installed"; exit 77; }
exec python3 -B "${NFSEAL_SOURCE:?}/tests/manipulations/hostile.py" "$@"
