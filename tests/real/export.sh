#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Flows of real captures, exported and collected again, are the same flows.
exec python3 -B "${0%.sh}.py"
