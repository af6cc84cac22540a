#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The identities with every combination of tunnel and fragment options, and both layers of tunnels.
exec python3 -B "${0%.sh}.py"
