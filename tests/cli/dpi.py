# SPDX-License-Identifier: BSD-2-Clause
"""dpi.py WHOLE FIRST SECOND: a capture with DNS, TLS, HTTP and SSH, and the same in two files."""

import struct
import sys


def u16(*values):
    return struct.pack(f">{len(values)}H", *values)


class Capture:
    def __init__(self):
        self.packets = []

    def put(self, transport, protocol, forward):
        ends = (b"\xc0\0\2\1", b"\xc0\0\2\2")
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(transport), 0, 0, 64, protocol, 0)
        ip += b"".join(ends if forward else ends[::-1])
        self.packets.append(b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + transport)

    def udp(self, sport, dport, data, forward=True):
        ports = (sport, dport) if forward else (dport, sport)
        self.put(u16(*ports, 8 + len(data), 0) + data, 17, forward)

    def tcp(self, sport, dport, sequence, flags, data=b"", forward=True):
        ports = (sport, dport) if forward else (dport, sport)
        head = u16(*ports) + struct.pack(">IIBBHHH", sequence, 1, 0x50, flags, 1024, 0, 0)
        self.put(head + data, 6, forward)

    def write(self, path, first, last):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for i, p in enumerate(self.packets[first:last], first):
                out.write(struct.pack("<IIII", 1700000000 + i, 0, len(p), len(p)) + p)


def extension(kind, body):
    return u16(kind, len(body)) + body


def client_hello():
    name = b"www.example.com"
    extensions = extension(0, u16(len(name) + 3) + b"\0" + u16(len(name)) + name)
    extensions += extension(0x0A0A, b"") + extension(10, u16(2, 0x1D))
    extensions += extension(16, u16(12) + b"\2h2\x08http/1.1") + extension(13, u16(4, 0x403, 0x804))
    extensions += extension(43, b"\4" + u16(0x304, 0x303))
    ciphers = u16(0x1A1A, 0xC02F, 0x1301)
    body = u16(0x303) + bytes(32) + b"\0" + u16(len(ciphers)) + ciphers + b"\1\0"
    body += u16(len(extensions)) + extensions
    return b"\1\0" + u16(len(body)) + body


def server_hello():
    extensions = extension(43, u16(0x304))
    body = u16(0x303) + bytes(32) + b"\0" + u16(0x1301) + b"\0" + u16(len(extensions)) + extensions
    return b"\2\0" + u16(len(body)) + body


def record(message):
    return b"\x16\3\1" + u16(len(message)) + message


def main():
    whole, first, second = sys.argv[1:]
    c = Capture()
    question = b"\7Example\3ORG\0" + u16(28, 1)
    c.udp(4000, 5300, u16(7, 0x100, 1, 0, 0, 0) + question)
    c.udp(4000, 5300, u16(7, 0x8183, 1, 0, 0, 0) + question, forward=False)
    hello = record(client_hello())
    c.tcp(4001, 4433, 99, 2)
    c.tcp(4001, 4433, 199, 18, forward=False)
    c.tcp(4001, 4433, 100, 16, hello[:60])
    half = len(c.packets)
    c.tcp(4001, 4433, 160, 16, hello[60:])
    c.tcp(4001, 4433, 200, 16, record(server_hello()), forward=False)
    c.tcp(4002, 8000, 100, 24, b"POST /x HTTP/1.1\r\nHost: h.example:8080\r\n\r\n")
    c.tcp(4003, 2222, 100, 24, b"SSH-2.0-client \x1b[31m\r\n")
    c.tcp(4003, 2222, 100, 24, b"SSH-2.0-server\r\n", forward=False)
    c.write(whole, 0, None)
    c.write(first, 0, half)
    c.write(second, half, None)


main()
