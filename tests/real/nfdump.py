# SPDX-License-Identifier: BSD-2-Clause
"""Exports recorded from real devices, sent to nfcapd and read back by nfdump, beside `nfseal collect
-r`: per exporter the same flows, packets and octets, and the same ends.  Where nfdump says something
else a row of KNOWN says why; where a flow is sampled it may have multiplied."""

import collections
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from collect import nfseal_rows, write
from real import captures, skip

KNOWN = {
    "graylog_netflow-v9-1.dat": "nfcapd takes the count of NetFlow 9's header, 2 here, as a bound",
    "graylog_nprobe-netflow9-4.pcap": "nfcapd drops the records that come before their template",
    "IPFIX_Barracuda_firewall": "nfdump takes the octets of a delta of 0 where a total beside it tells them",
    "netflow5_netflow5_test_invalid02.dat": "nfcapd refuses a datagram whose count is above what it holds",
    "telegraf_issue_14370": "nfcapd refuses a template with fields of no octets",
}
# By some versions of nfdump.
AT_TIMES = {
    "IPFIX_Procera": "1.7.1 takes the IPv6 addresses, which are zero, where the IPv4 addresses are beside them",
    "pmacct_400-IPFIXv10-BMP-CISCO-SRv6-multiple-sources_traffic-00.pcap":
        "of an address that comes twice in a record nfdump takes the last, nfseal the first",
}


def port_of():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def address(octets):
    """The loopback address that stands for an exporter's of the capture."""
    return f"127.{octets[1] + 1}.{octets[2]}.{octets[3]}"


def send(path, port):
    data, at, socks = path.read_bytes(), 24, {}
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        key = address(frame[26:30]), struct.unpack(">H", frame[34:36])[0]
        if key not in socks:
            socks[key] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            socks[key].bind(key)
        socks[key].sendto(frame[42:], ("127.0.0.1", port))
        time.sleep(0.0002)
    for s in socks.values():
        s.close()


def listening(port):
    end = f":{port:04X} "
    for _ in range(200):
        if any(end in pathlib.Path(p).read_text() for p in ("/proc/net/udp", "/proc/net/udp6")):
            return
        time.sleep(0.05)
    raise TimeoutError("nfcapd does not listen")


def nfdump_sums(nfcapd, nfdump, path, directory):
    """Exporter -> (flows, packets, octets); every datagram is read before nfcapd ends."""
    directory.mkdir()
    port = port_of()
    with subprocess.Popen([nfcapd, "-w", directory, "-p", str(port), "-B", "4000000"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as collector:
        listening(port)
        send(path, port)
        while any(f":{port:04X} " in line and " 00000000:00000000 " not in line
                  for line in pathlib.Path("/proc/net/udp").read_text().splitlines()):
            time.sleep(0.05)
        time.sleep(0.3)
        collector.send_signal(signal.SIGTERM)
    text = subprocess.run([nfdump, "-R", directory, "-q", "-N", "-6", "-o", "fmt:%ra;%sa;%da;%pkt;%byt"], check=True,
                          capture_output=True, text=True).stdout
    sums, ends = {}, collections.defaultdict(collections.Counter)
    for line in text.splitlines():
        row = [x.strip() for x in line.split(";")]
        if len(row) != 5:
            continue
        flows, packets, octets = sums.get(row[0], (0, 0, 0))
        sums[row[0]] = flows + 1, packets + int(row[3]), octets + int(row[4])
        # 1.7.1 writes IPv4 of a record with IPv6 as ::a.b.c.d
        ends[row[0]][tuple(re.sub(r"^::(?=\d+\.)", "", x) for x in row[1:3])] += 1
    return sums, ends


def our_sums(rows):
    """Likewise; and with the packets and octets that sampling stands for."""
    sums, ends = {}, collections.defaultdict(collections.Counter)
    for row in rows.values():
        key = address([int(x) for x in row["exporter_ip"].split(".")])
        rate = row.get("sampling_interval", 0) or 1
        packets, octets = row.get("packets", 0), row.get("bytes", 0)
        before = sums.get(key, (0, 0, 0, 0, 0))
        sums[key] = tuple(a + b for a, b in zip(before, (1, packets, octets, packets * rate, octets * rate)))
        ends[key][row.get("src_ip", "0.0.0.0"), row.get("dst_ip", "0.0.0.0")] += 1
    return sums, ends


def main():
    directory = captures("netflow")
    nfcapd, nfdump = (shutil.which(os.environ.get("NFSEAL_" + x.upper(), x)) for x in ("nfcapd", "nfdump"))
    if nfcapd is None or nfdump is None:
        skip("nfcapd and nfdump are not installed")
    if not pathlib.Path("/proc/net/udp").exists():
        skip("no /proc/net/udp to see when nfcapd listens, nor all of 127/8 to send from")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        frames = write(directory, work / "all.pcap")
        names = {}
        rows, _ = nfseal_rows(work / "all.pcap", work)
        for (frame, _), row in rows.items():
            names[address([int(x) for x in row["exporter_ip"].split(".")])] = frames[frame][0]
        theirs, their_ends = nfdump_sums(nfcapd, nfdump, work / "all.pcap", work / "flows")
    ours, our_ends = our_sums(rows)
    bad, different = 0, set()
    for key in sorted(ours.keys() | theirs.keys()):
        name = names.get(key, key)
        mine, other = ours.get(key, (0,) * 5), theirs.get(key, (0,) * 3)
        if other in (mine[:3], (mine[0], *mine[3:])) and our_ends[key] == their_ends[key]:
            continue
        different.add(name)
        if name not in KNOWN and name not in AT_TIMES:
            bad += 1
            print(f"{name}: (flows, packets, octets) {mine[:3]}, nfdump {other}; ends that nfdump has not "
                  f"{list((our_ends[key] - their_ends[key]).items())[:3]}, nfseal has not "
                  f"{list((their_ends[key] - our_ends[key]).items())[:3]}")
    for name in KNOWN.keys() - different:
        bad += 1
        print(f"{name}: is the same now: {KNOWN[name]}")
    print(f"{len(ours)} exporters, {sum(x[0] for x in ours.values())} flows; nfdump has {sum(x[0] for x in theirs.values())}, "
          f"{len(different)} exporters differ, {bad} of them for no known reason")
    sys.exit(1 if bad or not theirs else 0)


if __name__ == "__main__":
    main()
