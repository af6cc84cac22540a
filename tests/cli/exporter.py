# SPDX-License-Identifier: BSD-2-Clause
"""Export messages by the octet, for the tests of the collector; a socket or a capture takes them."""
import socket
import struct

START = 1700000000


def v5(seq, count=1, uptime=1000, seconds=START, engine=0, port=1):
    """NetFlow 5; the records' addresses and ports say which they are."""
    out = struct.pack(">HHIIIIBBH", 5, count, uptime, seconds, 0, seq, 0, engine, 0)
    for i in range(count):
        out += struct.pack(">4s4s4sHHIIIIHHBBBBHHBBH", b"\x0a\0\0\1", b"\x0a\0\0\2", b"\0" * 4, 1, 2, 3, 300,
                           max(uptime - 900, 0), uptime, port, 80 + i, 0, 0x18, 6, 0, 1, 2, 24, 24, 0)
    return out


def v9(seq, sets, uptime=1000, seconds=START, domain=0, count=1):
    return struct.pack(">HHIIII", 9, count, uptime, seconds, seq, domain) + sets


def ipfix(seq, sets, seconds=START, domain=0):
    return struct.pack(">HHIII", 10, 16 + len(sets), seconds, seq, domain) + sets


FIELDS = ((8, 4), (12, 4), (1, 4), (2, 4), (7, 2), (11, 2), (4, 1))  # 21 octets


def template(kind, number=256, fields=FIELDS):
    """A template set: kind is 0 (NetFlow 9) or 2 (IPFIX)."""
    body = struct.pack(">HH", number, len(fields)) + b"".join(struct.pack(">HH", *f) for f in fields)
    return struct.pack(">HH", kind, 4 + len(body)) + body


def data(count=1, number=256, first=1):
    body = b"".join(struct.pack(">4s4sIIHHB", b"\x0a\0\0\1", b"\x0a\0\0\2", 100 + i, 2, 1024 + first + i, 80, 6)
                    for i in range(count))
    body += b"\0" * (-len(body) % 4 if len(body) % 4 else 0)
    return struct.pack(">HH", number, 4 + len(body)) + body


def sender(port, source="127.0.0.1", source_port=0, host="127.0.0.1"):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, source_port))
    s.connect((host, port))
    return s.send


class Capture:
    """A pcap of UDP datagrams; put(message, time)."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101))
        self.n = 0

    def put(self, message, nanos=None, source="192.0.2.1", source_port=4000, port=2055):
        self.n += 1
        if nanos is None:
            nanos = (START + self.n) * 10**9
        udp = struct.pack(">HHHH", source_port, port, 8 + len(message), 0) + message
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), self.n & 0xFFFF, 0, 64, 17, 0,
                         socket.inet_aton(source), b"\xc0\0\2\2") + udp
        self.out.write(struct.pack("<IIII", nanos // 10**9, nanos % 10**9, len(ip), len(ip)) + ip)
