#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# sFlow of real devices against what tshark reads of it.
exec python3 -B "${0%.sh}.py"
