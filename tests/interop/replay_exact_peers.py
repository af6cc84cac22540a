# SPDX-License-Identifier: BSD-2-Clause
"""For replay_exact_peers.sh:
make NETFLOW5 NETFLOW9 IPFIX OUT    one capture of what three sinks received, an exporter each, in turn
sflow OUT                           a capture of sFlow samples, in either encoding, IPv4, IPv6, tagged
records NAME NDJSON NFDUMP          the rows of `show` against nfdump's JSON, record by record
samples NDJSON NFDUMP               samples against sfcapd's flows, multiplied as it does
sums NDJSON NFACCTD                 packets and octets by addresses, protocol and ports against nfacctd's
datagrams WANT GOT                  a capture against tshark's count and octets of each datagram
Each exits 1 where there is a difference that no row of KNOWN gives a reason for."""

import collections
import ipaddress
import itertools
import json
import struct
import sys

from sflows import capture, datagram, flow, frame, from_agent, header, record, u, udp_packet

FIELDS = ["src", "dst", "proto", "sport", "dport", "first", "last", "packets", "bytes", "rev_packets", "rev_bytes"]
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58}
# (name of the capture, field) -> why some versions of nfcapd have something else there
KNOWN = {
    ("end_first", "first"): "1.7.1 exchanges the times where the template has flowEndSysUpTime before flowStartSysUpTime",
    ("end_first", "last"): "likewise",
    ("icmp_in_port", "dport"): "1.7.1 has ICMP's type from its own element only, not from NetFlow 9's port",
    ("uptime_of_0", "first"): "1.7.1 takes a time of 0, when the exporter began, for none",
    ("uptime_of_0", "last"): "likewise",
}
# Of whose records nfcapd multiplies packets and octets by the interval in NetFlow 5's header.
SAMPLED = {"sampled"}


def payloads(path):
    data, at = open(path, "rb").read(), 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16 + 28:at + 16 + size]
        at += 16 + size


def make(*paths):
    *sinks, out = paths
    packets = []
    for row in itertools.zip_longest(*map(payloads, sinks)):
        for n, data in enumerate(row):
            if data is not None:
                packets.append((1795330800, udp_packet(bytes([192, 0, 2, n + 1]), b"\xc0\0\2\xfe", 40000, 2055, data)))
    capture(out, packets)


def sflow(out):
    def frame6(n):
        ip = struct.pack(">IHBB", 6 << 28, 28, 17, 64) + bytes(15) + bytes([n + 1]) + bytes(15) + b"\2"
        return b"\2\0\0\0\0\2\2\0\0\0\0\1\x86\xdd" + ip + struct.pack(">HHHH", 1000 + n, 53, 28, 0) + bytes(20)

    def tagged(n):
        return frame(n)[:12] + b"\x81\0\0\x0a" + frame(n)[12:]

    def expanded(n, records, rate):
        return record(3, u(n, 0, 7, rate, n * rate, 0, 0, 70000, 0, 80000, len(records)) + b"".join(records))

    capture(out, [from_agent(1795330800 + i, datagram(i, 1000 * i, [
        flow(2 * i, [header(frame(i), 200 + i)], rate=512), flow(2 * i + 1, [header(frame6(i), 90)], rate=512),
        expanded(i, [header(tagged(i), 300)], 1000 + i)])) for i in range(60)])


def rows(path):
    """JSON, one object a line or an array; a last line that is not whole yet is left out."""
    text = open(path).read()
    if text.startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def millis(text):
    """2026-11-23T08:00:00.123456789Z, with or without Z and less of the fraction, as text to the millisecond."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return whole.replace(" ", "T") + "." + (fraction + "000")[:3]


def ip(text):
    return str(ipaddress.ip_address(text))


def of_show(r):
    icmp = "icmp_type" in r and r.get("protocol") in (1, 58)
    return {
        "src": ip(r.get("src_ip", "0.0.0.0")), "dst": ip(r.get("dst_ip", "0.0.0.0")), "proto": r.get("protocol", 0),
        "sport": r.get("src_port", 0),
        "dport": r["icmp_type"] * 256 + r["icmp_code"] if icmp else r.get("dst_port", 0),
        "first": millis(r["flow_start"]), "last": millis(r["flow_end"]),
        "packets": r.get("packets", 0), "bytes": r.get("bytes", 0),
        "rev_packets": r.get("rev_packets", 0), "rev_bytes": r.get("rev_bytes", 0),
    }


def of_nfdump(r):
    icmp = "icmp_type" in r
    return {
        "src": ip(r.get("src4_addr") or r.get("src6_addr")), "dst": ip(r.get("dst4_addr") or r.get("dst6_addr")),
        "proto": int(r["proto"]), "sport": r.get("src_port", 0),
        "dport": r["icmp_type"] * 256 + r["icmp_code"] if icmp else r.get("dst_port", 0),
        "first": millis(r["first"]), "last": millis(r["last"]),
        "packets": r["in_packets"], "bytes": r["in_bytes"],
        "rev_packets": r.get("out_packets", 0), "rev_bytes": r.get("out_bytes", 0),
    }


def compare(title, ours, theirs, fields):
    """Multisets of records, by these fields."""
    want, got = (collections.Counter(tuple(r[f] for f in fields) for r in side) for side in (ours, theirs))
    if not want or want != got:
        for title_of, only in (("only archived", want - got), ("only received", got - want)):
            for row in list(only)[:4]:
                print(title_of, dict(zip(fields, row)))
        sys.exit(f"{title}: {sum(want.values())} archived, {sum(got.values())} received, {sum((want - got).values())} differ")
    print(f"{title}: {sum(got.values())} records, {len(fields)} fields each")


def records(name, ours, theirs):
    times = (lambda r: r.get("sampling_interval") or 1) if name in SAMPLED else lambda r: 1
    compare(name, (multiplied(of_show(r), times(r)) for r in rows(ours)), map(of_nfdump, rows(theirs)),
            [f for f in FIELDS if (name, f) not in KNOWN])


def multiplied(r, n):
    return dict(r, packets=r["packets"] * n, bytes=r["bytes"] * n)


def samples(ours, theirs):
    """sfcapd counts the octets of the frame, not of IP, and multiplies each sample by its interval."""
    compare("sFlow", (multiplied(dict(of_show(r), bytes=r["other"]["sampled_header"]["frame_length"]),
                                 r["sampling_interval"]) for r in rows(ours)),
            map(of_nfdump, rows(theirs)), ["src", "dst", "proto", "sport", "dport", "packets", "bytes"])


def sums(ours, theirs):
    """nfacctd has no element for ICMP's type but the port of NetFlow 5, and one record of each direction."""
    want, got = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])

    def add(to, key, packets, octets):
        if packets:
            to[key][0] += packets
            to[key][1] += octets

    for r in map(of_show, rows(ours)):
        dport = 0 if r["proto"] in (1, 58) else r["dport"]
        add(want, (r["src"], r["dst"], r["proto"], r["sport"], dport), r["packets"], r["bytes"])
    for r in rows(theirs):
        if r["event_type"] == "purge":
            proto = PROTOCOLS[r["ip_proto"]]
            dport = 0 if proto in (1, 58) else r["port_dst"]
            add(got, (ip(r["ip_src"]), ip(r["ip_dst"]), proto, r["port_src"], dport), r["packets"], r["bytes"])
    if not want or want != got:
        differ = [(k, want.get(k), got.get(k)) for k in want.keys() | got.keys() if want.get(k) != got.get(k)]
        sys.exit(f"nfacctd: {len(want)} archived, {len(got)} received, {len(differ)} differ: {differ[:4]}")
    print(f"nfacctd: {len(got)} sums of packets and octets")


def datagrams(want, lengths):
    """tshark's udp.length has the 8 octets of UDP's header."""
    sent = [len(d) for d in payloads(want)]
    seen = [int(line) - 8 for line in open(lengths)]
    if not sent or sent != seen:
        sys.exit(f"tshark: {len(seen)} datagrams of {sum(seen)} octets, archived are {len(sent)} of {sum(sent)}")
    print(f"tshark: {len(seen)} datagrams, {sum(seen)} octets")


def main():
    what = {f.__name__: f for f in (make, sflow, records, samples, sums, datagrams)}
    what[sys.argv[1]](*sys.argv[2:])


main()
