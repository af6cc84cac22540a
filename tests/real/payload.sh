#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What --payload keeps, against the octets that tshark shows.
exec python3 -B "${0%.sh}.py"
