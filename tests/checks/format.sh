#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What nobody wants to find in the tree.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
bad=0
files=$(find base flow archive capture verify replay tests fixtures man nfseal.* -type f \
	\( -name '*.[ch157]' -o -name '*.def' -o -name '*.sh' -o -name '*.py' \) -not -path '*/node_modules/*')
# shellcheck disable=SC2086
grep -nE '[ 	]+$' $files && { echo "white space at the end of lines"; bad=1; }
for file in $files; do
	case $file in *.md) continue ;; esac
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' ||
		{ echo "$file has no licence line"; bad=1; }
done

# A test that was run by hand in the top directory leaves files that nobody wants committed.
if git rev-parse --git-dir >/dev/null 2>&1; then
	known='^(\.clang-format|\.gitignore|GNUmakefile|HACKING\.md|LICENSE|Makefile|NEWS|README\.md|nfseal\.[ch])$'
	git ls-files | grep -v / | grep -vE "$known" && { echo "these do not belong in the top directory"; bad=1; }
fi
exit $bad
