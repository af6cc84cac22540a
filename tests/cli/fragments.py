#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Captures of export datagrams in fragments.  fragments.py KIND FILE"""
import struct
import sys

from sflows import capture, datagram, flow, frame, header, u

SRC4, DST4 = b"\xc0\0\2\1", b"\xc0\0\2\2"
SRC6, DST6 = b"\x20\x01\x0d\xb8" + bytes(11) + b"\1", b"\x20\x01\x0d\xb8" + bytes(11) + b"\2"


def big(n):
    """A datagram of 30 samples: some 6000 octets."""
    return datagram(n, 1000 * n, [flow(30 * n + i, [header(frame(i) + bytes(range(86)))]) for i in range(30)])


def udp(data):
    return struct.pack(">HHHH", 6343, 6343, 8 + len(data), 0) + data


def pieces(data, v6=False, mtu=1480, ident=1):
    """The IP packets of a UDP datagram."""
    data, out = udp(data), []
    for at in range(0, len(data), mtu):
        part, more = data[at:at + mtu], at + mtu < len(data)
        if v6:
            out.append(struct.pack(">IHBB", 6 << 28, 8 + len(part), 44, 64) + SRC6 + DST6 +
                       struct.pack(">BBHI", 17, 0, at | more, ident) + part)
        else:
            out.append(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(part), ident, at // 8 | (0x2000 if more else 0), 64, 17, 0,
                                   SRC4, DST4) + part)
    return out


def good(path):
    """In order, from behind, as IPv6, each fragment twice, and two interleaved."""
    packets = [(1000, p) for p in pieces(big(1), ident=1)]
    packets += [(1001, p) for p in reversed(pieces(big(2), ident=2))]
    packets += [(1002, p) for p in pieces(big(1), True, 1232, 3)]
    packets += [(1003, p) for p in pieces(big(3), ident=4) for _ in range(2)]
    packets += [(1004, p) for pair in zip(pieces(big(4), ident=5), pieces(big(5), ident=6)) for p in pair]
    capture(path, packets)


def bad(path):
    """One is missing, one lies, one comes too late, one is too long; the datagram between them is good."""
    gone = pieces(big(1), ident=1)
    lies = pieces(big(2), ident=2)
    late = pieces(big(4), ident=4)
    packets = [(1000, p) for p in gone[:2] + gone[3:]]
    packets += [(1001, lies[0]), (1001, lies[1]), (1001, lies[1][:-8] + b"tampered"), (1001, lies[2]), (1001, lies[3])]
    packets += [(1002, p) for p in pieces(big(3), ident=3)]
    packets += [(1003, p) for p in late[:-1]] + [(1034, late[-1])]
    packets += [(1035, struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + 64, 9, 8188, 64, 17, 0, SRC4, DST4) + bytes(64))]
    capture(path, packets)


def others(path):
    """Of something else: no loss, though most of it is missing."""
    packets = [(1000 + i, pieces(b"no export message" + bytes(4000), ident=i)[0]) for i in range(5)]
    capture(path, packets)


def corpus(directory):
    """Frames for the fuzzer: a link type (0: IPv4, 1: IPv6), a length, octets."""
    def write(name, packets):
        with open(directory + "/" + name, "wb") as f:
            for p in packets:
                f.write(struct.pack(">BH", p[0] >> 4 == 6, len(p)) + p)
    small = datagram(1, 1, [flow(1, [header(frame(1))])])
    write("in-order", pieces(small, mtu=64))
    write("from-behind", list(reversed(pieces(small, mtu=64))))
    write("ipv6", pieces(small, True, 64))
    write("copies", [p for p in pieces(small, mtu=64) for _ in range(2)])
    lies = pieces(small, mtu=64)
    write("overlap", lies[:2] + [lies[1][:-8] + b"tampered"] + lies[2:])
    write("whole", [struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(small), 1, 0, 64, 17, 0, SRC4, DST4) + udp(small)])
    write("other", pieces(b"no export message" + u(*range(60)), mtu=128))


if __name__ == "__main__":
    {"good": good, "bad": bad, "others": others, "corpus": corpus}[sys.argv[1]](sys.argv[2])
