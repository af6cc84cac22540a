#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Conversations of the real captures against tshark's.
exec python3 -B "${0%.sh}.py"
