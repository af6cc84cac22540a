#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The readers of Parquet that the tests compare with, at the exact versions of package.json.
set -eu
cd "$(dirname "$0")"
if ! command -v npm >/dev/null 2>&1; then
	echo "npm is not here: DuckDB and hyparquet are left out"
	exit 0
fi
[ -d node_modules ] && npm ls --silent >/dev/null 2>&1 && exit 0
echo "installing by npm: DuckDB, hyparquet"
npm install --no-package-lock --no-audit --no-fund --silent
