#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Biflows of real captures against ipfixprobe's.
exec python3 -B "${0%.sh}.py"
