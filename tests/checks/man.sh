#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The man pages are clean mdoc, every subcommand has one, and every option stands in it.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
bad=0
for page in man/*.[1578]; do
	# Cross references are checked among our own pages only: others may not be installed.
	out=$(mandoc -T lint -W warning "$page" 2>&1 | grep -v 'referenced manual not found') && { echo "$out"; bad=1; }
done
for name in $("$NFSEAL" --help | awk '/^  / { print $1 }'); do
	page=man/nfseal-$name.1
	[ -e "$page" ] || { echo "$page is missing"; bad=1; continue; }
	text=$(mandoc -T ascii "$page" | col -b)
	for option in $("$NFSEAL" "$name" --help | grep -oE '^ +(-[A-Za-z], )? *--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
		echo "$text" | grep -q -- "$option" || { echo "$page does not name $option"; bad=1; }
	done
	echo "$text" | grep -q '^EXIT STATUS' || { echo "$page has no EXIT STATUS"; bad=1; }
done
exit $bad
