#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Connections of real captures against Zeek's conn.log.
exec python3 -B "${0%.sh}.py"
