# SPDX-License-Identifier: BSD-2-Clause
"""Cisco ASA's events (NSEL), NATs' events (NEL, CGN), sampled packets, labels; run by events.sh."""
import struct

from exportlab import (FLOW, V, Collected, be, case, flow, flowset, has, ip, ipfix, main, same,
                       templates9, templates10, text, v9, variable)

START = 1700000000000
# ASA 9: flow teardown, template 263 and its kin
ASA = [(148, 4), (8, 4), (7, 2), (10, 2), (12, 4), (11, 2), (14, 2), (4, 1), (176, 1), (177, 1), (225, 4), (226, 4),
       (227, 2), (228, 2), (233, 1), (33002, 2), (323, 8)]


def asa(event, extended, when, flow_id=7, protocol=6):
    return (be(flow_id, 4) + ip("10.0.0.1") + be(40000, 2) + be(3, 2) + ip("203.0.113.5") + be(443, 2) + be(4, 2) +
            bytes([protocol, 0, 0]) + ip("198.51.100.7") + ip("203.0.113.5") + be(51000, 2) + be(443, 2) +
            bytes([event]) + be(extended, 2) + be(when, 8))


@case
def asa_created_denied_torn_down():
    """events, extended codes, addresses behind the NAT; initiator and responder as the two ways"""
    ended = ASA + [(152, 8), (231, 4), (232, 4), (298, 4), (299, 4), (33000, 12), (33001, 12), (40000, 20)]
    acl = bytes.fromhex("0f8e7ff3fc1a030f00000000")
    got = Collected([v9(templates9((256, ASA), (263, ended)),
                        flowset(256, asa(1, 0, START + 1000) + asa(3, 1001, START + 2000)),
                        flowset(263, asa(2, 2014, START + 61500) + be(START + 1000, 8) + be(5000, 4) + be(70000, 4) +
                                be(40, 4) + be(60, 4) + acl + bytes(12) + text("corp\\jane", 20)), count=5)])
    created, denied, ended = got.rows
    has(created, firewall_event=1, src_ip="10.0.0.1", dst_ip="203.0.113.5", src_port=40000, dst_port=443, in_if=3,
        out_if=4, nat_src_ip="198.51.100.7", nat_dst_ip="203.0.113.5", nat_src_port=51000, nat_dst_port=443,
        packets=None, bytes=None, flow_start="2023-11-14T22:13:21.000000Z", flow_end="2023-11-14T22:13:21.000000Z")
    has(denied, firewall_event=3, other={"flowId": 7, "ciscoFirewallExtendedEvent": 1001})
    has(ended, firewall_event=2, bytes=5000, rev_bytes=70000, packets=40, rev_packets=60,
        flow_start="2023-11-14T22:13:21.000000Z", flow_end="2023-11-14T22:14:21.500000Z",
        other={"flowId": 7, "ciscoFirewallExtendedEvent": 2014, "ciscoIngressAclId": acl.hex(),
               "ciscoEgressAclId": "00" * 12, "ciscoUserName": "corp\\jane"})
    same(got.exporter["malformed"], {}, "malformed")


@case
def asa_counts_zero_packets():
    """octets by initiator and responder, packets zero or not at all: nothing is made of zero"""
    fields = FLOW[:5] + [(231, 4), (232, 4), (1, 4), (2, 4)]
    row = Collected([v9(templates9((256, fields)), flowset(256, flow()[:13] + be(300, 4) + be(900, 4) + bytes(8)), count=2)]).row
    has(row, bytes=300, rev_bytes=900, packets=0, rev_packets=None, other={"octetDeltaCount": 0})


@case
def asa_before_8_4():
    """elements 40001 to 40005"""
    fields = FLOW[:5] + [(40001, 4), (40002, 4), (40003, 2), (40004, 2), (40005, 1)]
    row = Collected([v9(templates9((256, fields)), flowset(256, flow()[:13] + ip("1.2.3.4") + ip("5.6.7.8") + be(1, 2) +
                                                           be(2, 2) + b"\x02"), count=2)]).row
    has(row, nat_src_ip="1.2.3.4", nat_dst_ip="5.6.7.8", nat_src_port=1, nat_dst_port=2, firewall_event=2)


@case
def nat44_events():
    """NEL: creation and deletion, in a VRF, at one time"""
    fields = [(323, 8), (230, 1), (8, 4), (225, 4), (7, 2), (227, 2), (12, 4), (226, 4), (11, 2), (228, 2), (4, 1), (234, 4)]
    value = (ip("10.0.0.1") + ip("198.51.100.7") + be(1024, 2) + be(50000, 2) + ip("203.0.113.5") + ip("203.0.113.5") +
             be(80, 2) + be(80, 2) + b"\x06" + be(9, 4))
    got = Collected([v9(templates9((256, fields)), flowset(256, be(START, 8) + b"\x04" + value + be(START + 5, 8) + b"\x05" + value),
                        count=3)])
    same(got.column("nat_event"), [4, 5], "events")
    has(got.rows[0], nat_src_ip="198.51.100.7", nat_src_port=50000, nat_dst_ip="203.0.113.5", in_vrf=9,
        flow_start="2023-11-14T22:13:20.000000Z", flow_end="2023-11-14T22:13:20.000000Z")


@case
def nat64_and_port_blocks():
    """RFC 8158: IPv6 inside, IPv4 outside; a block of ports for a subscriber"""
    fields = [(323, 8), (230, 1), (27, 16), (225, 4), (7, 2), (227, 2), (28, 16), (226, 4), (4, 1)]
    got = Collected([ipfix(templates10((256, fields)),
                           flowset(256, be(START, 8) + b"\x06" + ip("2001:db8::1") + ip("198.51.100.7") + be(1, 2) +
                                   be(2, 2) + ip("64:ff9b::cb00:7105") + ip("203.0.113.5") + b"\x11"))])
    has(got.row, src_ip="2001:db8::1", nat_src_ip="198.51.100.7", nat_dst_ip="203.0.113.5", nat_event=6)
    fields = [(323, 8), (230, 1), (8, 4), (225, 4), (361, 2), (362, 2), (363, 2), (364, 2), (463, 4), (283, 4), (284, V)]
    row = Collected([ipfix(templates10((256, fields)),
                           flowset(256, be(START, 8) + b"\x10" + ip("10.0.0.1") + ip("198.51.100.7") + be(1024, 2) +
                                   be(2047, 2) + be(1, 2) + be(1024, 2) + be(3, 4) + be(4, 4) + variable(b"pool-a"), pad=1))]).row
    has(row, nat_event=16, src_ip="10.0.0.1", nat_src_ip="198.51.100.7",
        other={"portRangeStart": 1024, "portRangeEnd": 2047, "portRangeStepSize": 1, "portRangeNumPorts": 1024,
               "natInstanceID": 3, "natPoolId": 4, "natPoolName": "pool-a"})
    fields = [(8, 4), (281, 16), (282, 16)]
    has(Collected([ipfix(templates10((256, fields)), flowset(256, ip("10.0.0.1") + ip("2001:db8::7") + ip("2001:db8::8")))]).row,
        nat_src_ip="2001:db8::7", nat_dst_ip="2001:db8::8")


@case
def labels():
    """elements 70 to 79: the top label is a column, the rest of the stack as it stands"""
    fields = FLOW + [(number, 3) for number in range(70, 80)]
    stack = [be((100 + n) << 4 | (n == 9), 3) for n in range(10)]
    row = Collected([v9(templates9((256, fields)), flowset(256, flow() + b"".join(stack)), count=2)]).row
    has(row, mpls_label=100)
    same([row["other"].get(f"mplsLabelStackSection{n}") for n in range(2, 11)], [s.hex() for s in stack[1:]], "stack")


def frame(vlan=5, flags=0x12):
    tcp = struct.pack(">HHIIBBHHH", 443, 51000, 1, 2, 0x50, flags, 1000, 0, 0)
    packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0x20, 1400, 1, 0, 63, 6, 0, ip("10.1.0.1"), ip("10.1.0.2")) + tcp
    return bytes(range(6, 12)) + bytes(range(6)) + struct.pack(">HHH", 0x8100, vlan, 0x0800), packet


@case
def sampled_frames():
    """dataLinkFrameSection, NetFlow-lite's layer2packetSectionData: the packet's own columns"""
    link, packet = frame()
    wanted = {"src_ip": "10.1.0.1", "dst_ip": "10.1.0.2", "src_port": 443, "dst_port": 51000, "protocol": 6,
              "tcp_flags": 0x12, "tos": 0x20, "ttl_min": 63, "vlan": 5, "src_mac": "00:01:02:03:04:05",
              "dst_mac": "06:07:08:09:0a:0b", "packets": 1, "bytes": 1400, "in_if": 3}
    octets = link + packet
    for fields, value in (([(312, 2), (315, len(octets))], be(1418, 2) + octets),
                          ([(315, V)], variable(octets)),
                          ([(102, 2), (103, 2), (104, len(octets))], be(0, 2) + be(len(octets), 2) + octets),
                          ([(408, 2), (315, V)], be(1, 2) + variable(octets))):
        row = Collected([ipfix(templates10((256, [(10, 4)] + fields)), flowset(256, be(3, 4) + value, pad=1))]).row
        has(row, **wanted)
        same(octets.hex() in row["other"].values(), True, "the section itself stands in other")


@case
def sampled_headers_of_ip():
    link, packet = frame()
    row = Collected([ipfix(templates10((256, [(313, V)])), flowset(256, variable(packet), pad=1))]).row
    has(row, src_ip="10.1.0.1", dst_port=51000, bytes=1400, packets=1, src_mac=None)
    # cut within TCP: what there is of it
    row = Collected([ipfix(templates10((256, [(313, 22)])), flowset(256, packet[:22]))]).row
    has(row, src_ip="10.1.0.1", dst_ip="10.1.0.2", protocol=6)
    # and the payload of a record that has the addresses itself
    row = Collected([ipfix(templates10((256, [(8, 4), (12, 4), (4, 1), (314, V)])),
                           flowset(256, ip("10.1.0.1") + ip("10.1.0.2") + b"\x06" + variable(packet[20:]), pad=1))]).row
    has(row, src_port=443, dst_port=51000, tcp_flags=0x12)


@case
def the_record_itself_has_the_last_word():
    """its own counters and ports stand; a section of another packet gives nothing; nor one from within"""
    link, packet = frame()
    row = Collected([ipfix(templates10((256, FLOW + [(315, V)])),
                           flowset(256, flow(src="10.1.0.1", dst="10.1.0.2", sport=443, packets=9, octets=999) +
                                   variable(link + packet), pad=1))]).row
    has(row, packets=9, bytes=999, protocol=17, dst_port=53, vlan=5, tos=0x20)
    row = Collected([ipfix(templates10((256, FLOW + [(315, V)])), flowset(256, flow() + variable(link + packet), pad=1))]).row
    has(row, src_ip="10.0.0.1", vlan=None, src_mac=None, tos=None)
    row = Collected([ipfix(templates10((256, [(409, 2), (315, V)])), flowset(256, be(14, 2) + variable(link + packet), pad=1))]).row
    has(row, src_ip=None, src_mac=None)
    row = Collected([ipfix(templates10((256, [(408, 2), (315, V)])), flowset(256, be(9, 2) + variable(link + packet), pad=1))]).row
    has(row, src_ip=None)


@case
def sections_at_every_length():
    link, packet = frame()
    octets = link + packet
    got = Collected([ipfix(templates10((256, [(315, V), (313, V)])),
                           flowset(256, b"".join(variable(octets[:n]) + variable(b"") for n in range(len(octets) + 1)), pad=1))])
    same(len(got.rows), len(octets) + 1, "rows")
    same([row.get("src_mac") is not None for row in got.rows][-1], True, "the whole frame")
    has(got.rows[0], src_ip=None)


if __name__ == "__main__":
    main()
