#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Kills of a collector at random moments, with an exporter that goes on: what was durable is there,
# what is missing is known by the sequence, and the tables are what the datagrams say; see
# collectkills.py.  NFSEAL_SOAK=1: a thousand.
set -u
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
command -v zstd >/dev/null || { echo "zstd is not installed"; exit 77; }
[ -r /proc/net/udp ] || { echo "no /proc/net/udp"; exit 77; }
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || pwd)/nfseal-collectkills.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export PYTHONDONTWRITEBYTECODE=1
case ${NFSEAL_SOAK:-0} in
0) python3 "$NFSEAL_SOURCE/tests/cli/collectkills.py" 2 ;;
*) python3 "$NFSEAL_SOURCE/tests/cli/collectkills.py" 1000 ;;
esac
