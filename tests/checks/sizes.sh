#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Files below 600 lines, functions at most 90: KNF's first-column braces make that countable.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
bad=0
while IFS= read -r file; do
	lines=$(wc -l <"$file")
	case $file in *.def) ;; *) [ "$lines" -le 600 ] || { echo "$file has $lines lines"; bad=1; } ;; esac
	awk -v file="$file" '
		/^[a-z_0-9]+\(/ { name = $0; sub(/\(.*/, "", name) }
		/^\{/ { start = NR }
		/^\}/ && start { if (NR - start > 90) { print file ": " name " has " NR - start " lines"; bad = 1 } start = 0 }
		END { exit bad }' "$file" || bad=1
done < <(find base flow archive capture verify replay tests fixtures nfseal.c -name '*.[ch]' -not -path '*/node_modules/*')
exit $bad
