#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs, threads and cuts of real captures change no octet of the flows.
exec python3 -B "${0%.sh}.py"
