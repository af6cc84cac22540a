# SPDX-License-Identifier: BSD-2-Clause
"""Flows of real captures go out by `capture -o udp://` in each protocol, come back by
`collect -r`, and are the same, column by column, outside what the exporter's summary announced:
columns that the protocol has no field for, flows that it cannot carry, times cut to milliseconds,
and in NetFlow 5 and 9 a record for each direction."""

import collections
import json
import pathlib
import re
import socket
import struct
import tempfile
import threading

from real import NFSEAL, Account, captures, each, index, start

FORMATS = ("netflow5", "netflow9", "ipfix")
ONE_IN = 13  # of the captures
TIMES = ("flow_start", "flow_end")
# what says whence a flow came, there and here
PROVENANCE = ("observation_domain", "export_protocol", "export_time", "exporter_ip", "exporter_port", "received",
              "datagram_segment", "datagram", "datagram_record", "message", "input", "first_frame", "sampling_interval", "other",
              "flow_start_ns", "flow_end_ns")


class Sink:
    """A collector on the loopback that keeps what it gets, datagram by datagram."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(0.2)
        self.url = f"udp://127.0.0.1:{self.sock.getsockname()[1]}"
        self.datagrams, self.ended = [], False
        self.thread = threading.Thread(target=self.receive)
        self.thread.start()

    def receive(self):
        while True:
            try:
                self.datagrams.append(self.sock.recv(65536))
            except TimeoutError:
                if self.ended:
                    return

    def write(self, path):
        self.ended = True
        self.thread.join()
        self.sock.close()
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
            for n, data in enumerate(self.datagrams):
                ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), n & 0xffff, 0, 64, 17, 0, b"\x7f\0\0\1",
                                 b"\x7f\0\0\1") + struct.pack(">HHHH", 40000, 4739, 8 + len(data), 0)
                out.write(struct.pack("<IIII", 1700000000, n, 28 + len(data), 28 + len(data)) + ip + data)


def flows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def millis(text):
    """Cut, not rounded, as the protocols' fields are."""
    seconds, fraction = re.fullmatch(r"(.*?)(?:\.(\d+))?Z", text).groups()
    return f"{seconds}.{((fraction or '') + '000')[:3]}Z"


def plain(flow, lost):
    return tuple(sorted((k, millis(v) if k in TIMES else json.dumps(v)) for k, v in flow.items()
                        if k not in PROVENANCE and k not in lost))


def directions(flow):
    """Both records of a flow, by what neither protocol changes."""
    for src, dst, rev in (("src", "dst", ""), ("dst", "src", "rev_")):
        if flow.get(rev + "packets", 0) == 0:
            continue
        yield (flow.get(src + "_ip"), flow.get(dst + "_ip"), flow.get(src + "_port", 0), flow.get(dst + "_port", 0),
               flow[rev + "packets"], flow[rev + "bytes"], (flow.get(rev + "tcp_flags") or 0) & 0xff,
               flow.get(rev + "tos") or 0, flow["protocol"], millis(flow["flow_start"]), millis(flow["flow_end"]))


def carried(flow, form):
    """NetFlow 5 has no IPv6."""
    return form != "netflow5" or ":" not in flow.get("src_ip", "") + flow.get("dst_ip", "")


def split(list_of_flows, form):
    """A multiset of records of one direction; where ICMP has type and code is each protocol's own."""
    out = collections.Counter()
    for flow in list_of_flows:
        if carried(flow, form):
            for d in directions(flow):
                out[d[:2] + d[4:] if flow["protocol"] in (1, 58) else d] += 1
    return out


def compare(account, name, form, wanted, got, target):
    if form == "ipfix":
        lost = target["without"]
        want = collections.Counter(plain(f, lost) for f in wanted)
        have = collections.Counter(plain(f, lost) for f in got)
    else:
        want, have = split(wanted, form), split(got, form)
    account.equal(name, f"{form}: flows that came back otherwise", [], list((want - have).items())[:2])
    account.equal(name, f"{form}: flows that nobody sent", [], list((have - want).items())[:2])


def run(directory, name):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        sinks = {form: Sink() for form in FORMATS}
        to = [word for form in FORMATS for word in ("--format", form, "-o", sinks[form].url)]
        status, text, messages = start(NFSEAL, "capture", "-r", str(directory / name), "--json",
                                       "-o", str(scratch / "sent.ndjson"), *to)
        summary, back = json.loads(text) if text.strip() else None, {}
        for form in FORMATS:
            sinks[form].write(scratch / f"{form}.pcap")
            out = scratch / f"{form}.ndjson"
            collected, _, said = start(NFSEAL, "collect", "-q", "-r", str(scratch / f"{form}.pcap"), "-o", str(out))
            back[form] = (collected, said, flows(out) if out.exists() else [])
        sent = flows(scratch / "sent.ndjson") if (scratch / "sent.ndjson").exists() else []
        return name, status, messages, summary, sent, back


def main():
    directory = captures("packets")
    account = Account({})
    names = [name for name, _, _, facts in index(directory) if facts["capinfos_rc"] == 0][::ONE_IN]
    for name, status, messages, summary, sent, back in each(lambda n: run(directory, n), names):
        account.equal(name, f"status ({messages[-200:]})", True, status in (0, 3) and summary is not None)
        if summary is None or not sent:
            continue
        for form, target in zip(FORMATS, summary["targets"]):
            collected, said, got = back[form]
            account.equal(name, f"{form}: {target['format']}, refused and unsent", [form, 0, 0],
                          [target["format"], target["refused_by_host"], target["unsent"]["records"]])
            if target["records"] > 0:
                account.equal(name, f"{form}: collect's status ({said[-200:]})", 0, collected)
            kinds = set(target["not_sent"]) - {"address_family"}
            if not kinds:
                compare(account, name, form, sent, got, target)
            account.equal(name, f"{form}: records", target["records"], len(got))
    account.close(1000)


main()
