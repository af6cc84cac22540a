#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Community IDs are those of the specification.
exec python3 -B "${0%.sh}.py"
