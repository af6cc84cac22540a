#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Some of the manipulations of manipulations.sh, judged by verify.sh and by the verifier that was written
# from the format page alone as well.  NFSEAL_SOAK=1: all of them.
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
command -v openssl >/dev/null || { echo "skip: openssl is not installed"; exit 77; }
every=45
[ "${NFSEAL_SOAK:-}" = 1 ] && every=1
exec python3 -B "${NFSEAL_SOURCE:?}/tests/manipulations/run.py" --others $every
