#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A collector that is killed by each of its calls that change files; see collectcrash.py.
# NFSEAL_SOAK=1: all of them.
set -u
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
[ "$(uname)" = Linux ] || { echo "the library that breaks calls is for Linux"; exit 77; }
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || pwd)/nfseal-collectcrash.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export PYTHONDONTWRITEBYTECODE=1
case ${NFSEAL_SOAK:-0} in
0) python3 "$NFSEAL_SOURCE/tests/cli/collectcrash.py" 16 8 ;;
*) python3 "$NFSEAL_SOURCE/tests/cli/collectcrash.py" 0 0 ;;
esac
