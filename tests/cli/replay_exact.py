# SPDX-License-Identifier: BSD-2-Clause
"""Datagrams in captures of raw IPv4, for replay_exact.sh."""

import socket
import struct
import sys

STEP = 100000  # microseconds from one to the next
PAUSE = 2000000
LAST = 10
BEGAN = 1795330800000000


def read(path):
    """(microseconds, address of the source, payload) of each."""
    data = open(path, "rb").read()
    at, out = 24, []
    while at < len(data):
        seconds, micros, size = struct.unpack_from("<III", data, at)
        packet = data[at + 16:at + 16 + size]
        out.append((seconds * 1000000 + micros, socket.inet_ntoa(packet[12:16]), packet[28:]))
        at += 16 + size
    return out


def write(path, datagrams):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for time, source, data in datagrams:
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0,
                             socket.inet_aton(source), b"\xc0\x00\x02\xfe")
            packet = ip + struct.pack(">HHHH", 40000, 2055, 8 + len(data), 0) + data
            out.write(struct.pack("<IIII", time // 1000000, time % 1000000, len(packet),
                                  len(packet)) + packet)


def weave(first, second, to):
    a = [("192.0.2.1", d) for _, _, d in read(first)]
    b = [("192.0.2.2", d) for _, _, d in read(second)]
    both = [x for pair in zip(a, b) for x in pair]
    both = both[:200]
    out = []
    for i, (source, data) in enumerate(both):
        late = PAUSE if i >= len(both) - LAST else 0
        out.append((BEGAN + i * STEP + late, source, data))
    write(to, out)


def main():
    what, path = sys.argv[1], sys.argv[2]
    if what == "weave":
        weave(path, sys.argv[3], sys.argv[4])
    elif what == "count":
        print(len(read(path)))
    elif what == "payload":
        sys.stdout.buffer.write(b"".join(d for _, _, d in read(path)))
    elif what == "same":
        sys.exit([d for _, _, d in read(path)] != [d for _, _, d in read(sys.argv[3])])
    elif what == "only":
        write(sys.argv[4], [x for x in read(path) if x[1] == sys.argv[3]])
    elif what == "time":
        print("@%d.%06d" % divmod(read(path)[int(sys.argv[3])][0], 1000000))
    elif what == "tail":
        want, got, n = read(path), read(sys.argv[3]), int(sys.argv[4])
        ahead = [d for _, _, d in got[:-n]]
        whole = [d for _, _, d in want[:-n]]
        sys.exit([d for _, _, d in got[-n:]] != [d for _, _, d in want[-n:]] or not ahead or
                 len(ahead) * 2 > len(whole) or ahead != [d for d in whole if d in ahead])
    elif what == "span":
        times = [t for t, _, _ in read(path)]
        print((times[-1] - times[0]) * 1000)


main()
