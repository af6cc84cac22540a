#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The k-th allocation fails, in live writing, sealing, recovering and verifying; see memory.py.
# NFSEAL_SOAK=1: at every k.
set -u
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
[ "$(uname)" = Linux ] || { echo "the library that breaks calls is for Linux"; exit 77; }
case $NFSEAL in
*/release/* | */clang/*) ;;
*) echo "a sanitizer has its own allocator"; exit 77 ;;
esac
# In memory where that is possible: what is durable is what was synced, not where it lies.
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || pwd)/nfseal-memory.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export PYTHONDONTWRITEBYTECODE=1
case ${NFSEAL_SOAK:-0} in
0) python3 "$NFSEAL_SOURCE/tests/cli/memory.py" 40 10 ;;
*) python3 "$NFSEAL_SOURCE/tests/cli/memory.py" 0 0 ;;
esac
