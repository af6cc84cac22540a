# SPDX-License-Identifier: BSD-2-Clause
"""flows.py READER FORMAT EXPECTED GOT: are the flows that a peer took from a replay those that
`nfseal show -o ndjson` prints?  READER is nfdump or nfacctd (their JSON) or tshark (-T json).  Every field
that the format carries and the peer tells is compared; exits 1 and shows flows that differ."""

import collections
import datetime
import ipaddress
import json
import re
import sys

NO_MAC = "00:00:00:00:00:00"
FLAGS = "CEUAPRSF"  # as nfdump prints them, from the highest bit


def millis(text):
    text = re.sub(r"(\.\d{3})\d*Z?$", r"\1", text.replace("Z", ""))
    t = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return round(t.timestamp() * 1000)


def there(*values):
    return tuple(v for v in values if v is not None)


def one_direction(f, reverse):
    """A flow as a record of one direction, without what NetFlow 5 does not have."""
    src, dst = ("dst", "src") if reverse else ("src", "dst")
    icmp = "icmp_type" in f and not reverse
    return {
        "first": millis(f["flow_start"]), "last": millis(f["flow_end"]),
        "src": f[src + "_ip"], "dst": f[dst + "_ip"], "proto": f["protocol"],
        "sport": f.get(src + "_port", 0),
        "dport": f["icmp_type"] * 256 + f["icmp_code"] if icmp else f.get(dst + "_port", 0),
        "flags": f.get("rev_tcp_flags" if reverse else "tcp_flags", 0) & 0xff,
        "tos": f.get("rev_tos" if reverse else "tos", 0),
        "packets": f["rev_packets" if reverse else "packets"],
        "bytes": f["rev_bytes" if reverse else "bytes"],
        "rev_packets": 0, "rev_bytes": 0, "rev_flags": 0, "rev_tos": 0,
        "vlan": 0, "src_mac": NO_MAC, "dst_mac": NO_MAC, "ttl": (), "end_reason": 0, "version": 0,
    }


def with_more(r, f, reverse):
    """And with what NetFlow 9 and IPFIX add."""
    src, dst = ("dst", "src") if reverse else ("src", "dst")
    r.update(vlan=f.get("vlan", 0), src_mac=f.get(src + "_mac", NO_MAC), dst_mac=f.get(dst + "_mac", NO_MAC),
             ttl=() if reverse else there(f.get("ttl_min"), f.get("ttl_max")),
             end_reason=f.get("end_reason", 0), version=f["ip_version"])
    return r


def expected(path, fmt):
    for line in open(path):
        f = json.loads(line)
        if fmt == "ipfix":
            r = with_more(one_direction(f, False), f, False)
            r.update(rev_packets=f.get("rev_packets", 0), rev_bytes=f.get("rev_bytes", 0),
                     rev_flags=f.get("rev_tcp_flags", 0), rev_tos=f.get("rev_tos", 0))
            yield r
            continue
        if fmt == "netflow5" and f["ip_version"] == 6:
            continue
        two = f.get("rev_packets", 0) > 0
        for reverse in (False, True):
            if not two if reverse else two and f["packets"] == 0:
                continue
            r = one_direction(f, reverse)
            yield with_more(r, f, reverse) if fmt == "netflow9" else r


def nfdump(path, _fmt):
    for f in json.load(open(path)):
        flags = f.get("tcp_flags", "").rjust(8, ".")
        icmp = "icmp_type" in f
        yield {
            "first": millis(f["first"]), "last": millis(f["last"]), "proto": int(f["proto"]),
            "src": str(ipaddress.ip_address(f.get("src4_addr") or f["src6_addr"])),
            "dst": str(ipaddress.ip_address(f.get("dst4_addr") or f["dst6_addr"])),
            "sport": f.get("src_port", 0),
            "dport": f["icmp_type"] * 256 + f["icmp_code"] if icmp else f.get("dst_port", 0),
            "flags": sum(1 << (7 - i) for i in range(8) if flags[i] == FLAGS[i]),
            "tos": f["src_tos"], "packets": f["in_packets"], "bytes": f["in_bytes"],
            "rev_packets": f.get("out_packets", 0), "rev_bytes": f.get("out_bytes", 0),
            "vlan": f.get("src_vlan", 0), "src_mac": f.get("in_src_mac", NO_MAC),
            "dst_mac": f.get("in_dst_mac", NO_MAC),
        }


def nfacctd(path, fmt):
    numbers = {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58}
    for line in open(path):
        f = json.loads(line)
        if f["event_type"] != "purge":
            continue
        yield {
            "first": millis(f["timestamp_start"]), "last": millis(f["timestamp_end"]),
            "src": f["ip_src"], "dst": f["ip_dst"], "proto": numbers[f["ip_proto"]],
            # it has no element for ICMP's type but the port of NetFlow 5
            "sport": f["port_src"], "tos": f["tos"], "packets": f["packets"], "bytes": f["bytes"],
        }


def repeated(items):
    """tshark's objects repeat their keys."""
    out = collections.defaultdict(list)
    for key, value in items:
        out[key].append(value)
    return out


def records(layer):
    for key, values in layer.items():
        for value in values:
            if re.match(r"(pdu|Flow) \d", key):
                yield flat(value, {})
            elif isinstance(value, dict):
                yield from records(value)


def flat(record, out):
    for key, values in record.items():
        for value in values:
            if isinstance(value, dict):
                flat(value, out)
            else:
                out.setdefault(key, []).append(value)
    return out


def clock(text):
    """Nov 23, 2025 08:00:00.705000000 UTC"""
    text = re.sub(r"(\.\d{6})\d* UTC", r"\1", text)
    return millis(datetime.datetime.strptime(text, "%b %d, %Y %H:%M:%S.%f").isoformat(timespec="milliseconds"))


def tshark(path, fmt):
    for packet in json.load(open(path), object_pairs_hook=repeated):
        for layer in packet["_source"][0]["layers"][0]["cflow"]:
            now = clock(layer["cflow.timestamp"][0])
            boot = now - round(float(layer.get("cflow.sysuptime", ["0"])[0]) * 1000)
            for r in records(layer):
                yield tshark_record(r, fmt, boot)


def tshark_record(r, fmt, boot):
    def at(name, index=0):
        values = r.get("cflow." + name, [])
        return int(values[index], 0) if -len(values) <= index < len(values) else 0

    def time(which):
        if "cflow.abstime" + which in r:
            return clock(r["cflow.abstime" + which][0])
        return boot + round(float(r["cflow.time" + which][0]) * 1000)

    types = ["icmp_type_code_ipv4", "icmp_type_code_ipv6"]
    icmp = sum(at(t) for t in types) + at("icmp_ipv6_type") * 256 + at("icmp_ipv6_code")
    # an element and its reverse have one name: ours come as flags reverse, forward; counters
    # forward, reverse
    both = fmt == "ipfix"
    return {
        "first": time("start"), "last": time("end"), "proto": at("protocol"),
        "src": str(ipaddress.ip_address((r.get("cflow.srcaddr") or r["cflow.srcaddrv6"])[0])),
        "dst": str(ipaddress.ip_address((r.get("cflow.dstaddr") or r["cflow.dstaddrv6"])[0])),
        "sport": at("srcport"), "dport": at("dstport") or icmp, "flags": at("tcpflags", -1),
        "tos": at("tos", -1), "packets": at("packets"), "bytes": at("octets"),
        "rev_packets": at("packets", 1) if both else 0, "rev_bytes": at("octets", 1) if both else 0,
        "rev_flags": at("tcpflags") if both and len(r.get("cflow.tcpflags", [])) > 1 else 0,
        "rev_tos": at("tos") if both and len(r.get("cflow.tos", [])) > 1 else 0,
        "vlan": at("vlanid"), "src_mac": r.get("cflow.srcmac", [NO_MAC])[0],
        "dst_mac": r.get("cflow.dstmac", [NO_MAC])[0],
        "ttl": there(*(int(r["cflow." + n][0]) for n in ("ttl_min", "ttl_max") if "cflow." + n in r)),
        "end_reason": at("flow_end_reason"), "version": at("ip_version"),
    }


def whole_seconds(r):
    """As nfacctd has the times of NetFlow 5 and 9: whole seconds before the header's whole second."""
    return dict(r, first=-(-r["first"] // 1000) * 1000, last=-(-r["last"] // 1000) * 1000)


def main():
    reader, fmt, expected_path, got_path = sys.argv[1:]
    got = list({"nfdump": nfdump, "nfacctd": nfacctd, "tshark": tshark}[reader](got_path, fmt))
    if not got:
        sys.exit("the peer has no flows")
    fields = sorted(got[0])
    count = collections.Counter(tuple(g[k] for k in fields) for g in got)
    wanted = expected(expected_path, fmt)
    if reader == "nfacctd" and fmt != "ipfix":
        wanted = map(whole_seconds, wanted)
    want = collections.Counter(tuple(e[k] for k in fields) for e in wanted)
    print(f"{reader} {fmt}: {sum(count.values())} records, {len(fields)} fields each")
    if count != want:
        for title, only in (("only archived", want - count), ("only received", count - want)):
            for row in list(only)[:5]:
                print(title, dict(zip(fields, row)))
        sys.exit(f"{sum((want - count).values())} of {sum(want.values())} differ")


main()
