#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal-filter(7) lists the columns, in their order and all of them.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
wanted=$(sed -n 's/^COLUMN([A-Z_0-9]*, \([a-z_0-9]*\),.*/\1/p' flow/columns.def)
listed=$(sed -n '/^\.Sh COLUMNS/,/^\.Pp/p' man/nfseal-filter.7 | sed -n 's/^\.Li //p' |
	tr ' ' '\n' | grep -v '^[,.]*$')
[ -n "$wanted" ] && [ "$wanted" = "$listed" ] || {
	diff <(echo "$wanted") <(echo "$listed")
	echo "man/nfseal-filter.7 does not list the columns of flow/columns.def"
	exit 1
}
