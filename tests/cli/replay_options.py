# SPDX-License-Identifier: BSD-2-Clause
"""Option records in and out, for replay_options.sh: make PCAP | same BEFORE AFTER | look PCAP."""
import collections
import json
import struct
import sys

import exporter

FIELDS = exporter.FIELDS + ((10, 4), (14, 4), (234, 4), (48, 1), (21, 4), (22, 4))
COLUMNS = ("sampling_interval", "in_if_name", "out_if_name", "in_vrf_name")
UPTIME = 3600000


def options(number, scopes, fields):
    body = struct.pack(">HHH", number, 4 * len(scopes), 4 * len(fields))
    body += b"".join(struct.pack(">HH", *f) for f in scopes + fields)
    body += b"\0" * (-len(body) % 4)
    return struct.pack(">HH", 1, 4 + len(body)) + body


def filled(number, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(">HH", number, 4 + len(body)) + body


def names(number, scope, element, size, *pairs):
    body = b"".join(struct.pack(">II", 0, k) + v.encode().ljust(size, b"\0") for k, v in pairs)
    return options(number, [(1, 4)], [(scope, 4), (element, size)]) + filled(number, body)


def sampler(*pairs):
    body = b"".join(struct.pack(">IBBI", 0, k, 2, v) for k, v in pairs)
    return options(600, [(1, 4)], [(48, 1), (49, 1), (50, 4)]) + filled(600, body)


flows = 0


def rows(*of):
    """Flows of (in, out, vrf, sampler)."""
    global flows
    body = b""
    for i, o, vrf, sampled in of:
        flows += 1
        body += struct.pack(">4s4sIIHHBIIIBII", b"\x0a\0\0\1", b"\x0a\0\0\2", 100 + flows, 2, 1024 + flows, 80, 6,
                            i, o, vrf, sampled, UPTIME - 50, UPTIME - 1000)
    return filled(256, body)


def make(path):
    out = exporter.Capture(path)
    at = collections.Counter()
    template = exporter.template(0, 256, FIELDS)

    def send(source, sets, domain=7):
        key = source, domain
        out.put(exporter.v9(at[key], sets, UPTIME, exporter.START + sum(at.values()), domain), source=source)
        at[key] += 1

    a, b = "192.0.2.1", "192.0.2.9"
    long_name = "TenGigE0/0/0/27.1234 customer ACME uplink to the second core router in hall 5"
    send(a, template + rows((1, 2, 3, 0), (2, 1, 3, 1)))          # before all options
    send(a, names(601, 10, 82, 80, (1, "ge-0/0/1"), (2, long_name), (3, "lo0")) + sampler((1, 100), (2, 1000)))
    send(a, names(602, 234, 236, 40, (3, "CUSTOMERS"), (4, "a VRF whose name has more than 32 octet")))
    send(a, rows((1, 2, 3, 1), (2, 1, 4, 2), (3, 9, 0, 9), (1, 3, 3, 1)))
    # of another exporter, with the same domain and numbers that mean something else
    send(b, template + names(601, 10, 82, 80, (1, "eth0"), (2, "eth1")) + sampler((1, 50)) + rows((1, 2, 0, 1)))
    for n in range(40):
        send(a, rows((1, 2, 3, 1), (2, 3, 3, 2), (1, 3, 0, 9)))
        send(b, rows((2, 1, 0, 1)))
    send(a, names(601, 10, 82, 80, (1, "renamed")))
    send(a, rows(*[(1 + n % 3, 2, 3, 1 + n % 2) for n in range(20)]))
    send(a, template + names(601, 10, 82, 80, (1, "of domain 8")) + rows((1, 1, 0, 0)), 8)
    out.out.close()


def read(path):
    return [json.loads(line) for line in open(path)]


def same(before, after):
    key = lambda r: (r["bytes"], r["src_port"])
    old, new = sorted(read(before), key=key), sorted(read(after), key=key)
    if [key(r) for r in old] != [key(r) for r in new]:
        sys.exit("%d flows of %d" % (len(new), len(old)))
    for o, n in zip(old, new):
        for c in COLUMNS + ("in_if", "out_if", "packets", "flow_start", "flow_end"):
            if o.get(c) != n.get(c):
                sys.exit("%s is %r instead of %r: %s" % (c, n.get(c), o.get(c), o))
    seen = [len({r.get(c) for r in old}) for c in COLUMNS]
    if min(seen) < 3:
        sys.exit("the specimen is poor: %s" % seen)


def datagrams(path):
    data, at = open(path, "rb").read(), 24
    while at < len(data):
        size = int.from_bytes(data[at + 8:at + 12], "little")
        yield data[at + 16 + 28:at + 16 + size]
        at += 16 + size


def look(path):
    """Sequence numbers by the letter of both RFCs; what was told, by template."""
    expected, records, told, templates = {}, 0, collections.Counter(), {}
    for d in datagrams(path):
        version = int.from_bytes(d[:2], "big")
        if version == 10:
            sequence, domain = struct.unpack(">II", d[8:16])
            assert int.from_bytes(d[2:4], "big") == len(d), "the length"
        else:
            seconds, sequence, domain = struct.unpack(">III", d[8:20])
            assert seconds > 1600000000, "a header of %d" % seconds
        p, count = 20 if version == 9 else 16, 0
        assert expected.setdefault(domain, 0) == sequence, "sequence %d, not %d" % (sequence, expected[domain])
        while p < len(d):
            number, length = struct.unpack(">HH", d[p:p + 4])
            body, q = d[p + 4:p + length], 0
            p += length
            if number in (1, 3):
                t, first, second = struct.unpack(">HHH", body[:6])
                fields = (first + second) // 4 if version == 9 else first
                sizes = [struct.unpack(">HH", body[6 + 4 * i:10 + 4 * i]) for i in range(fields)]
                templates[domain, t] = (sum(s for _, s in sizes), [e for e, _ in sizes])
                count += version == 9
            elif number in (0, 2):
                while q + 4 <= len(body) and body[q:q + 2] != b"\0\0":
                    t, fields = struct.unpack(">HH", body[q:q + 4])
                    q, size = q + 4, 0
                    for _ in range(fields):
                        e, s = struct.unpack(">HH", body[q:q + 4])
                        q, size = q + (8 if e & 0x8000 and version == 10 else 4), size + s
                    templates[domain, t] = (size, None)
                    count += version == 9
            else:
                size, elements = templates[domain, number]
                n = len(body) // size
                assert n > 0 and len(body) - n * size < 4, "a set of %d octets, records of %d" % (len(body), size)
                count += n
                if elements is None:
                    records += n
                else:
                    assert n == 1, "%d option records in a set" % n
                    told[elements[1]] += n
        if version == 9:
            assert int.from_bytes(d[2:4], "big") == count, "the count"
        expected[domain] += 1 if version == 9 else count
    print(json.dumps({"records": records, "options": sum(told.values()),
                      **{str(k): v for k, v in sorted(told.items())}}))


{"make": make, "same": same, "look": look}[sys.argv[1]](*sys.argv[2:])
