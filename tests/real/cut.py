# SPDX-License-Identifier: BSD-2-Clause
"""Captures cut at arbitrary octets: every packet before the cut is read, a cut inside a record is
a finding with the offset where that record begins and exit status 3, one between two is none."""

import pathlib
import struct
import tempfile

from real import Account, Run, captures, each, index

LARGEST = 200_000
ONE_IN = 5       # of the captures; each is cut at these parts of its length, and before its end
PARTS = (0.003, 0.11, 0.47, 0.83)
BYTE_ORDERS = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
               b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
PACKETS = (2, 3, 6)  # block types of pcapng


def pcap_records(data):
    """(offset behind a record, packets so far); the first is the file's header."""
    order, at, packets = BYTE_ORDERS[data[:4]], 24, 0
    yield at, packets
    while at < len(data):
        at += 16 + struct.unpack_from(order + "I", data, at + 8)[0]
        packets += 1
        yield at, packets


def pcapng_blocks(data):
    order, at, packets = "<", 0, 0
    while at < len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", data, at)
        at += length
        packets += kind in PACKETS
        yield at, packets


def records(data):
    return list(pcap_records(data) if data[:4] in BYTE_ORDERS else pcapng_blocks(data))


def cuts(directory):
    """(name, octets to keep, records of the whole file)"""
    names = [name for name, _, _, facts in index(directory) if facts["capinfos_rc"] == 0
             and (directory / name).stat().st_size < LARGEST
             and (directory / name).read_bytes()[:2] != b"\x1f\x8b"]
    for name in names[::ONE_IN]:
        data = (directory / name).read_bytes()
        ends = records(data)
        first, last = ends[0][0], len(data)
        for keep in {*(first + int((last - first) * part) for part in PARTS), last - 1}:
            if keep >= first:
                yield name, keep, ends


def cut_run(directory, name, keep):
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "cut"
        path.write_bytes((directory / name).read_bytes()[:keep])
        return Run([path])


def main():
    directory = captures("packets")
    account = Account({})
    listed = list(cuts(directory))
    runs = each(lambda cut: cut_run(directory, *cut[:2]), listed)
    for (name, keep, ends), run in zip(listed, runs):
        whole, packets = max(end for end in ends if end[0] <= keep)
        findings = [] if whole == keep else [("TRUNCATED", whole)]
        what = f"cut to {keep} octets: exit status, packets, findings"
        summary = run.summary or {"packets": {"read": None}, "findings": []}
        account.equal(name, what, (3 if findings else 0, packets, findings),
                      (run.status, summary["packets"]["read"],
                       [(f["code"], f["offset"]) for f in summary["findings"]]))
        account.equal(name, "identities", [], list(run.identities()) if run.summary else None)
    account.close(least=2 * 1000)


main()
