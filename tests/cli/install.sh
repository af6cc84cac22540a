#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make install puts the command and its pages below DESTDIR and PREFIX, and the command runs there.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
variant=$(basename "$(dirname "$NFSEAL")")
make -s -C "$NFSEAL_SOURCE" install VARIANT="$variant" DESTDIR="$PWD/root" PREFIX=/usr >log 2>&1 ||
	fail "make install: $(tail -n 3 log)"
[ -x root/usr/bin/nfseal ] || fail "no command"
for page in "$NFSEAL_SOURCE"/man/*.[157]; do
	name=${page##*/}
	cmp -s "$page" "root/usr/share/man/man${name##*.}/$name" || fail "no page $name"
done
[ "$(root/usr/bin/nfseal --version)" = "$(nfseal --version)" ] || fail "another version was installed"
finish
