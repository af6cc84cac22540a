#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every real capture, sealed and verified; its packets against capinfos and tshark.
exec python3 -B "${0%.sh}.py"
