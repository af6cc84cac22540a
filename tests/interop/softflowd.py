# SPDX-License-Identifier: BSD-2-Clause
"""softflowd.py CAPTURE OURS THEIRS: are the sums of nfdump's JSON by direction of a conversation
the same?  softflowd counts the padding of short Ethernet frames as octets of the flow, and later
fragments as a conversation without ports, so these are compared by addresses and protocol."""

import collections
import json
import struct
import sys


def sums(path, with_ports):
    out = collections.defaultdict(lambda: [0, 0])
    for f in json.load(open(path)):
        ports = (f.get("src_port", 0), f.get("dst_port", 0)) if with_ports else ()
        key = (f.get("src4_addr") or f["src6_addr"], f.get("dst4_addr") or f["dst6_addr"], int(f["proto"])) + ports
        out[key][0] += f["in_packets"]
        out[key][1] += f["in_bytes"]
    return out


def padding(path):
    """Octets behind the IP packets of an Ethernet capture; and its fragments' addresses."""
    data = open(path, "rb").read()
    at, octets, fragments = 24, 0, set()
    while at < len(data):
        cap, wire = struct.unpack_from("<II", data, at + 8)
        p = data[at + 16:at + 16 + cap]
        at += 16 + cap
        kind, header = struct.unpack_from(">H", p, 12)[0], 14
        while kind in (0x8100, 0x88a8):
            kind, header = struct.unpack_from(">H", p, header + 2)[0], header + 4
        if kind == 0x800:
            octets += wire - header - struct.unpack_from(">H", p, header + 2)[0]
            if struct.unpack_from(">H", p, header + 6)[0] & 0x3fff:
                fragments.add(".".join(str(b) for b in p[header + 12:header + 16]))
        elif kind == 0x86dd:
            octets += wire - header - 40 - struct.unpack_from(">H", p, header + 4)[0]
    return octets, fragments


def main():
    capture, ours_path, theirs_path = sys.argv[1:]
    pad, fragments = padding(capture)
    bad = []
    for with_ports in (False, True):
        ours, theirs = sums(ours_path, with_ports), sums(theirs_path, with_ports)
        for key in sorted(set(ours) | set(theirs)):
            if with_ports and key[0] in fragments:
                continue
            a, b = ours.get(key, [0, 0]), theirs.get(key, [0, 0])
            if a[0] != b[0] or not a[1] <= b[1] <= a[1] + 46 * a[0]:
                bad.append(f"{key}: ours {a}, softflowd's {b}")
        total = [sum(v[i] for v in m.values()) for m in (ours, theirs) for i in (0, 1)]
        if total[0] != total[2] or total[1] + pad != total[3]:
            bad.append(f"totals: {total}, padding {pad}")
    print(f"{len(ours)} directions with ports, {total[0]} packets, {total[1]} octets; softflowd {total[3]}, "
          f"of which {pad} are padding")
    if bad or not ours:
        sys.exit("\n".join(bad[:10]) or "no flows")


main()
