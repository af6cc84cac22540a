#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A second meter, written from the man page, gives the same flows of the real captures.
exec python3 -B "${0%.sh}.py"
