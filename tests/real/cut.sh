#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Real captures that end early give every packet before the cut.
exec python3 -B "${0%.sh}.py"
