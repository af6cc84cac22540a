#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A full disk: a clear fault, nothing half sealed, and the next run works.
set -eu
[ "$(id -u)" = 0 ] || { echo "only root can mount a small tmpfs"; exit 77; }
mkdir disk
mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null || { echo "mounting a tmpfs is not permitted here"; exit 77; }
trap 'umount disk' EXIT

"$NFSEAL" init --state state disk/case >/dev/null
dd if=/dev/zero of=disk/filler bs=1k count=1000 2>/dev/null && { echo "the disk did not fill"; exit 1; }
status=0
"$NFSEAL" close --state state disk/case >out 2>err || status=$?
[ "$status" = 2 ] || { echo "exit $status"; cat err; exit 1; }
grep -q 'No space left on device' err
[ -z "$(find disk/case -name '*.manifest.json')" ]
rm disk/filler
"$NFSEAL" close --state state disk/case >out 2>err
grep -q '^closed' out
[ "$(find disk/case -name '*.manifest.json' | wc -l)" = 1 ]

# A read-only file system says so.
"$NFSEAL" init --state state disk/other >/dev/null
mount -o remount,ro disk
status=0
"$NFSEAL" close --state state disk/other >out 2>err || status=$?
[ "$status" = 2 ]
grep -q 'Read-only file system' err
