# SPDX-License-Identifier: BSD-2-Clause
"""depth.py IN OUT: a capture of Ethernet frames in which each IP packet comes twice, as two ports
of a router mirror it: with other addresses of the link, in a VLAN, one hop on, the header's
checksum made anew, 20 microseconds later; every third packet's copy stands before it."""

import struct
import sys


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forwarded(frame):
    at, tag = (18, frame[12:18]) if frame[12:14] == b"\x81\x00" else (14, frame[12:14])
    ip = bytearray(frame[at:])
    if ip[0] >> 4 == 4:
        ip[8] -= 1
        octets = (ip[0] & 15) * 4
        ip[10:12] = b"\0\0"
        ip[10:12] = struct.pack(">H", checksum(bytes(ip[:octets])))
    else:
        ip[7] -= 1
    return b"\2\0\0\0\0\x77\2\0\0\0\0\x88" + b"\x81\x00\0\x63" + tag[-2:] + bytes(ip)


def main():
    data = open(sys.argv[1], "rb").read()
    out = [data[:24]]
    at, number = 24, 0
    while at < len(data):
        seconds, micros, captured, wire = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + captured]
        at += 16 + captured
        number += 1
        later = seconds * 1000000 + micros + 20
        packet = struct.pack("<IIII", seconds, micros, captured, wire) + frame
        out.append(packet)
        ethertype = frame[16:18] if frame[12:14] == b"\x81\x00" else frame[12:14]
        if ethertype in (b"\x08\x00", b"\x86\xdd"):
            other = forwarded(frame)
            copy = struct.pack("<IIII", later // 1000000, later % 1000000, len(other),
                               len(other) + wire - captured) + other
            out.insert(len(out) - (number % 3 == 0), copy)
    with open(sys.argv[2], "wb") as f:
        f.write(b"".join(out))


main()
