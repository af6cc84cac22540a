# SPDX-License-Identifier: BSD-2-Clause
"""datagrams.py FILE: what a collector would think of the export datagrams in a sink's pcap file,
as one JSON object: version, datagrams, records, templates, and what must be 0: gaps (sequence
numbers that do not follow, as each protocol counts), unknown (data sets before their template);
most_between: datagrams from one with templates to the next; longest: octets; first, last: export
times.  NetFlow 9 has no lengths of records but its templates', which are read."""

import json
import struct
import sys


def datagrams(path):
    data = open(path, "rb").read()
    at = 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16 + 28:at + 16 + size]
        at += 16 + size


def template_fields(body, at):
    """One template record: its id, its fixed length (None if it varies), and where it ends."""
    number, count = struct.unpack_from(">HH", body, at)
    at += 4
    total = 0
    for _ in range(count):
        element, length = struct.unpack_from(">HH", body, at)
        at += 8 if element & 0x8000 and BODY_IPFIX[0] else 4
        total = None if total is None or length == 65535 else total + length
    return number, total, at


BODY_IPFIX = [False]


def sets(d, header, out, known):
    """Counts the sets of a NetFlow 9 or IPFIX message; its data records and templates."""
    at, records, templates = header, 0, 0
    while at < len(d):
        number, size = struct.unpack_from(">HH", d, at)
        body, p = d[at + 4:at + size], 0
        if number in (0, 2):
            while p + 4 <= len(body) and body[p:p + 2] != b"\0\0":
                template, total, p = template_fields(body, p)
                known[template] = total
                templates += 1
        elif number not in known:
            out["unknown"] += 1
        else:
            records += len(body) // known[number]
        at += size
    return records, templates


def main():
    out = dict(version=0, datagrams=0, records=0, templates=0, gaps=0, unknown=0, most_between=0,
               longest=0, first=None, last=None)
    known, expected, since = {}, None, 0
    for d in datagrams(sys.argv[1]):
        version, count = struct.unpack_from(">HH", d, 0)
        BODY_IPFIX[0] = version == 10
        if version == 5:
            records, templates, sequence = count, 0, struct.unpack_from(">I", d, 16)[0]
            assert len(d) == 24 + 48 * count, "the length of a NetFlow 5 datagram"
        elif version == 9:
            records, templates = sets(d, 20, out, known)
            sequence = struct.unpack_from(">I", d, 12)[0]
            assert count == records + templates, f"count {count}, {records} + {templates} records"
        else:
            assert count == len(d), "the length of an IPFIX message"
            records, templates = sets(d, 16, out, known)
            sequence = struct.unpack_from(">I", d, 8)[0]
        out["gaps"] += expected is not None and sequence != expected
        expected = sequence + (1 if version == 9 else records)
        since = 0 if templates else since + 1
        seconds = struct.unpack_from(">I", d, 4 if version == 10 else 8)[0]
        out.update(version=version, datagrams=out["datagrams"] + 1, records=out["records"] + records,
                   templates=out["templates"] + templates, most_between=max(out["most_between"], since),
                   longest=max(out["longest"], len(d)), first=out["first"] or seconds, last=seconds)
    print(json.dumps(out))


main()
