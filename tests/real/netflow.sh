#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Exports of real devices against the facts that tshark and an independent walker found in them.
exec python3 -B "${0%.sh}.py"
