# SPDX-License-Identifier: BSD-2-Clause
"""A second meter, written from nfseal-capture(1)'s METERING, gives the same flows: counters, times,
flags, direction, ToS, TTL, VLAN and MACs of every one, with the default timeouts, with short
ones that cut many flows, and one-way, with the packets outside of tunnels; and, of the captures
that have some, with those inside, and what is told of the tunnel.

It knows little-endian pcap files of Ethernet with VLAN tags, IPv4 without fragments and IPv6
without extension headers; IP in IP, GRE with IP or Ethernet inside, ERSPAN I and II, VXLAN, Geneve
and GTP-U; a capture with a packet beyond that is left out."""

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


# What a tunnel's carrier looks like: protocol, or UDP port; those of the others are beyond it.
IPIP, IP6, GRE = 4, 41, 47
VXLAN, GENEVE, GTPU = (4789, 8472), (6081,), (2152,)
OTHER_PROTOCOLS, OTHER_PORTS = (97, 115, 137), (4790, 3544, 1701, 4754, 6635, 5072)
LAYERS = 4


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


def gre(payload):
    """(name, id, what is inside, its EtherType) of a GRE packet; 0x6558 is Ethernet."""
    flags, kind = struct.unpack_from(">HH", payload)
    if flags & 0x4fff or kind in (0x880b, 0x883e, 0x8847, 0x8909, 0x22eb, *range(0x8200, 0x8211)):
        raise Beyond
    at = 8 if flags & 0x8000 else 4
    key = struct.unpack_from(">I", payload, at)[0] if flags & 0x2000 else None
    at += 4 * (bool(flags & 0x2000) + bool(flags & 0x1000))
    if kind != 0x88be:
        return "gre", key, payload[at:], kind
    if not flags & 0x1000:
        return "erspan", None, payload[at:], 0x6558
    session = struct.unpack_from(">H", payload, at + 2)[0] & 0x3ff
    return "erspan", session, payload[at + 8:], 0x6558


def overlay(port, data):
    """The same of a datagram to a port of VXLAN, Geneve or GTP-U; None if it is none of theirs."""
    if port in VXLAN and data[0] & 0x0c == 8:
        return "vxlan", struct.unpack_from(">I", data, 4)[0] >> 8, data[8:], 0x6558
    if port in GENEVE and not data[0] & 0xc0 and not data[1] & 0x80:
        vni = struct.unpack_from(">I", data, 4)[0] >> 8
        return "geneve", vni, data[8 + (data[0] & 63) * 4:], struct.unpack_from(">H", data, 2)[0]
    if port in GTPU and data[0] & 0xf8 == 0x30 and data[1] == 255:
        if data[0] & 4:
            raise Beyond
        packet = data[12 if data[0] & 7 else 8:]
        kind = {4: 0x800, 6: 0x86dd}.get(packet[0] >> 4, 0)
        return "gtp-u", struct.unpack_from(">I", data, 4)[0], packet, kind
    return None


def carried(p):
    """(name, id, what is inside, its EtherType) of a packet that carries a tunnel, or None."""
    if p["protocol"] in OTHER_PROTOCOLS:
        raise Beyond
    if p["protocol"] in (IPIP, IP6):
        name = f"{4 if p['protocol'] == IPIP else 6}in{4 if len(p['src'][0]) == 4 else 6}"
        return name, None, p["payload"], 0x800 if p["protocol"] == IPIP else 0x86dd
    if p["protocol"] == GRE:
        return gre(p["payload"])
    if p["protocol"] != UDP:
        return None
    ports = p["src"][1], p["dst"][1]
    if set(ports) & set(OTHER_PORTS):
        raise Beyond
    return next((found for port in reversed(ports) if len(p["payload"]) > 8
                 for found in (overlay(port, p["payload"][8:]),) if found), None)


def innermost(p, path=()):
    """The packet inside of all tunnels that p came through, or p."""
    found = carried(p)
    if found is None:
        return p
    if len(path) == LAYERS:
        raise Beyond
    name, ident, data, kind = found
    if kind == 0x6558:
        q = dissected(data)
    elif kind in (0x800, 0x86dd):
        q = fields(data, kind) | {"vlan": p["vlan"], "macs": p["macs"]}
    else:
        return p
    if q is None:
        return p
    path = (*path, {"name": name, "id": ident, "src": p["src"][0], "dst": p["dst"][0]})
    return innermost(q | {"path": path}, path)


def dissected(frame):
    """The packet's fields, or None if it is none of IP."""
    packet, vlan, kind = network(frame)
    if kind in (0x806, 0x88cc, 0x888e):
        return None
    if kind not in (0x800, 0x86dd):
        raise Beyond
    return fields(packet, kind) | {"vlan": vlan, "macs": (frame[6:12], frame[:6])}


def fields(packet, kind):
    src, dst, protocol, tos, ttl, length, payload = inner(packet, kind)
    if protocol in (TCP, UDP, ICMP, ICMP6) and len(payload) < (20 if protocol == TCP else 8):
        raise Beyond
    if protocol in (33, 51, 132, 136):  # DCCP, SCTP, UDP-Lite have ports, too; AH what follows it
        raise Beyond
    ports = struct.unpack_from(">HH", payload) if protocol in (TCP, UDP) else (0, 0)
    return {"src": (src, ports[0]), "dst": (dst, ports[1]), "protocol": protocol, "tos": tos,
            "ttl": ttl, "length": length, "payload": payload, "path": (),
            "flags": payload[13] if protocol == TCP else None,
            "icmp": tuple(payload[:2]) if protocol in (ICMP, ICMP6) else None}


class Flow:
    """A biflow; side 0 is the first packet's sender until a SYN says otherwise."""

    def __init__(self, p, time, before, one_way):
        """before: the flow that the active timeout cut, which this one continues."""
        self.protocol, self.vlan, self.icmp = p["protocol"], p["vlan"], None
        self.known = before is not None
        self.fins, self.acked = (before.fins, before.acked) if before else (set(), set())
        self.finished, self.one_way = False, one_way
        first = before is None or before.ends[0] == p["src"]
        self.ends = [p["src"], p["dst"]] if first else [p["dst"], p["src"]]
        self.macs = p["macs"] if first else p["macs"][::-1]
        self.packets, self.bytes, self.flags = [0, 0], [0, 0], [0, 0]
        self.tos, self.initial, self.ttl = [None, None], [None, None], [[], []]
        self.first = self.last = time
        self.kinds, self.ways = [layer["name"] for layer in p["path"]], [None, None]

    def turn(self):
        for pair in (self.ends, self.packets, self.bytes, self.flags, self.tos, self.initial,
                     self.ttl, self.ways):
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
        if p["path"]:
            self.ways[side] = self.ways[side] or p["path"][-1]
            self.kinds = self.kinds or [layer["name"] for layer in p["path"]]
        self.bytes[side] += p["length"]
        if side == 0 and self.packets[0] == 1:
            self.icmp = p["icmp"]
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
        row |= self.tunnel()
        if self.icmp is not None:
            row |= {"icmp_type": self.icmp[0], "icmp_code": self.icmp[1]}
        return told(row)


    def tunnel(self):
        """The forward direction's tunnel, or the other's, turned, where only that had one."""
        forward, back = self.ways
        way = forward or back
        if way is None:
            return {}
        ends = (way["src"], way["dst"])
        if forward is None and way["name"] != "erspan":
            ends = ends[::-1]
        known = forward is not None or way["name"] in ("vxlan", "geneve")
        return {"tunnel_type": "/".join(self.kinds), "tunnel_id": way["id"] if known else None,
                "tunnel_src_ip": ends[0], "tunnel_dst_ip": ends[1]}


def is_syn(p):
    return p["flags"] is not None and p["flags"] & (SYN | ACK) == SYN


def told(row):
    """What of a row is neither null nor zero, so that it can be compared."""
    return tuple(sorted((k, v) for k, v in row.items() if v not in (None, 0)))


def meter(data, timeouts, one_way, inside=False):
    """The flows of a pcap file, as rows; inside: of tunnels, None if it has none."""
    flows, done, tunnels = {}, [], 0
    for time, frame in frames(data):
        p = dissected(frame)
        if p is None:
            continue
        p = innermost(p) if inside else p
        tunnels += bool(p["path"])
        ends = p["src"], p["dst"]
        networks = tuple(layer["id"] for layer in p["path"] if layer["name"] in ("vxlan", "geneve"))
        key = ends if one_way else frozenset(ends), p["protocol"], p["vlan"], networks
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
    if inside and not tunnels:
        return None
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
    row |= {name: ipaddress.ip_address(f[name]).packed for name in ADDRESSES if f.get(name)}
    row |= {name: nanoseconds(f, name) for name in ("flow_start", "flow_end")}
    return told(row)


ADDRESSES = ("src_ip", "dst_ip", "tunnel_src_ip", "tunnel_dst_ip")
COMPARED = ("tunnel_type tunnel_id protocol src_port dst_port packets bytes rev_packets rev_bytes "
            "tos rev_tos ttl_min ttl_max vlan src_mac dst_mac tcp_flags rev_tcp_flags initial_tcp_flags "
            "rev_initial_tcp_flags icmp_type icmp_code").split()


def attempt(path, *mode):
    try:
        return meter(path.read_bytes(), *mode)
    except (Beyond, struct.error, IndexError):
        return None


def judge(account, directory, names, timeouts, one_way, inside=False):
    expected = {name: flows for name in names
                if (flows := attempt(directory / name, timeouts, one_way, inside)) is not None}
    words = [word for option, seconds in zip(("--active", "--idle", "--linger"), timeouts)
             for word in (option, str(seconds))] + ["--uniflow"] * one_way
    words += ["--tunnels", "inner" if inside else "outer"]
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
    for mode in MODES[1:]:
        judge(account, directory, names, *mode, inside=True)
    account.close(least=len(MODES) * 800 + (len(MODES) - 1) * 20)


main()
