# SPDX-License-Identifier: BSD-2-Clause
"""Biflows against ipfixprobe's results: packets, IP bytes and TCP flags of both directions,
first and last times, MACs and who began.

ipfixprobe's plugins cut a flow where their protocol begins anew (a WireGuard peer, a TLS or RTSP
request), name one flow several times (once per answer of the DNS), export question and answer apart, and leave out flows without
their protocol.  So its rows for one biflow are taken once each and summed, ours likewise with
timeouts that never end a flow, and what ipfixprobe lists is compared."""

import csv

from real import FOREVER, Account, Run, captures, each

KNOWN = {
}


def rows(path):
    """The CSV's rows as dicts; its last line is the header, with types."""
    with path.open(encoding="utf-8", newline="") as text:
        *lines, header = csv.reader(text)
    names = [field.split(" ")[1] for field in header]
    return [dict(zip(names, line)) for line in lines]


def theirs(row):
    key = (row["SRC_IP"], row["DST_IP"], int(row["SRC_PORT"]), int(row["DST_PORT"]),
           int(row["PROTOCOL"]))
    return key, (int(row["PACKETS"]), int(row["BYTES"]), int(row["PACKETS_REV"]),
                 int(row["BYTES_REV"]), int(row["TCP_FLAGS"]), int(row["TCP_FLAGS_REV"]),
                 row["TIME_FIRST"] + "Z", row["TIME_LAST"] + "Z", row["SRC_MAC"], row["DST_MAC"])


def ours(f):
    key = f["src_ip"], f["dst_ip"], f.get("src_port", 0), f.get("dst_port", 0), f["protocol"]
    return key, (f["packets"], f["bytes"], f["rev_packets"], f["rev_bytes"],
                 f.get("tcp_flags", 0), f.get("rev_tcp_flags", 0),
                 f["flow_start"], f["flow_end"], f["src_mac"], f["dst_mac"])


def turned(values):
    packets, octets, rev_packets, rev_octets, flags, rev_flags, first, last, src, dst = values
    return rev_packets, rev_octets, packets, octets, rev_flags, flags, first, last, dst, src


def biflows(keyed):
    """One per key: counters summed, flags united, the earliest and latest times.  Who sent the
    first packet is the source of what comes later, too."""
    sums = {}
    for key, values in sorted(keyed, key=lambda item: item[1][6]):
        reverse = (key[1], key[0], key[3], key[2], key[4])
        if key not in sums and reverse in sums:
            key, values = reverse, turned(values)
        if key in sums:
            before = sums[key]
            values = (*(a + b for a, b in zip(values[:4], before)),
                      values[4] | before[4], values[5] | before[5],
                      before[6], max(values[7], before[7]), *before[8:])
        sums[key] = values
    return sums


def main():
    directory = captures("packets/ipfixprobe")
    account = Account(KNOWN)
    results = sorted(directory.glob("*.csv"))
    inputs = [directory / path.name.partition(".ipfixprobe-")[0] for path in results]
    runs = each(lambda path: Run([path], *FOREVER), inputs)
    for path, run in zip(results, runs):
        mine = biflows(ours(f) for f in run.flows)
        for key, expected in biflows({theirs(row) for row in rows(path)}).items():
            account.equal(path.name, key, expected, mine.get(key))
    account.close(least=64)


main()
