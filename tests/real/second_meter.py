# SPDX-License-Identifier: BSD-2-Clause
"""A second meter, written from nfseal-capture(1)'s METERING, gives the same flows: counters, times,
flags, direction, ToS, TTL, VLAN and MACs of every one, with the default timeouts, with short
ones that cut many flows, and one-way.

It knows little-endian pcap files of Ethernet with VLAN tags, IPv4 without fragments and IPv6
without extension headers; a capture with a packet beyond that is left out."""

import collections
import datetime
import ipaddress
import struct

from real import Account, Run, captures, each, index

# active, idle and linger in seconds (the default first), and whether flows are of one direction
MODES = (((300, 60, 5), False), ((4, 1, 0), False), ((4, 1, 0), True))
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, ACK = 1, 2, 4, 16
MAGICS = {b"\xd4\xc3\xb2\xa1": 1000, b"\x4d\x3c\xb2\xa1": 1}
TAGS = (0x8100, 0x88a8, 0x9100)


class Beyond(Exception):
    """A packet that this meter does not know."""


def frames(data):
    """(time, frame) of a pcap file; only of whole frames."""
    if data[:4] not in MAGICS or struct.unpack_from("<I", data, 20)[0] != 1:
        raise Beyond
    at = 24
    while at < len(data):
        seconds, fraction, kept, wire = struct.unpack_from("<IIII", data, at)
        if kept < wire:
            raise Beyond
        yield seconds * 10**9 + fraction * MAGICS[data[:4]], data[at + 16:at + 16 + kept]
        at += 16 + kept


def network(frame):
    """(packet, vlan, protocol's EtherType) behind the Ethernet header and its tags."""
    at, vlan = 12, None
    kind = struct.unpack_from(">H", frame, at)[0]
    while kind in TAGS:
        vlan = struct.unpack_from(">H", frame, at + 2)[0] & 0xfff if vlan is None else vlan
        at += 4
        kind = struct.unpack_from(">H", frame, at)[0]
    return frame[at + 2:], vlan, kind


def inner(packet, kind):
    """What the meter wants of an IP packet: addresses, protocol, ToS, TTL, length, payload."""
    if kind == 0x800:
        length, fragment = struct.unpack_from(">2xH2xH", packet)
        if packet[0] >> 4 != 4 or fragment & 0x3fff or length == 0 or length > len(packet):
            raise Beyond
        header = (packet[0] & 15) * 4
        return (packet[12:16], packet[16:20], packet[9], packet[1], packet[8], length,
                packet[header:length])
    length = struct.unpack_from(">H", packet, 4)[0] + 40
    if packet[0] >> 4 != 6 or length == 40 or length > len(packet):
        raise Beyond
    if packet[6] in (0, 43, 44, 51, 60, 135, 139, 140):
        raise Beyond
    tos = struct.unpack_from(">H", packet)[0] >> 4 & 255
    return packet[8:24], packet[24:40], packet[6], tos, packet[7], length, packet[40:length]


def dissected(frame):
    """The packet's fields, or None if it is none of IP."""
    packet, vlan, kind = network(frame)
    if kind in (0x806, 0x88cc, 0x888e):
        return None
    if kind not in (0x800, 0x86dd):
        raise Beyond
    src, dst, protocol, tos, ttl, length, payload = inner(packet, kind)
    if protocol in (TCP, UDP, ICMP, ICMP6) and len(payload) < (20 if protocol == TCP else 8):
        raise Beyond
    if protocol in (33, 51, 132, 136):  # DCCP, SCTP, UDP-Lite have ports, too; AH what follows it
        raise Beyond
    ports = struct.unpack_from(">HH", payload) if protocol in (TCP, UDP) else (0, 0)
    return {"src": (src, ports[0]), "dst": (dst, ports[1]), "protocol": protocol, "tos": tos,
            "ttl": ttl, "length": length, "vlan": vlan, "macs": (frame[6:12], frame[:6]),
            "flags": payload[13] if protocol == TCP else None,
            "icmp": tuple(payload[:2]) if protocol in (ICMP, ICMP6) else None}


class Flow:
    """A biflow; side 0 is the first packet's sender until a SYN says otherwise."""

    def __init__(self, p, time, before, one_way):
        """before: the flow that the active timeout cut, which this one continues."""
        self.protocol, self.vlan, self.icmp = p["protocol"], p["vlan"], p["icmp"]
        self.known = before is not None
        self.fins, self.acked = (before.fins, before.acked) if before else (set(), set())
        self.finished, self.one_way = False, one_way
        first = before is None or before.ends[0] == p["src"]
        self.ends = [p["src"], p["dst"]] if first else [p["dst"], p["src"]]
        self.macs = p["macs"] if first else p["macs"][::-1]
        self.packets, self.bytes, self.flags = [0, 0], [0, 0], [0, 0]
        self.tos, self.initial, self.ttl = [None, None], [None, None], [[], []]
        self.first = self.last = time

    def turn(self):
        for pair in (self.ends, self.packets, self.bytes, self.flags, self.tos, self.initial,
                     self.ttl):
            pair.reverse()
        self.macs = self.macs[::-1]
        self.fins, self.acked = ({1 - side for side in sides} for sides in (self.fins, self.acked))

    def add(self, p, time):
        if is_syn(p) and not self.known:
            self.known = True
            if p["src"] != self.ends[0]:
                self.turn()
        side = 0 if p["src"] == self.ends[0] else 1
        self.packets[side] += 1
        self.bytes[side] += p["length"]
        self.tos[side] = p["tos"] if self.tos[side] is None else self.tos[side]
        self.ttl[side].append(p["ttl"])
        self.first, self.last = min(self.first, time), max(self.last, time)
        if p["flags"] is not None:
            self.flags[side] |= p["flags"]
            self.initial[side] = p["flags"] if self.initial[side] is None else self.initial[side]
            self.end(p["flags"], side)

    def end(self, flags, side):
        """The connection's end: both FINs are acknowledged (of one direction: a FIN), or a reset."""
        if flags & ACK and 1 - side in self.fins:
            self.acked.add(1 - side)
        if flags & FIN:
            self.fins.add(side)
        over = flags & FIN if self.one_way else len(self.acked) == 2
        self.finished = self.finished or bool(over or flags & RST)

    def ended(self, p, time, timeouts):
        """Whether p belongs to a new flow, and the flow that it continues, if it does."""
        active, idle, linger = (seconds * 10**9 for seconds in timeouts)
        gap = max(time - self.last, self.first - time)
        if gap > (linger if self.finished else idle) or self.finished and is_syn(p):
            return True, None
        return max(time, self.last) - min(time, self.first) > active, self

    def row(self):
        row = {"flow_start": self.first, "flow_end": self.last, "protocol": self.protocol,
               "src_ip": self.ends[0][0], "dst_ip": self.ends[1][0],
               "packets": self.packets[0], "bytes": self.bytes[0],
               "rev_packets": self.packets[1], "rev_bytes": self.bytes[1],
               "tos": self.tos[0], "rev_tos": self.tos[1], "vlan": self.vlan,
               "ttl_min": min(self.ttl[0], default=0), "ttl_max": max(self.ttl[0], default=0),
               "src_mac": self.macs[0].hex(":"), "dst_mac": self.macs[1].hex(":"),
               "src_port": self.ends[0][1], "dst_port": self.ends[1][1],
               "tcp_flags": self.flags[0], "rev_tcp_flags": self.flags[1],
               "initial_tcp_flags": self.initial[0], "rev_initial_tcp_flags": self.initial[1]}
        if self.icmp:
            row |= {"icmp_type": self.icmp[0], "icmp_code": self.icmp[1]}
        return told(row)


def is_syn(p):
    return p["flags"] is not None and p["flags"] & (SYN | ACK) == SYN


def told(row):
    """What of a row is neither null nor zero, so that it can be compared."""
    return tuple(sorted((k, v) for k, v in row.items() if v not in (None, 0)))


def meter(data, timeouts, one_way):
    """The flows of a pcap file, as rows."""
    flows, done = {}, []
    for time, frame in frames(data):
        p = dissected(frame)
        if p is None:
            continue
        ends = p["src"], p["dst"]
        key = ends if one_way else frozenset(ends), p["protocol"], p["vlan"]
        flow = flows.get(key)
        before = None
        if flow is not None:
            over, before = flow.ended(p, time, timeouts)
            if over:
                done.append(flows.pop(key))
                flow = None
        if flow is None:
            flow = flows[key] = Flow(p, time, before, one_way)
        flow.add(p, time)
    return [flow.row() for flow in done + list(flows.values())]


def nanoseconds(f, name):
    """A time of nfseal's as this meter has it."""
    if f.get(name + "_ns") is not None:
        return f[name + "_ns"]
    t = datetime.datetime.fromisoformat(f[name].replace("Z", "+00:00"))
    whole = t.replace(microsecond=0)
    return int(whole.timestamp()) * 10**9 + t.microsecond * 1000


def comparable(f):
    row = {k: v for k, v in f.items() if k in COMPARED}
    row |= {name: ipaddress.ip_address(f[name]).packed for name in ("src_ip", "dst_ip")}
    row |= {name: nanoseconds(f, name) for name in ("flow_start", "flow_end")}
    return told(row)


COMPARED = ("protocol src_port dst_port packets bytes rev_packets rev_bytes tos rev_tos "
            "ttl_min ttl_max vlan src_mac dst_mac tcp_flags rev_tcp_flags initial_tcp_flags "
            "rev_initial_tcp_flags icmp_type icmp_code").split()


def attempt(path, *mode):
    try:
        return meter(path.read_bytes(), *mode)
    except (Beyond, struct.error, IndexError):
        return None


def judge(account, directory, names, timeouts, one_way):
    expected = {name: flows for name in names
                if (flows := attempt(directory / name, timeouts, one_way)) is not None}
    words = [word for option, seconds in zip(("--active", "--idle", "--linger"), timeouts)
             for word in (option, str(seconds))] + ["--uniflow"] * one_way
    runs = each(lambda name: Run([directory / name], *words), expected)
    for (name, flows), run in zip(expected.items(), runs):
        mine = collections.Counter(flows)
        theirs = collections.Counter(comparable(f) for f in run.flows)
        account.equal(name, " ".join(["flows", *words]), list((mine - theirs).elements()),
                      list((theirs - mine).elements()))


def main():
    directory = captures("packets")
    account = Account({})
    names = [name for name, kind, link, _ in index(directory)
             if kind in ("pcap", "nsecpcap") and link == "ether"]
    for mode in MODES:
        judge(account, directory, names, *mode)
    account.close(least=len(MODES) * 800)


main()
