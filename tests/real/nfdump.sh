#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Exports of real devices, collected by nfseal and by nfcapd: the same flows.
exec python3 -B "${0%.sh}.py"
