# SPDX-License-Identifier: BSD-2-Clause
"""replay_times.py make PCAP | expect FORMAT DRY RUN BEFORE AFTER: flows at the edges of what the protocols can
say of times, counters and interfaces; and what must have become of each, by the letter of nfseal-replay(1).
A flow is known by its destination port."""
import collections
import json
import socket
import struct
import sys
from datetime import datetime, timezone

import exporter

DAY = 86400000
NOW = exporter.START * 1000
LAST = ((1 << 32) - 1) * 1000 - 999  # the last end whose header's second has room
SPAN = ((1 << 32) - 1) // 1000       # whole seconds in 32 bits of milliseconds
BIG = 1 << 32
NETFLOW = ("netflow5", "netflow9")
# what: (start, end, {format: reason}, {field: value})
FLOWS = [
    (NOW, NOW, {}, {}),
    (NOW + 1, NOW + 999, {}, {}),
    (NOW - 5 * DAY + 7, NOW - 5 * DAY + 1008, {}, {}),
    (NOW - 49 * DAY, NOW + 3, {}, {}),
    (NOW - 60 * DAY - 1, NOW - 11 * DAY + 1, {}, {}),
    (NOW - (SPAN - 1) * 1000, NOW, {}, {}),
    (NOW - (SPAN + 1) * 1000, NOW, dict.fromkeys(NETFLOW, "duration"), {}),
    (NOW - 50 * DAY, NOW, dict.fromkeys(NETFLOW, "duration"), {}),
    (NOW - 4000 * DAY + 1, NOW + 1, dict.fromkeys(NETFLOW, "duration"), {}),
    (0, 0, {}, {}), (0, 1, {}, {}), (1, 1000, {}, {}), (999, 86400001, {}, {}),
    (LAST - 1000, LAST, {}, {}), (LAST, LAST, {}, {}), (LAST - 49 * DAY, LAST - 1, {}, {}),
    (LAST, LAST + 1, dict.fromkeys(NETFLOW, "time_range"), {}),
    (LAST + 1000, LAST + DAY, dict.fromkeys(NETFLOW, "time_range"), {}),
    (NOW + 1, NOW, dict.fromkeys(NETFLOW, "time_range"), {}),
    (NOW, NOW, {}, {"bytes": BIG - 1, "packets": BIG - 1}),
    (NOW, NOW, {"netflow5": "counter_width"}, {"bytes": BIG}),
    (NOW, NOW, {"netflow5": "counter_width"}, {"packets": BIG, "bytes": BIG * BIG // 4}),
    (NOW, NOW, {}, {"in": 65535, "out": 65535}),
    (NOW, NOW, {}, {"in": 65536, "out": BIG - 1}),
    (NOW, NOW + 5, {"netflow5": "address_family"}, {"v6": True}),
    (NOW - 50 * DAY, NOW, {"netflow5": "address_family", "netflow9": "duration"}, {"v6": True}),
]
# (sysUptime of the header, FIRST, LAST) in milliseconds: the clock has wrapped between or behind them
WRAPS = [(0x2000, 0xFFFFF000, 0x1000), (0x2000, 0xFFFFE000, 0xFFFFF123), (5, 0xFFFFFFFF, 0), (0, 0x80000001, 0xFFFFFFFF)]
PARTIAL = [(None, None), (None, NOW + 123), (NOW + 45, None)]
FIRST_PORT, WRAP_PORT, PARTIAL_PORT = 1000, 2000, 3000


def record(n, start, end, more):
    hosts = [socket.inet_pton(socket.AF_INET6, "2001:db8::%d" % i) for i in (1, 2)] if more.get("v6") else \
        [b"\x0a\0\0\1", b"\x0a\0\0\2"]
    return b"".join(hosts) + struct.pack(">QQHHBIIQQ", more.get("bytes", 100), more.get("packets", 1), 4000,
                                         FIRST_PORT + n, 17, more.get("in", 1), more.get("out", 2), start, end)


def make(path):
    out = exporter.Capture(path)
    rest = ((1, 8), (2, 8), (7, 2), (11, 2), (4, 1), (10, 4), (14, 4), (152, 8), (153, 8))
    out.put(exporter.ipfix(0, exporter.template(2, 256, ((8, 4), (12, 4)) + rest) +
                           exporter.template(2, 257, ((27, 16), (28, 16)) + rest)))
    for n, (start, end, _why, more) in enumerate(FLOWS):
        body = record(n, start, end, more)
        out.put(exporter.ipfix(n, struct.pack(">HH", 257 if more.get("v6") else 256, 4 + len(body)) + body))
    fields = ((8, 4), (12, 4), (1, 4), (2, 4), (7, 2), (11, 2), (4, 1), (22, 4), (21, 4))
    for n, (uptime, first, last) in enumerate(WRAPS):
        body = b"\x0a\0\0\1\x0a\0\0\2" + struct.pack(">IIHHBII", 100, 1, 4000, WRAP_PORT + n, 17, first, last)
        sets = exporter.template(0, 256, fields) + struct.pack(">HH", 256, 4 + len(body)) + body
        out.put(exporter.v9(n, sets, uptime, domain=n), source="192.0.2.9")
    for n, (start, end) in enumerate(PARTIAL):
        known = [(152 + i, t) for i, t in enumerate((start, end)) if t is not None]
        body = b"\x0a\0\0\1\x0a\0\0\2" + struct.pack(">IIHHB", 100, 1, 4000, PARTIAL_PORT + n, 17)
        body += b"".join(struct.pack(">Q", t) for _, t in known)
        fields = ((8, 4), (12, 4), (1, 4), (2, 4), (7, 2), (11, 2), (4, 1)) + tuple((i, 8) for i, _ in known)
        out.put(exporter.ipfix(n, exporter.template(2, 256, fields) + struct.pack(">HH", 256, 4 + len(body)) + body),
                source="192.0.2.17")
    out.out.close()


def millis(text):
    if text is None:
        return None
    whole, _, part = text.rstrip("Z").partition(".")
    at = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(at.timestamp()) * 1000 + int((part + "000")[:3])


def flows(path):
    got = {}
    for line in open(path):
        r = json.loads(line)
        assert r["dst_port"] not in got, r
        got[r["dst_port"]] = r
    return got


def times(r):
    return millis(r.get("flow_start")), millis(r.get("flow_end"))


def wanted_times():
    want = {FIRST_PORT + n: flow[:2] for n, flow in enumerate(FLOWS)}
    for n, (uptime, first, last) in enumerate(WRAPS):
        want[WRAP_PORT + n] = tuple(NOW - (uptime - t) % BIG for t in (first, last))
    for n, of in enumerate(PARTIAL):
        want[PARTIAL_PORT + n] = of
    return want


def compare(fmt, before, after, refused):
    bad = []
    for port, r in before.items():
        if (port in after) == (port in refused):
            bad.append("port %d: %s: %s" % (port, "came" if port in after else "is missing", r))
        if port not in after:
            continue
        for c in ("bytes", "packets", "src_ip", "dst_ip", "src_port", "protocol", "in_if", "out_if"):
            want = r.get(c)
            if fmt == "netflow5" and c in ("in_if", "out_if") and (want or 0) > 65535:
                want = 0
            if (after[port].get(c) or 0) != (want or 0):
                bad.append("port %d: %s is %s instead of %s" % (port, c, after[port].get(c), want))
        want = times(r)
        if fmt == "netflow5":  # its records have both
            want = tuple(t if t is not None else max(x for x in want if x is not None) for t in want)
        if times(after[port]) != want:
            bad.append("port %d: %s instead of %s" % (port, times(after[port]), want))
    return bad


def check(fmt, dry, run, before, after):
    refused = {FIRST_PORT + n: f[2][fmt] for n, f in enumerate(FLOWS) if fmt in f[2]}
    before, after = flows(before), flows(after)
    refused |= {PARTIAL_PORT: "time_range"} if fmt == "netflow5" else {}
    bad = ["archived: port %d: %s instead of %s" % (p, times(before[p]), t)
           for p, t in wanted_times().items() if times(before[p]) != t]
    bad += compare(fmt, before, after, refused)
    for name in (dry, run):
        t = json.load(open(name))["targets"][0]
        if t["not_sent"] != dict(collections.Counter(refused.values())):
            bad.append("%s: not_sent is %s instead of %s" % (name, t["not_sent"], collections.Counter(refused.values())))
        if t["records"] != len(before) - len(refused):
            bad.append("%s: %d records" % (name, t["records"]))
        wide = [t["without"].get(c) for c in ("in_if", "out_if")]
        if wide != ([1, 1] if fmt == "netflow5" else [None, None]):
            bad.append("%s: interfaces that are lost: %s" % (name, wide))
    print(*bad, sep="\n")
    sys.exit(bool(bad))


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    check(*sys.argv[2:])
