#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copies of packets are found, and segments sent again are none.
exec python3 -B "${0%.sh}.py"
