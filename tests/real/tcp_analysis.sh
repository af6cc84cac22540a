#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What --dpi=tcp says of TCP, against tshark.
exec python3 -B "${0%.sh}.py"
