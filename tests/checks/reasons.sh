#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal-collect(1) explains the reasons by which messages are malformed, in their order and all of them.
set -u
cd "${NFSEAL_SOURCE:-$(dirname "$0")/../..}" || exit 2
wanted=$(sed -n 's/^MALFORMED([A-Z_0-9]*, \([a-z_0-9]*\),.*/\1/p' flow/decode.def)
listed=$(sed -n '/^\.It Li malformed$/,/^\.El$/s/^\.It Li //p' man/nfseal-collect.1 | tail -n +2)
[ -n "$wanted" ] && [ "$wanted" = "$listed" ] || {
	diff <(echo "$wanted") <(echo "$listed")
	echo "man/nfseal-collect.1 does not explain the reasons of flow/decode.def"
	exit 1
}
