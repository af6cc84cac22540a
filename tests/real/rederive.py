# SPDX-License-Identifier: BSD-2-Clause
"""rederive.py OUT DIRECTORY ORDER: all payloads of export datagrams below the directory (*.dat,
*.bin) as one capture, a second apart; those of a device, by the file's name, from a port of its
own.  ORDER is forward, backward (data come before their templates) or twice."""

import os
import re
import struct
import sys

out, top, order = sys.argv[1:]
files = sorted(os.path.join(d, f) for d, _, names in os.walk(top) for f in names
               if f.endswith((".dat", ".bin")))
payloads = []
ports = {}
for path in files:
    data = open(path, "rb").read()
    if not 0 < len(data) <= 65507:
        continue
    name = re.sub(r"(_?(tpl|template|data|options?)\w*|[-_]?\d+)*\.(dat|bin)$", "", os.path.basename(path))
    payloads.append((ports.setdefault(name, 2000 + len(ports)), data))
if order == "backward":
    payloads.reverse()
elif order == "twice":
    payloads = payloads + payloads[::-1]
with open(out, "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
    for at, (port, data) in enumerate(payloads):
        p = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 1, 0, 64, 17, 0, bytes([192, 0, 2, 1]),
                        bytes([192, 0, 2, 2]))
        p += struct.pack(">HHHH", port, 2055, 8 + len(data), 0) + data
        f.write(struct.pack("<IIII", 1000000 + at, 0, len(p), len(p)) + p)
print(len(payloads), len(ports))
