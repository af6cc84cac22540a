#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Exports of real devices, decoded by nfseal and by tshark, value by value.
exec python3 -B "${0%.sh}.py"
