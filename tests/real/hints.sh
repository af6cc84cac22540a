#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Application hints of real captures against tshark's fields.
exec python3 -B "${0%.sh}.py"
