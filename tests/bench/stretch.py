# SPDX-License-Identifier: BSD-2-Clause
# The first N frames of a pcap (microseconds, little-endian) at other times: over so many seconds, each
# somewhere in its own share of them.  usage: stretch.py N SECONDS <in >out
import random
import struct
import sys

count, seconds = int(sys.argv[1]), float(sys.argv[2])
source, out = sys.stdin.buffer, sys.stdout.buffer
random.seed(1)
out.write(source.read(24))
first = None
for i in range(count):
    head = source.read(16)
    if len(head) < 16:
        sys.exit("the capture has too few frames")
    sec, usec, captured, length = struct.unpack("<4I", head)
    first = first or sec
    at = int((i + random.random()) * seconds / count * 1e6)
    out.write(struct.pack("<4I", first + at // 1000000, at % 1000000, captured, length))
    out.write(source.read(captured))
