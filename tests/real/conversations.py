# SPDX-License-Identifier: BSD-2-Clause
"""Conversations against tshark's: how many pairs of addresses, how many TCP and UDP
conversations, and the frames of each, with timeouts that never end a flow and without VLANs in
the key.

tshark counts the IP packets inside tunnels too, so the outermost are metered: a capture with IP
below IP, or whose IP packets nfseal does not all meter (packets.py says why), is left out.
tshark counts a fragmented datagram once, when it is whole: where IP is followed by plain data
(what it calls a fragment) TCP and UDP are left out."""

from real import FOREVER, Account, Run, captures, each, index, nested

WRONG_UDP = "UDP's length is 0 (a jumbogram's): tshark gives it up as malformed"
SNMP = "tshark counts an SNMP request and its answer apart; its own fields give this number"
REUSED = "tshark counts a port's new use apart; its own fields give this number"
MOBILE = "tshark 4.0's list lacks packets with these extension headers; its hierarchy has them"
INNER = "tshark counts what is inside the packets as well; the frames are these"
KNOWN = {
    ("PcapPlusPlus/ip6_fragments.pcap", "ipv6"):
        ((2, 36), "tshark counts a fragmented packet once; all 36 frames are IPv6"),
    ("arkime/snmpv3_synthetic.pcap", "udp"): ((10, 12), SNMP),
    ("arkime/tcp_handshake_synthetic.pcap", "tcp"): ((14, 50), REUSED),
    ("nDPI/skinny.pcap", "udp"): ((5, 135), "RTP set up by Skinny is counted apart, as SNMP's"),
    ("nDPI/snmp.pcap", "udp"): ((17, 72), SNMP),
    ("nDPI/vnc.pcap", "tcp"): ((2, 4551), REUSED),
    ("suricata-verify/ruletype-firewall-53-snmp-v3/snmp-v3-get-bulk-unauth.pcap", "udp"):
        ((2, 8), SNMP),
    ("tcpdump/bigtcp-ipv4-geneve-ipv6.pcap", "udp"): ((1, 1), WRONG_UDP),
    ("tcpdump/bigtcp-ipv4-vxlan-ipv6.pcap", "udp"): ((1, 1), WRONG_UDP),
    ("tcpdump/bigtcp-ipv6-geneve-ipv4.pcap", "udp"): ((1, 1), WRONG_UDP),
    ("tcpdump/bigtcp-ipv6-vxlan-ipv6.pcap", "udp"): ((1, 1), WRONG_UDP),
    ("tcpdump/ipv6_mobility_1.pcap", "ipv6"): ((1, 16), MOBILE),
    ("tcpdump/of13_ericsson.pcapng", "ip"): ((1, 174), INNER),
    ("tcpdump/of13_ericsson.pcapng", "udp"): ((0, 0), INNER),
    ("zeek/mobile-ipv6/mip6_back.pcap", "ipv6"): ((1, 1), MOBILE),
    ("zeek/mobile-ipv6/mip6_brr.pcap", "ipv6"): ((1, 1), MOBILE),
    ("zeek/mobile-ipv6/mip6_cot.pcap", "ipv6"): ((1, 1), MOBILE),
    ("zeek/mobile-ipv6/mip6_hot.pcap", "ipv6"): ((1, 1), MOBILE),
    ("zeek/snmp/leak_test.pcapng", "udp"): ((40, 79), SNMP),
    ("zeek/snmp/snmpv1_get_short.pcap", "udp"): ((1, 2), SNMP),
    ("zeek/snmp/snmpv2_get_bulk.pcap", "udp"): ((1, 2), SNMP),
    ("zeek/snmp/snmpv3_get_next.pcap", "udp"): ((1, 4), SNMP),
    ("zeek/tunnels/gre-aruba-amsdu.pcap", "ip"): ((1, 1), INNER),
    ("zeek/tunnels/gre-aruba-amsdu.pcap", "tcp"): ((0, 0), INNER),
}


def plain(facts, run):
    """Whether tshark and nfseal look at the same IP packets."""
    rows = list(nested(facts["hierarchy"], ("ip", "ipv6")))
    return (facts["tshark_rc"] == 0 and not any(inside for _, inside in rows)
            and sum(row[2] for row, _ in rows) == run.summary["packets"]["metered"])


def fragments(hierarchy):
    """Whether plain data follows IP at once."""
    below = None
    for level, name, *_ in hierarchy:
        if name in ("ip", "ipv6"):
            below = level + 1
        elif name == "data" and level == below:
            return True
    return False


def conversations(flows, key):
    """Distinct keys, both directions one, and the packets of their flows."""
    seen = {tuple(sorted((key(f, "src"), key(f, "dst")))) for f in flows}
    return {"count": len(seen), "frames": sum(f["packets"] + f["rev_packets"] for f in flows)}


def addresses(f, end):
    return f[end + "_ip"]


def ports(f, end):
    return f[end + "_ip"], f.get(end + "_port", 0)


LAYERS = {
    "ip": (lambda f: f["ip_version"] == 4, addresses),
    "ipv6": (lambda f: f["ip_version"] == 6, addresses),
    "tcp": (lambda f: f["protocol"] == 6, ports),
    "udp": (lambda f: f["protocol"] == 17, ports),
}


def judge(account, name, facts, run):
    for layer, (belongs, key) in LAYERS.items():
        if layer in ("tcp", "udp") and fragments(facts["hierarchy"]):
            continue
        expected = facts["conversations"].get(layer, {"count": 0, "frames": 0})
        got = conversations([f for f in run.flows if belongs(f)], key)
        account.equal(name, layer, (expected["count"], expected["frames"]),
                      (got["count"], got["frames"]))


def main():
    directory = captures("packets")
    account = Account(KNOWN)
    listed = list(index(directory))
    runs = each(lambda row: Run([directory / row[0]], *FOREVER, "--key", "ports",
                                "--tunnels", "outer"), listed)
    for (name, _, _, facts), run in zip(listed, runs):
        if plain(facts, run):
            judge(account, name, facts, run)
    account.close(least=4 * 1100)


main()
