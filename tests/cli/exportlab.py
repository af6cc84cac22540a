# SPDX-License-Identifier: BSD-2-Clause
"""What exporters send, octet by octet, and what nfseal collect makes of it.

Datagrams are built here as the exporters of a test do it; a capture of them is decoded by
`nfseal collect -r`, and rows, ledger and exit status are compared by the cases, which are
functions that `case` marks.  main() runs those whose group the command line names.
"""
import ipaddress
import json
import os
import struct
import subprocess
import sys
import tempfile

CASES = []
V = 65535  # the length of a field that carries its own


def case(function):
    CASES.append(function)
    return function


def be(value, octets):
    return int(value).to_bytes(octets, "big")


def ip(text):
    return ipaddress.ip_address(text).packed


def text(value, octets):
    return value.encode().ljust(octets, b"\0")


def variable(data, long=False):
    """A field of variable length, in its one-octet or its three-octet form."""
    if long or len(data) >= 255:
        return b"\xff" + be(len(data), 2) + data
    return be(len(data), 1) + data


def spec(fields):
    """Field specifiers: (id, length), or (id, length, enterprise)."""
    out = b""
    for field in fields:
        if len(field) == 3:
            out += struct.pack(">HHI", field[0] | 0x8000, field[1], field[2])
        else:
            out += struct.pack(">HH", *field)
    return out


def flowset(number, body, pad=4, fill=b"\0"):
    short = -(4 + len(body)) % pad
    return struct.pack(">HH", number, 4 + len(body) + short) + body + fill * short


def template(number, fields):
    return struct.pack(">HH", number, len(fields)) + spec(fields)


def templates9(*definitions):
    return flowset(0, b"".join(template(*d) for d in definitions))


def templates10(*definitions):
    return flowset(2, b"".join(template(*d) for d in definitions))


def options9(number, scopes, fields):
    return flowset(1, struct.pack(">HHH", number, 4 * len(scopes), 4 * len(fields)) +
                   spec(scopes) + spec(fields))


def options10(number, scopes, fields):
    return flowset(3, struct.pack(">HHH", number, len(scopes) + len(fields), len(scopes)) +
                   spec(scopes) + spec(fields))


def v9(*sets, count=1, uptime=1000000, seconds=1700000000, sequence=0, source=0):
    return struct.pack(">HHIIII", 9, count, uptime, seconds, sequence, source) + b"".join(sets)


def ipfix(*sets, seconds=1700000000, sequence=0, domain=0, length=None):
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body) if length is None else length, seconds,
                       sequence, domain) + body


def v5(records, uptime=1000000, seconds=1700000000, nanos=0, sequence=0, engine=(0, 0),
       sampling=0, count=None):
    return struct.pack(">HHIIIIBBH", 5, len(records) if count is None else count, uptime, seconds,
                       nanos, sequence, *engine, sampling) + b"".join(records)


def v5_record(src, dst, packets=1, octets=40, first=0, last=0, sport=0, dport=0, flags=0,
              protocol=17, tos=0, in_if=0, out_if=0, next_hop="0.0.0.0", masks=(0, 0)):
    return (ip(src) + ip(dst) + ip(next_hop) +
            struct.pack(">HHIIIIHHBBBBHHBBH", in_if, out_if, packets, octets, first, last, sport,
                        dport, 0, flags, protocol, tos, 0, 0, *masks, 0))


# A flow of the fields that most cases need.
FLOW = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (2, 4), (1, 4)]


def flow(src="10.0.0.1", dst="10.0.0.2", sport=1000, dport=53, protocol=17, packets=1, octets=100):
    return ip(src) + ip(dst) + struct.pack(">HHBII", sport, dport, protocol, packets, octets)


def datagram(payload, at=1700000000.0, src="192.0.2.1", sport=50000, dst="192.0.2.200", dport=2055):
    return payload, at, src, sport, dst, dport


def write_capture(name, datagrams):
    """LINKTYPE_RAW; a datagram is its payload, or what datagram() gives."""
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 101))
        for number, entry in enumerate(datagrams):
            payload, at, src, sport, dst, dport = entry if isinstance(entry, tuple) else datagram(
                entry, 1700000000.0 + number)
            head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), number & 0xffff, 0, 64,
                               17, 0, ip(src), ip(dst))
            packet = head + struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
            nanos = round(at * 10**9)
            out.write(struct.pack("<IIII", nanos // 10**9, nanos % 10**9, len(packet), len(packet)))
            out.write(packet)


def read_capture(name):
    """The UDP datagrams of a pcap of Ethernet frames, as datagram() gives them."""
    with open(name, "rb") as file:
        octets = file.read()
    order = "<" if octets[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 10**9 if b"\x3c" in octets[1:3] else 10**6
    at, found = 24, []
    while at < len(octets):
        seconds, fraction, captured, _ = struct.unpack(order + "IIII", octets[at:at + 16])
        packet = octets[at + 16 + 14:at + 16 + captured]
        at += 16 + captured
        if packet[:1] != b"\x45" or packet[9] != 17:
            continue
        sport, dport, length = struct.unpack(">HHH", packet[20:26])
        found.append(datagram(packet[28:20 + length], seconds + fraction / unit, str(ipaddress.ip_address(packet[12:16])),
                              sport, str(ipaddress.ip_address(packet[16:20])), dport))
    return found


class Collected:
    """What nfseal collect made of datagrams."""

    def __init__(self, datagrams):
        with tempfile.TemporaryDirectory() as place:
            capture = os.path.join(place, "in.pcap")
            rows = os.path.join(place, "rows.ndjson")
            write_capture(capture, datagrams)
            run = subprocess.run(["nfseal", "collect", "-q", "-r", capture, "-o", rows, "--json"],
                                 capture_output=True, text=True, check=False, timeout=60)
            if run.returncode not in (0, 3):
                raise AssertionError(f"exit {run.returncode}: {run.stderr}")
            self.status = run.returncode
            self.summary = json.loads(run.stdout)
            with open(rows, encoding="utf-8") as lines:
                self.rows = [json.loads(line) for line in lines]
        for row in self.rows:
            if isinstance(row.get("other"), str):
                row["other"] = json.loads(row["other"])
        self.exporters = self.summary["exporters"]

    @property
    def row(self):
        same(len(self.rows), 1, "rows")
        return self.rows[0]

    @property
    def exporter(self):
        same(len(self.exporters), 1, "exporters")
        return self.exporters[0]

    @property
    def options(self):
        return self.exporter.get("options", {})

    def column(self, name):
        return [row.get(name) for row in self.rows]


def same(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r} instead of {wanted!r}")


def has(row, **columns):
    for name, wanted in columns.items():
        same(row.get(name), wanted, name)


def main():
    failed = 0
    for function in CASES:
        try:
            function()
        except AssertionError as error:
            failed += 1
            print(f"FAILED: {function.__name__} ({(function.__doc__ or '').strip()}): {error}")
    print(f"{len(CASES)} cases, {failed} failed")
    sys.exit(1 if failed else 0)
