# SPDX-License-Identifier: BSD-2-Clause
"""Real sFlow captures, collected and sealed: datagrams, samples and records against tshark's decode
(the facts beside the captures), sample by sample and counter by counter; the sampled headers against a
reading of their octets that shares nothing with the program's."""

import ipaddress
import json
import os
import pathlib
import struct
import sys
import tempfile

from real import NFSEAL, Account, captures, each, start

sys.path.append(str(pathlib.Path(__file__).parents[1] / "cli"))
from sflows import capture, from_agent  # noqa: E402

FLOW, COUNTERS, EXPANDED_FLOW, EXPANDED_COUNTERS = "1", "2", "3", "4"
# tshark's names of the generic counters, and the specification's
IF_COUNTERS = {
    "ifindex": "ifIndex", "iftype": "ifType", "ifspeed": "ifSpeed", "ifdirection": "ifDirection",
    "ifinoct": "ifInOctets", "ifinpkt": "ifInUcastPkts", "ifinmcast": "ifInMulticastPkts",
    "ifinbcast": "ifInBroadcastPkts", "ifindisc": "ifInDiscards", "ifinerr": "ifInErrors",
    "ifinunk": "ifInUnknownProtos", "ifoutoct": "ifOutOctets", "ifoutpkt": "ifOutUcastPkts",
    "ifoutmcast": "ifOutMulticastPkts", "ifoutbcast": "ifOutBroadcastPkts", "ifoutdisc": "ifOutDiscards",
    "ifouterr": "ifOutErrors", "ifpromisc": "ifPromiscuousMode"}
KNOWN = {}


def read_header(octets):
    """Addresses, protocol, ports, length, MACs and VLAN of an Ethernet header, as far as it goes."""
    def mac(at):
        return ":".join("%02x" % b for b in octets[at:at + 6])
    found = {"dst_mac": mac(0), "src_mac": mac(6)}
    at, kind = 14, octets[12:14]
    if kind == b"\x81\x00":
        found["vlan"] = struct.unpack(">H", octets[14:16])[0] & 0xfff
        at, kind = 18, octets[16:18]
    if kind == b"\x08\x00":
        ip, upper = octets[at:at + 20], at + 4 * (octets[at] & 15)
        found.update(src_ip=str(ipaddress.ip_address(ip[12:16])), dst_ip=str(ipaddress.ip_address(ip[16:20])),
                     protocol=ip[9], bytes=struct.unpack(">H", ip[2:4])[0], ttl_min=ip[8], tos=ip[1])
        plain = not struct.unpack(">H", ip[6:8])[0] & 0x1fff
    elif kind == b"\x86\xdd":
        ip, upper, plain = octets[at:at + 40], at + 40, octets[at + 6] in (6, 17)
        found.update(src_ip=str(ipaddress.ip_address(ip[8:24])), dst_ip=str(ipaddress.ip_address(ip[24:40])),
                     bytes=40 + struct.unpack(">H", ip[4:6])[0], ttl_min=ip[7])
        if plain:
            found["protocol"] = ip[6]
    else:
        return found
    if found.get("protocol") in (6, 17) and plain and len(octets) >= upper + 4:
        found["src_port"], found["dst_port"] = struct.unpack(">HH", octets[upper:upper + 4])
    if found.get("protocol") == 6 and plain and len(octets) >= upper + 14:
        found["tcp_flags"] = octets[upper + 13]
    return found


def pairs(fields, name):
    return [v for k, v in fields if k == name]


class Case:
    def __init__(self, name, account, source, facts):
        self.name, self.account, self.facts = name, account, facts
        with tempfile.TemporaryDirectory() as scratch:
            archive, state = os.path.join(scratch, "case"), os.path.join(scratch, "state")
            status, text, err = start(NFSEAL, "collect", "-r", str(source), "-w", archive, "--state", state, "--json")
            account.equal(name, "exit", 0, status)
            self.summary = json.loads(text)
            _, rows, _ = start(NFSEAL, "show", archive, "-o", "ndjson", "export_protocol = 105")
            self.rows = [json.loads(line) for line in rows.splitlines()]
            ledgers = sorted(pathlib.Path(archive).glob("*/*/*/*.exporters.json"))
            self.ledger = [x for f in ledgers for x in json.loads(f.read_text())["exporters"] if x["protocol"] == "sflow"]
            _, text, _ = start(NFSEAL, "verify", archive, "--state", state, "--json")
            account.equal(name, "verdict", "VERIFIED", json.loads(text)["verdict"])
        self.samples = [(g, s) for g in facts["datagrams"] for s in g["samples"]]

    def equal(self, what, expected, got):
        self.account.equal(self.name, what, expected, got)

    def judge(self):
        payloads = sum(f.get("udp_payloads", 1) for f in self.facts["files"])
        self.equal("received, of whatever protocol", payloads, self.summary["datagrams"]["received"])
        self.equal("of other protocols", payloads - self.facts["totals"]["sflow_datagrams"],
                   sum(x["messages"] for x in self.summary["exporters"] if x["protocol"] == "netflow5"))
        self.equal("datagrams", self.facts["totals"]["sflow_datagrams"],
                   sum(x["messages"] for x in self.ledger) + self.summary["datagrams"]["rejected"]["header"])
        flows = [(g, s) for g, s in self.samples if s["sampletype"] in (FLOW, EXPANDED_FLOW)]
        counters = [(g, s) for g, s in self.samples if s["sampletype"] in (COUNTERS, EXPANDED_COUNTERS)]
        self.equal("flow samples", len(flows), sum(x["samples"]["flow"] for x in self.ledger))
        self.equal("counter samples", len(counters), sum(x["samples"]["counters"] for x in self.ledger))
        self.equal("unknown samples", 0, sum(x["samples"]["unknown"] for x in self.ledger))
        self.equal("malformed", [], [x["malformed"] for x in self.ledger if x["malformed"]])
        discarded = sum(x["samples"]["discarded_packets"] for x in self.ledger)
        self.equal("all samples", self.facts["totals"]["sflow_samples"], len(flows) + len(counters) + discarded)
        self.equal("rows", len(flows) + discarded, len(self.rows))
        if not discarded:
            for n, ((datagram, sample), row) in enumerate(zip(flows, self.rows)):
                self.flow(f"flow sample {n}", datagram, sample, row)
        self.counters(counters)

    def flow(self, what, datagram, sample, row):
        said, header = row["other"]["flow_sample"], row["other"]["sampled_header"]
        self.equal(what, (sample["sequence_number"], sample["sample_pool"], sample["dropped_packets"]),
                   (str(said["sequence_number"]), str(said["sample_pool"]), str(said["drops"])))
        self.equal(what + " agent", datagram.get("agent") or datagram["v6"], row["other"]["agent"])
        self.equal(what + " sampling", (sample["sampling_rate"], 1), (str(row["sampling_interval"]), row["packets"]))
        self.equal(what + " length", sample["frame_length"], str(header["frame_length"]))
        if "input_interface" in sample:
            self.equal(what + " input", sample["input_interface"], str(row["in_if"]))
        if "fields" in sample:
            self.flow_fields(what, sample, row)

    def flow_fields(self, what, sample, row):
        fields, other = sample["fields"], row["other"]
        kind, output = pairs(fields, "output_interface_format" if "output_interface" in sample else "format")[0], \
            int(pairs(fields, "output_interface_value")[0], 0)
        told = {"0": (output, None), "1": (None, f"discarded: {output}"), "2": (None, f"interfaces: {output}")}
        self.equal(what + " output", told[kind], (row.get("out_if"), other["flow_sample"].get("output")))
        for field, expected in read_header(bytes.fromhex(pairs(fields, "header")[0].replace(":", ""))).items():
            self.equal(f"{what} {field}", expected, row.get(field))
        self.equal(what + " stripped", pairs(fields, "payload_stripped"), [str(other["sampled_header"]["stripped"])])
        switch = other.get("extended_switch")
        if switch:
            known = [4294967295 if v is None else v for v in (switch["src_vlan"], switch["src_priority"],
                                                              switch["dst_vlan"], switch["dst_priority"])]
            self.equal(what + " switch", [int(v) for v in pairs(fields, "in") + pairs(fields, "out")], known)
        gateway = other.get("extended_gateway")
        if gateway:
            path = [n for segment in gateway["dst_as_path"] for n in next(iter(segment.values()))]
            self.equal(what + " gateway",
                       pairs(fields, "as") + pairs(fields, "srcAS") + pairs(fields, "peerAS") + pairs(fields, "dstAS") +
                       pairs(fields, "localpref"),
                       [str(v) for v in [gateway["as"], gateway["src_as"], gateway["src_peer_as"], *path,
                                         *gateway["communities"], gateway["localpref"]]])
            self.equal(what + " AS", (gateway["src_as"], path[-1]), (row["src_as"], row["dst_as"]))
        if pairs(fields, "src_mask"):
            self.equal(what + " masks", [pairs(fields, "src_mask")[0], pairs(fields, "dst_mask")[0], pairs(fields, "nexthop")[-1]],
                       [str(row["src_mask"]), str(row["dst_mask"]), row["next_hop"]])

    def counters(self, samples):
        """The first and the last of each interface, of each agent."""
        first, last = {}, {}
        told = all("fields" in s for _, s in samples)
        for datagram, sample in samples if told else []:
            index = pairs(sample["fields"], "ifindex")
            key = (datagram.get("agent") or datagram["v6"], datagram["sub_agent_id"], index[0] if index else None)
            values = {IF_COUNTERS[k]: int(v) for k, v in sample["fields"] if k in IF_COUNTERS}
            if values:
                first.setdefault(key, values)
                last[key] = values
        for x in self.ledger if told else []:
            for i in x.get("interfaces", []):
                generic = [c for c in i["counters"] if c["format"] == "if_counters"]
                key = (x["agent"], str(x["domain"]), str(generic[0]["first"]["ifIndex"])) if generic else None
                if key not in first:  # tshark gave up before it
                    continue
                for which, facts in (("first", first), ("last", last)):
                    got = {k: int(v) for k, v in generic[0][which].items() if k in IF_COUNTERS.values()}
                    self.equal(f"interface {key} {which}", facts[key], got)
                first.pop(key)
        self.equal("interfaces that are not told", {}, first)


def cases(directory, scratch):
    for facts in sorted(directory.rglob("*sflow*.facts.json")):
        known = json.loads(facts.read_text())
        file = directory / known["files"][0]["file"]
        if file.suffix == ".bin":  # a payload
            file = pathlib.Path(scratch) / (known["group"].replace(" ", "-") + ".pcap")
            capture(file, [from_agent(1700000000, (directory / known["files"][0]["file"]).read_bytes())])
        yield known["group"], file, known


def main():
    directory, account = captures("netflow"), Account(KNOWN)
    with tempfile.TemporaryDirectory() as scratch:
        each(lambda case: Case(case[0], account, *case[1:]).judge(), list(cases(directory, scratch)))
    account.close(least=20000)


main()
