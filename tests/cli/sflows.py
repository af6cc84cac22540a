#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""sFlow datagrams for the tests, and captures of datagrams.  sflows.py KIND FILE"""
import struct
import sys


def u(*words):
    return b"".join(struct.pack(">I", w & 0xffffffff) for w in words)


def opaque(data):
    return u(len(data)) + data + bytes(-len(data) % 4)


def record(number, body):
    return u(number, len(body)) + body


def address(a):
    return u(1 if len(a) == 4 else 2) + a


def datagram(sequence, uptime, samples, agent=b"\xc0\0\2\7", sub_agent=0):
    return u(5) + address(agent) + u(sub_agent, sequence, uptime, len(samples)) + b"".join(samples)


def udp_packet(src, dst, sport, dport, data, v6=False):
    udp = struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data
    if v6:
        return struct.pack(">IHBB", 6 << 28, len(udp), 17, 64) + src + dst + udp
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, src, dst) + udp


def frame(n=0, payload=100):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + payload, 1, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + struct.pack(">HHHH", 1000 + n, 53, 8 + payload, 0)


def header(data, length=146, stripped=4, protocol=1):
    return record(1, u(protocol, length, stripped) + opaque(data))


def flow(sequence, records, source=7, rate=100, pool=None, drops=0, ports=(7, 8)):
    pool = sequence * rate if pool is None else pool
    return record(1, u(sequence, source, rate, pool, drops, *ports, len(records)) + b"".join(records))


def counters(sequence, records, source=7):
    return record(2, u(sequence, source, len(records)) + b"".join(records))


def if_counters(index, octets):
    return record(1, u(index, 6) + struct.pack(">Q", 10**9) + u(1, 3) + struct.pack(">Q", octets) +
                  u(1, 2, 3, 4, 5, 6) + struct.pack(">Q", 2 * octets) + u(7, 8, 9, 10, 11, 0))


def capture(path, packets):
    """(seconds, IP packet) each."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, p in packets:
            out.write(struct.pack("<IIII", at, 0, len(p), len(p)) + p)


def from_agent(at, data, sport=6343, src=b"\xc0\0\2\1"):
    return at, udp_packet(src, b"\xc0\0\2\2", sport, 6343, data)


def numbered(i, uptime=None):
    """Datagram i: two samples of source 7, one of source 9, and the counters of 7."""
    return datagram(i, 1000 * i if uptime is None else uptime, [
        flow(2 * i, [header(frame(i))], pool=200 * i, drops=i), flow(2 * i + 1, [header(frame(i))], pool=200 * i + 100, drops=i),
        flow(i, [header(frame(i))], source=9), counters(i, [if_counters(7, 1000 * i)])])


def losses(path):
    """5 and 6 are lost, 9 comes behind 10, 20 comes twice; then the agent begins anew."""
    order = [i for i in range(1, 25) if i not in (5, 6, 9)]
    order.insert(order.index(10) + 1, 9)
    order.insert(order.index(20) + 1, 20)
    packets = [from_agent(1000 + n, numbered(i, 10**6 + 1000 * i)) for n, i in enumerate(order)]
    packets += [from_agent(2000 + i, numbered(i)) for i in range(1, 4)]
    capture(path, packets)


def before(path):
    """What a run hears, and after() what the next one does: 5 and 6 came between them."""
    capture(path, [from_agent(1000 + i, numbered(i)) for i in range(1, 5)])


def after(path):
    capture(path, [from_agent(1000 + i, numbered(i)) for i in range(7, 11)])


def sources(path):
    """Sources that lose samples by themselves: the datagrams are all there."""
    packets = []
    for i, n in enumerate((1, 2, 5, 6, 1, 2)):
        packets.append(from_agent(1000 + i, datagram(i + 1, 1000 * i, [flow(n, [header(frame(n))], drops=n)])))
    capture(path, packets)


def agents(path):
    """Two agents and a second sub agent behind one address; each has a sequence of its own."""
    packets = []
    for i in range(4):
        for agent, sub in ((b"\xc0\0\2\7", 0), (b"\xc0\0\2\7", 1), (bytes(15) + b"\7", 0)):
            packets.append(from_agent(1000 + i, datagram(10 * len(agent) + sub + i, 1000 * i, [flow(i, [header(frame(i))])],
                                                         agent, sub)))
    capture(path, packets)


def mixed(path):
    """Whatever comes to one port."""
    v5 = struct.pack(">HHIIIIBBH", 5, 1, 1000, 1000, 0, 0, 0, 0, 0) + bytes([10, 0, 0, 3, 10, 0, 0, 4]) + bytes(16) + \
        struct.pack(">IIHH", 0, 0, 1, 2) + bytes(12)
    old = [u(4) + address(b"\xc0\0\2\7") + u(1, 1000, 0) + bytes(8), u(2) + address(b"\xc0\0\2\7") + u(1, 1000, 0) + bytes(8)]
    no_samples = datagram(3, 3000, [])
    packets = [from_agent(1000, numbered(1)), from_agent(1001, v5), from_agent(1002, old[0]), from_agent(1003, old[1]),
               from_agent(1004, numbered(2)), from_agent(1005, no_samples), from_agent(1006, u(5, 1)),
               from_agent(1007, b"\0\0\0\5\0\0\0\1 no sFlow at all, but a text that begins like it", sport=5001),
               (1008, udp_packet(bytes(15) + b"\1", bytes(15) + b"\2", 5000, 6343, numbered(4), v6=True))]
    capture(path, packets)


def corpus(directory):
    """What the fuzzer begins with."""
    gateway = record(1003, address(b"\xc6\x33\x64\1") + u(65000, 65001, 65002, 1, 2, 2, 65010, 65011, 2, 1, 2, 100))
    many = [header(frame(1)), record(1001, u(10, 1, 20, 0xffffffff)), record(1002, address(bytes(16)) + u(64, 48)), gateway,
            record(1004, u(106) + opaque(b"alice") + u(106) + opaque(b"bob")), record(1005, u(1) + opaque(b"/x") + opaque(b"h")),
            record(1006, address(b"\xc0\0\2\1") + u(1, 0x641ff, 0)), record(1007, address(b"\xcb\0\x71\1") * 2),
            record(1012, u(1, 0x8100000a)), record(1014, opaque(b"net") + bytes(40)), record(1020, u(1, 2)), record(1030, u(42)),
            record(1024, u(100, 17, 0xc0000201, 0xc0000202, 1, 4789, 0, 0)), record(0x2260007, u(1)), record(0x2260007, u(2))]
    named = {
        "flow": datagram(1, 1, [flow(1, [header(frame(1))])]),
        "extended": datagram(1, 1, [flow(1, many)]),
        "expanded": datagram(1, 1, [record(3, u(1, 0, 7, 100, 100, 0, 0, 7, 1, 258, 1) + header(frame(1))),
                                    record(4, u(1, 2, 1, 1) + if_counters(7, 1))], bytes(16), 3),
        "counters": datagram(1, 1, [counters(1, [if_counters(7, 5), record(2, u(*range(13))), record(2000, opaque(b"host") + bytes(28))])] * 2),
        "discarded": datagram(1, 1, [record(5, u(1, 0, 7, 0, 7, 0, 258, 2) + header(frame(1)) + record(1037, u(1) + opaque(b"acl") + u(1)))]),
        "decoded": datagram(1, 1, [flow(1, [record(2, u(60) + bytes(16) + u(2048)), record(3, u(60, 6, 1, 2, 80, 443, 24, 0)),
                                            record(4, u(60, 17) + bytes(32) + u(53, 53, 0, 0))])]),
        "unknown": datagram(1, 1, [record(0x2260001, u(1, 2, 3)), record(77, b"odd")]),
        "cut": datagram(1, 1, [flow(1, many)])[:150],
        "huge-counts": u(5) + address(b"\xc0\0\2\7") + u(0, 1, 1, 0xffffffff) + record(1, u(1, 7, 1, 1, 1, 7, 8, 0xffffffff)),
        "huge-length": datagram(1, 1, [u(1, 0xfffffffc) + u(1, 7)]),
    }
    for protocol in range(1, 18):
        named["header-%d" % protocol] = datagram(1, 1, [flow(1, [header(frame(1)[14:], 60, 0, protocol)])])
    for name, data in named.items():
        with open("%s/%s" % (directory, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    {"losses": losses, "before": before, "after": after, "sources": sources, "agents": agents, "mixed": mixed, "corpus": corpus}[sys.argv[1]](sys.argv[2])
