# SPDX-License-Identifier: BSD-2-Clause
"""Exports recorded from real devices, decoded by `nfseal collect -r` and by tshark: the same
datagrams hold the same records at the same places, and every value that tshark finds in a record
stands in its row: in the column that the element feeds, else in `other`.  All captures go into one,
each with exporters of its own.  Where tshark is the one that is wrong a row of KNOWN says why."""

import collections
import ipaddress
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from real import NFSEAL, captures, skip

HEADERS = 14 + 20 + 8  # of each frame that is made here
# tshark's names -> the column that has the value, if no other field has the precedence
COLUMNS = {
    "srcaddr": "src_ip", "srcaddrv6": "src_ip", "dstaddr": "dst_ip", "dstaddrv6": "dst_ip",
    "srcport": "src_port", "dstport": "dst_port", "protocol": "protocol", "tcpflags": "tcp_flags",
    "packets": "packets", "octets": "bytes", "tos": "tos", "inputint": "in_if", "outputint": "out_if",
    "srcas": "src_as", "dstas": "dst_as", "srcmask": "src_mask", "srcmaskv6": "src_mask", "dstmask": "dst_mask",
    "dstmaskv6": "dst_mask", "nexthop": "next_hop", "nexthopv6": "next_hop", "bgpnexthop": "bgp_next_hop",
    "vlanid": "vlan", "srcmac": "src_mac", "dstmac": "dst_mac", "direction": "direction",
    "post_natsource_ipv4_address": "nat_src_ip", "post_natdestination_ipv4_address": "nat_dst_ip",
    "firewall_event": "firewall_event", "flow_end_reason": "end_reason"}
# What tshark 4.0 shows beside a value, or in parts: the length of a string, the two halves of an
# applicationId, what it believes to know of the inside of Cisco's HTTP element.
NO_VALUES = {"timedelta", "padding", "string_len_short", "string_len_long", "appl_id.classification_engine_id",
             "appl_id.selector_id", "pie.cisco.application_http_host_app_id",
             "pie.cisco.application_http_host_sub_app_id", "pie.cisco.application_http_host"}
# Lists (RFC 6313), which tshark does not open and nfseal does; their members are in tests/cli/lists.
CLOSED = {"enterprise_private_entry"}
# (capture, what) -> how often, why tshark is the one that is wrong
KNOWN = {
    ("graylog_netflow-v9-1.dat", "a record that tshark has not"):
        (6, "it takes the count of NetFlow 9's header, 2 here, as a bound"),
    ("graylog_netflow9.pcap", "a record that tshark has not"):
        (3, "it takes the count of NetFlow 9's header, 1 here, as a bound"),
    ("telegraf_issue_14370", "a record that tshark has not"):
        (1, "it refuses a template with fields of no octets"),
}


def payloads(path):
    """(source, time, octets) of the export datagrams in a pcap of Ethernet or raw IP over IPv4."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack_from(order + "I", data, 20)[0]
    at = 24
    while at + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack_from(order + "IIII", data, at)
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        start = {1: 14, 113: 16, 276: 20}.get(link, 0)
        while link == 1 and frame[start - 2:start] in (b"\x81\x00", b"\x88\xa8"):
            start += 4
        ip = frame[start:]
        if len(ip) < 28 or ip[0] >> 4 != 4 or ip[9] != 17 or struct.unpack(">H", ip[6:8])[0] & 0x3fff:
            continue
        head = (ip[0] & 15) * 4
        source = (ip[12:16], struct.unpack(">H", ip[head:head + 2])[0])
        length = struct.unpack(">H", ip[head + 4:head + 6])[0]
        yield source, (seconds, micros), ip[head + 8:head + length]


def messages(data):
    """IPFIX messages back to back, as far as their lengths say so; else the whole as one."""
    while len(data) >= 16 and data[:2] == b"\x00\x0a":
        length = struct.unpack(">H", data[2:4])[0]
        if length < 16 or length > len(data):
            break
        yield data[:length]
        data = data[length:]
    if data:
        yield data


def is_export(data):
    return len(data) >= 16 and struct.unpack(">H", data[:2])[0] in (1, 5, 7, 9, 10)


def groups(directory):
    """(name, [(source, time, octets)]) of each capture, or of files that belong together."""
    for path in sorted(directory.rglob("*.facts.json")):
        found = []
        for n, entry in enumerate(json.loads(path.read_text())["files"]):
            file = directory / entry["file"]
            if not file.is_file():
                continue
            if file.suffix == ".pcap":
                found += payloads(file)
            else:
                found += [(b"", (1700000000, n), m) for m in messages(file.read_bytes())]
        found = [x for x in found if is_export(x[2])]
        if found:
            yield path.name.removesuffix(".facts.json"), found


def frame_of(source, port, data):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0x4000, 64, 17, 0, source, bytes((10, 255, 0, 1)))
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + struct.pack(">HHHH", port, 2055, 8 + len(data), 0) + data


def write(directory, out):
    """One capture of all; frame number -> (name, datagram)."""
    names = [("", b"")]
    with open(out, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for number, (name, found) in enumerate(groups(directory)):
            sources = {}
            for source, (seconds, micros), data in found:
                k = sources.setdefault(source, len(sources))
                frame = frame_of(bytes((10, number, k >> 8, k & 255)), 4000 + k, data)
                file.write(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
                names.append((name, data))
    return names


def number_of(text):
    try:
        return int(text, 0)
    except ValueError:
        return None


class Value:
    """A field of tshark's, in every form in which a row may have it."""

    def __init__(self, field, name):
        raw = bytes.fromhex(field.get("value") or "")
        self.name, self.raw, self.show = name, raw, field.get("show") or ""
        self.forms = {raw.hex(), self.show, self.show.lower(), raw.rstrip(b"\0").decode("utf8", "replace")}
        if 0 < len(raw) <= 8:
            self.forms |= {int.from_bytes(raw, "big"), int.from_bytes(raw, "big", signed=True)}
            if len(raw) == 8:
                self.forms.add(str(int.from_bytes(raw, "big")))
        if len(raw) == 4:  # a float32
            self.forms.add(float(f"{struct.unpack('>f', raw)[0]:.9g}"))
        if len(raw) in (4, 16):
            self.forms.add(str(ipaddress.ip_address(raw)))
        if len(raw) == 6:
            self.forms.add(":".join(f"{x:02x}" for x in raw))
        if len(raw) == 3:  # a label stack entry
            self.forms.add(int.from_bytes(raw, "big") >> 4)
        if len(raw) == 2:  # a type and code of ICMP
            self.forms.add(raw[0])


def leaves(field, values):
    for child in field:
        name = (child.get("name") or "").removeprefix("cflow.")
        if child.get("unmaskedvalue"):
            continue  # bits of the field around it
        if child.get("value") and name and int(child.get("size") or 0) > 0 and name not in NO_VALUES and \
                not name.startswith("tcpflags."):
            values.append(Value(child, name))
        else:
            leaves(child, values)


def tshark_records(path):
    """(frame, offset) -> the values of the record there."""
    with subprocess.Popen(["tshark", "-n", "-r", path, "-d", "udp.port==2055,cflow", "-T", "pdml"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        records = {}
        for _, packet in ElementTree.iterparse(process.stdout):
            if packet.tag != "packet":
                continue
            frame = int(packet.find("./proto[@name='geninfo']/field[@name='num']").get("show"))
            for protocol in packet.findall("./proto[@name='cflow']"):
                for field in protocol.iter("field"):
                    if re.match(r"(Flow|pdu) \d+", field.get("show") or ""):
                        values = []
                        leaves(field, values)
                        records[frame, int(field.get("pos")) - HEADERS] = values
            packet.clear()
        return records


def flat(value, out):
    """Every value of `other`, lists and their members too."""
    if isinstance(value, dict):
        for v in value.values():
            flat(v, out)
    elif isinstance(value, list):
        for v in value:
            flat(v, out)
    else:
        out.add(int(value) if isinstance(value, bool) else value)
        if isinstance(value, str) and number_of(value) is not None:
            out.add(number_of(value))


def nfseal_rows(path, work):
    """(frame, offset) -> row, and how many records of options there were."""
    def run(*args):
        return subprocess.run([NFSEAL, *args], check=True, capture_output=True).stdout

    told = json.loads(run("collect", "-q", "--json", "-r", path, "-w", f"{work}/a", "--state", f"{work}/s"))
    rows = {}
    for line in run("show", "-q", f"{work}/a", "--state", f"{work}/s", "-o", "ndjson").splitlines():
        row = json.loads(line)
        rows[row["first_frame"], row["datagram_record"]] = row
    return rows, told["records"]["options"]


def missing(values, row):
    """The fields whose value stands nowhere in the row.  Times have other forms: tests/real/netflow."""
    others = set()
    flat(row.get("other", {}), others)
    everywhere = others | {v for k, v in row.items() if k != "other" and not isinstance(v, (dict, list))}
    count = collections.Counter(v.name for v in values)
    for v in values:
        column = COLUMNS.get(v.name)
        if column is not None and count[v.name] == 1 and row.get(column) in v.forms:
            continue
        if "time" not in v.name and v.name not in CLOSED and not v.forms & everywhere:
            yield v


def cannot_know(data, offset, row):
    """Why tshark, which reads a datagram once and forwards, has no such record."""
    if "datagram_segment" in row:
        return "its template came behind it"
    version, count = struct.unpack(">HH", data[:4])
    if version == 5 and offset >= 24 + 48 * count:
        return "it is in another message of the same datagram"
    return None


def main():
    directory = captures("netflow")
    if shutil.which("tshark") is None:
        skip("tshark is not installed")
    with tempfile.TemporaryDirectory() as work:
        frames = write(directory, f"{work}/all.pcap")
        theirs = tshark_records(f"{work}/all.pcap")
        ours, options = nfseal_rows(f"{work}/all.pcap", work)
    complaints, examples, explained = collections.Counter(), {}, collections.Counter()

    def complain(key, what, example):
        complaints[frames[key[0]][0], what] += 1
        examples.setdefault((frames[key[0]][0], what), (key, example))

    # no rows come of options; tshark loses some of them as it loses records
    alone = theirs.keys() - ours.keys()
    if len(alone) > options:
        for key in sorted(alone):
            complain(key, "a record that nfseal has not", [(v.name, v.show) for v in theirs[key]])
    for key in sorted(ours):
        if key in theirs:
            for v in missing(theirs[key], ours[key]):
                complain(key, v.name, (v.show, v.raw.hex(), ours[key]))
            continue
        why = cannot_know(frames[key[0]][1], key[1], ours[key])
        explained[why] += 1
        if why is None:
            complain(key, "a record that tshark has not", ours[key])
    for key, (count, _) in KNOWN.items():
        if complaints.pop(key, 0) != count:
            complaints[key] = -count
            examples[key] = "it is not needed any more, or more often"
    for key, count in sorted(complaints.items()):
        print(f"{key[0]}: {key[1]}: {count} times, first {str(examples[key])[:1500]}")
    print(f"{len({name for name, _ in frames}) - 1} captures, {len(frames) - 1} datagrams, {len(theirs)} records, {options} of "
          f"them of options, {sum(map(len, theirs.values()))} values; records that tshark has not: {dict(explained)}")
    sys.exit(1 if complaints or not theirs else 0)


if __name__ == "__main__":
    main()
