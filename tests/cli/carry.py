# SPDX-License-Identifier: BSD-2-Clause
"""Export datagrams for tests/cli/carry.sh.

carry.py pcap FILE SCRIPT: a capture of the datagrams that the script's lines tell of:
    TIME PORT PROTOCOL UPTIME-OR-SEQUENCE WHAT...
with the words T (template 256), O (options template 257: sampler), S=N (a record of it: one of N
packets), D=N (N data records of 7 packets), P=N (one of N packets), K (a port
is passed over), W (IPFIX: withdraws 256) of one message.
carry.py send PORT SCRIPT: the same by UDP to this port, from a port of their own each.
carry.py packets FILE: of a decompressed datagrams.pcapng, a line for each packet: its comment or
"-", its source port, its length."""

import socket
import struct
import sys

SRC, DST = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])


def flow_set(number, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(">HH", number, 4 + len(body)) + body


def message(protocol, at, clock, words, count):
    nine = protocol == "9"
    body = b""
    for word in words:
        key, _, n = word.partition("=")
        if key == "T":  # addresses, port, packets, sampler
            fields = (8, 4, 12, 4, 11, 2, 2, 4, 48, 1)
            body += flow_set(0 if nine else 2, struct.pack(">HH10H", 256, 5, *fields))
        elif key == "O":  # scope: system, or the exporting process; sampler, interval
            if nine:
                body += flow_set(1, struct.pack(">HHH6H", 257, 4, 8, 1, 4, 48, 1, 50, 4))
            else:
                body += flow_set(3, struct.pack(">HHH6H", 257, 3, 1, 144, 4, 48, 1, 50, 4))
        elif key == "W":
            body += flow_set(2, struct.pack(">HH", 256, 0))
        elif key == "S":
            body += flow_set(257, struct.pack(">IBI", 0, 3, int(n)))
        elif key == "K":
            count[0] += 1
        elif key in "DP":
            records = b""
            for _ in range(int(n) if key == "D" else 1):
                count[0] += 1
                records += struct.pack(">4s4sHIB", b"\x0a\0\0\1", b"\x0a\0\0\2", count[0],
                                       7 if key == "D" else int(n), 3)
            body += flow_set(256, records)
        else:
            raise SystemExit("what is " + word)
    if nine:
        return struct.pack(">HHIIII", 9, len(words), clock, at, clock, 5) + body
    return struct.pack(">HHIII", 10, 16 + len(body), at, clock, 5) + body


def script(text):
    count = [0]
    for line in text.replace(";", "\n").split("\n"):
        if line.strip():
            at, port, protocol, clock, *words = line.split()
            yield int(at), int(port), message(protocol, int(at), int(clock), words, count)


def write_pcap(path, text):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, port, data in script(text):
            p = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 1, 0, 64, 17, 0, SRC, DST)
            p += struct.pack(">HHHH", port, 2055, 8 + len(data), 0) + data
            out.write(struct.pack("<IIII", at, 0, len(p), len(p)) + p)


def send(port, text):
    sockets = {}
    for _, source, data in script(text):
        if source not in sockets:
            sockets[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sockets[source].bind(("127.0.0.1", source))
        sockets[source].sendto(data, ("127.0.0.1", port))


def packets(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if size < 12:
            raise SystemExit("no pcapng")
        if kind == 6:
            length = struct.unpack_from("<I", data, at + 20)[0]
            p = at + 28 + length + -length % 4
            comment = "-"
            while p + 4 < at + size - 4:
                code, n = struct.unpack_from("<HH", data, p)
                if code == 1:
                    comment = data[p + 4:p + 4 + n].decode()
                p += 4 + n + -n % 4
            print(comment, struct.unpack_from(">H", data, at + 28 + 20)[0], length - 28, sep="|")
        at += size


if sys.argv[1] == "pcap":
    write_pcap(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "send":
    send(int(sys.argv[2]), sys.argv[3])
else:
    packets(sys.argv[2])
