# SPDX-License-Identifier: BSD-2-Clause
"""Exports of some thirty kinds of devices, as `nfseal collect -r` decodes them: datagrams, templates,
records and sums against the facts beside them, and each record's fields against tshark's."""

import collections
import datetime
import decimal
import ipaddress
import json
import os
import pathlib
import re
import sys

import real

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
os.environ["PATH"] = str(pathlib.Path(real.NFSEAL).resolve().parent) + ":" + os.environ["PATH"]
from exportlab import Collected, datagram, read_capture  # noqa: E402


def number(text):
    return int(text, 0)


def bytes_of(text):
    return text.replace(":", "")


def instant(text):
    """tshark's "Jul 21, 2016 13:50:36.395000000 UTC", in microseconds since 1970."""
    date, time, _ = text.rsplit(" ", 2)
    when = datetime.datetime.strptime(f"{date} {time[:15]}", "%b %d, %Y %H:%M:%S.%f")
    return round(when.replace(tzinfo=datetime.timezone.utc).timestamp() * 10**6)


def ours(text):
    when = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return round(when.replace(tzinfo=datetime.timezone.utc).timestamp() * 10**6)


def address(text):
    return str(ipaddress.ip_address(text))


def hex_address(text):
    """as `other` has it"""
    return ipaddress.ip_address(text).packed.hex()


# tshark's field: our columns, the first that has a value is meant; how to read tshark's
FIELDS = {
    "srcaddr": (("src_ip",), address), "dstaddr": (("dst_ip",), address),
    "srcaddrv6": (("src_ip",), address), "dstaddrv6": (("dst_ip",), address),
    "srcport": (("src_port",), number), "dstport": (("dst_port",), number), "protocol": (("protocol",), number),
    "octets": (("bytes",), number), "packets": (("packets",), number), "tos": (("tos",), number),
    "tcpflags": (("tcp_flags",), number), "inputint": (("in_if",), number), "outputint": (("out_if",), number),
    "nexthop": (("next_hop",), address), "nexthopv6": (("next_hop",), address), "bgpnexthop": (("bgp_next_hop",), address),
    "srcas": (("src_as",), number), "dstas": (("dst_as",), number), "srcmask": (("src_mask",), number),
    "dstmask": (("dst_mask",), number), "srcmaskv6": (("src_mask",), number), "dstmaskv6": (("dst_mask",), number),
    "ip_version": (("ip_version",), number), "direction": (("direction",), number), "srcmac": (("src_mac",), str),
    "dstmac": (("dst_mac",), str), "vlanid": (("vlan",), number), "firewall_event": (("firewall_event",), number),
    "post_natsource_ipv4_address": (("nat_src_ip",), address),
    "post_natdestination_ipv4_address": (("nat_dst_ip",), address),
    "post_naptsource_transport_port": (("nat_src_port",), number),
    "post_naptdestination_transport_port": (("nat_dst_port",), number),
    "ingress_vrfid": (("in_vrf",), number), "egress_vrfid": (("out_vrf",), number),
    "icmp_ipv4_type": (("icmp_type",), number), "icmp_ipv4_code": (("icmp_code",), number),
    "initiator_octets": (("bytes",), number), "responder_octets": (("rev_bytes",), number),
    "sampling_interval": (("sampling_interval",), number), "flow_end_reason": (("end_reason",), number),
    "abstimestart": (("flow_start",), instant), "abstimeend": (("flow_end",), instant),
    "ttl_min": (("ttl_min",), number), "ttl_max": (("ttl_max",), number),
    # and of the column `other`
    "flow_id": (("other", "flowId"), number), "fw_ext_event": (("other", "ciscoFirewallExtendedEvent"), number),
    "sampler_id": (("other", "samplerId"), number), "forwarding_status": (("other", "forwardingStatus"), number),
    "post_vlanid": (("other", "postVlanId"), number), "flows": (("other", "deltaFlowCount"), number),
    "wlan_ssid": (("other", "wlanSSID"), str), "sta_mac_address": (("other", "staMacAddress"), bytes_of),
    "sta_ipv4_address": (("other", "staIPv4Address"), hex_address), "wtp_mac_address": (("other", "wtpMacAddress"), bytes_of),
    "ethernet_type": (("other", "ethernetType"), number), "layer2_segment_id": (("other", "layer2SegmentId"), number),
    "ingress_acl_id": (("other", "ciscoIngressAclId"), bytes_of), "egress_acl_id": (("other", "ciscoEgressAclId"), bytes_of),
    "aaa_username": (("other", "ciscoUserName"), str), "biflow_direction": (("other", "biflowDirection"), number),
    "post_octets": (("other", "postOctetDeltaCount"), number), "post_packets": (("other", "postPacketDeltaCount"), number),
}

# What differs, and why it is right: (facts, field) -> reason.
KNOWN = {}
for NAME, KEYS, REASON in (
        ("graylog_netflow-v9-1.dat", ("records", "sum_octets", "sum_packets"), "tshark stops at the header's count"),
        ("graylog_netflow9.pcap", ("records", "templates", "sum_octets", "sum_packets"),
         "tshark stops at the header's count, behind the first of two templates and of an options template"),
        ("graylog_nprobe-netflow9-4.pcap", ("records", "sum_octets", "sum_packets"),
         "the templates come behind the data, which waited for them"),
        ("IPFIX_Barracuda_firewall", ("sum_octets", "sum_packets"), "deltas of zero beside totals that are not"),
        ("Netflow_9_Cisco_ASA_2", ("sum_octets",), "octets of the initiator"),
        ("Netflow_9_Cisco_ASR_9000_series_template_260", ("forwarding_status",), "tshark shows the upper two bits"),
        ("ipfixcol_enterprise-from-nfv9.ipfix", ("records",), "an options template in NetFlow 9's form, which tshark cannot read"),
        ("pmacct_101-NFv9-CISCO-cust_primitives_traffic-00.pcap", ("forwarding_status",), "tshark shows the upper two bits"),
        ("pmacct_102-NFv9-CISCO-f2rd-pretag-sampling-reload_traffic-00.pcap", ("forwarding_status",),
         "tshark shows the upper two bits"),
        ("pmacct_500-IPFIXv10-BGP-CISCO-SRv6_traffic-00.pcap", ("forwarding_status",), "tshark shows the upper two bits"),
        ("pmacct_500-IPFIXv10-BGP-CISCO-SRv6_traffic-00.pcap", ("srcaddrv6", "dstaddrv6"),
         "records have addresses of both families; the other one stands in other"),
        ("telegraf_ipfix_example", ("sum_octets", "sum_packets"), "tshark adds up deltas, and YAF sends totals"),
        ("telegraf_ipfix_pen_35632", ("abstimestart", "abstimeend"), "tshark shows the coarser of two forms"),
        ("telegraf_issue_13305", ("abstimestart", "abstimeend"), "tshark shows the coarser of two forms"),
        ("telegraf_issue_14370", ("records", "sum_octets", "sum_packets"),
         "a set two octets beyond its message: tshark gives up, Telegraf does not"),
        ("netflow5_netflow5.dat", ("flow_start",), "a millisecond before the uptime wrapped, not 49 days ahead"),
        ("rs-ipfix-rw_looper_01.bin", ("templates", "datagrams_framed"),
         "a message that says it is longer than its datagram is not taken out of a capture")):
    for KEY in KEYS:
        KNOWN[NAME, KEY] = REASON

# A field of zeros lost its column to another element that says the same and is not zero.
ZEROS = {"0", "0.0.0.0", "::", "00:00:00:00:00:00"}


def payloads(directory, entry):
    """The export messages of a file of the facts, each as a datagram."""
    name = directory / entry["file"]
    if name.suffix in (".pcap", ".cap"):
        return read_capture(name)
    data = name.read_bytes()
    if name.suffix != ".ipfix":
        return [data]
    parts = []
    while data:
        length = int.from_bytes(data[2:4], "big")
        parts.append(data[:length])
        data = data[length:]
    return parts


def of(row, path):
    value = row.get(path[0])
    if len(path) == 1:
        return ours(value) if path[0] in ("flow_start", "flow_end") and value is not None else value
    return (value or {}).get(path[1])


def options_of(facts):
    """The ids of options templates."""
    return {int(number) for d in facts["datagrams"] for s in d["sets"] if "Options Template" in s["kind"]
            for number in re.findall(r"\d+", s["kind"])}


def compare_fields(name, facts, rows, complaints, used):
    """In their order where no record had to wait, else as many of each value."""
    options = options_of(facts)
    records = [r["fields"] for r in facts["records_decoded"] if r.get("set") not in options]
    if len(records) != len(rows):
        return 0
    compared = 0
    for field, (path, read) in FIELDS.items():
        pairs = [(of(row, path), read(record[field])) for row, record in zip(rows, records) if field in record]
        pairs = [(a, b) for a, b in pairs if str(b) not in ZEROS or a is None or str(a) in ZEROS]
        if not pairs or (field == "octets" and any("initiator_octets" in r for r in records)):
            continue
        compared += len(pairs)
        if collections.Counter(str(a) for a, _ in pairs) == collections.Counter(str(b) for _, b in pairs):
            continue
        if (name, field) in KNOWN:
            used.add((name, field))
            continue
        first = next((a, b) for a, b in pairs if str(a) != str(b))
        complaints.append(f"{name}: {field}: {first[0]!r}, tshark has {first[1]!r}")
    return compared


def compare_uptimes(name, facts, rows, complaints, used):
    """Flow times of NetFlow 5 and 9, by the clock of their datagram's header."""
    headers = {d["frame"]: d for d in facts["datagrams"]}
    options = options_of(facts)
    records = [r for r in facts["records_decoded"] if r.get("set") not in options]
    compared = 0
    for row, record in zip(rows, records) if len(records) == len(rows) else ():
        header = headers[record["frame"]]
        for field, column in (("timestart", "flow_start"), ("timeend", "flow_end")):
            if field not in record["fields"] or "abs" + field in record["fields"] or "sysuptime" not in header:
                continue
            behind = decimal.Decimal(header["sysuptime"]) - decimal.Decimal(record["fields"][field])
            wanted = int((int(header["unix_secs"]) - behind) * 10**6) + int(header.get("unix_nsecs", 0)) // 1000
            compared += 1
            if row.get(column) is not None and abs(ours(row[column]) - wanted) <= 1:
                continue
            if (name, column) in KNOWN:
                used.add((name, column))
            else:
                complaints.append(f"{name}: {column}: {row.get(column)} instead of {wanted}")
    return compared


def line_protocol(line):
    """The fields of a line of Telegraf's: name,tag=value field=value,... time"""
    found = {}
    for field in re.findall(r'([A-Za-z_0-9]+)=("[^"]*"|[^,\s]+)', line.split(" ", 1)[1]):
        found[field[0]] = field[1].strip('"').rstrip("u") if field[1][0] != '"' else field[1].strip('"')
    return found


def compare_telegraf(name, path, got, complaints):
    """Flows, applications and interfaces against what Telegraf's plugin makes of them."""
    lines = [line for line in (path.parent / "expected.out").read_text().splitlines() if line]
    theirs = collections.Counter()
    options = 0
    for line in lines:
        fields = line_protocol(line)
        if line.startswith("netflow_options") or "src" not in fields:
            options += 1
            continue
        theirs[tuple(str(fields.get(key, fields.get(other, None))) for key, other in (
            ("src", ""), ("dst", ""), ("src_port", ""), ("dst_port", ""), ("in_bytes", "in_total_bytes"),
            ("in_packets", "in_total_packets")))] += 1
    ours_ = collections.Counter(tuple(str(row.get(key)) for key in (
        "src_ip", "dst_ip", "src_port", "dst_port", "bytes", "packets")) for row in got.rows)
    if theirs != ours_:
        complaints.append(f"{name}: {list((ours_ - theirs).items())[:2]}, Telegraf has {list((theirs - ours_).items())[:2]}")
    if options != got.summary["records"]["options"]:
        complaints.append(f"{name}: {got.summary['records']['options']} option records, Telegraf has {options}")
    return len(lines)


def judge(directory, path, complaints, used):
    facts = json.loads(path.read_text())
    if "records" not in facts.get("totals", {}):
        return 0, 0  # sFlow's are compared elsewhere
    name = path.name.removesuffix(".facts.json")
    parts = [part for entry in facts["files"] for part in payloads(directory, entry)]
    got = Collected([p if isinstance(p, tuple) else datagram(p, 1700000000.0 + n) for n, p in enumerate(parts)])
    totals = facts["totals"]
    sums = {"records": sum(e["records"] + e["option_records"] for e in got.exporters),
            "templates": sum(e["templates"] + e["withdrawals"] for e in got.exporters),
            "sum_octets": sum(row.get("bytes") or 0 for row in got.rows),
            "sum_packets": sum(row.get("packets") or 0 for row in got.rows),
            "datagrams_framed": sum(e["messages"] for e in got.exporters)}
    for key, value in sums.items():
        if (name, key) in KNOWN:
            used.add((name, key))
        elif totals[key] != value:
            complaints.append(f"{name}: {key}: {value} instead of {totals[key]}")
    compared = compare_fields(name, facts, got.rows, complaints, used)
    compared += compare_uptimes(name, facts, got.rows, complaints, used)
    if path.parent.parent.name == "telegraf":
        compared += compare_telegraf(name, path, got, complaints)
    return 1, compared


def main():
    directory = real.captures("netflow")
    complaints, used = [], set()
    groups = compared = 0
    for path in sorted(directory.glob("**/*.facts.json")):
        group, fields = judge(directory, path, complaints, used)
        groups += group
        compared += fields
    complaints += [f"{key}: is no difference any more" for key in KNOWN if key not in used]
    if groups < 40 or compared < 10000:
        complaints.append(f"only {groups} groups and {compared} fields were compared")
    print("\n".join(complaints))
    print(f"{groups} groups, {compared} fields, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


main()
