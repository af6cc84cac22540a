#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Flows and application hints of real captures against nDPI's.
exec python3 -B "${0%.sh}.py"
