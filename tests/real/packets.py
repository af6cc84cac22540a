# SPDX-License-Identifier: BSD-2-Clause
"""Every capture: packets and bytes against capinfos, IP packets against tshark's protocol
hierarchy, the accounting identities, and a sealed archive that verifies."""

import struct

from real import Account, Run, captures, each, index, nested

IP = ("ip", "ipv6")
OF_IP = ("header_cut", "bad_header", "depth_limit")  # rejects of what is IP

NOT_DISSECTED = "tshark dissects this link type; nfseal does not, and counts it as link_type"
MACSEC = "a MACsec frame that is not encrypted; nfseal does not look behind the tag"
KNOWN = {
    ("PcapPlusPlus/null_loopback.pcap", "IP packets"):
        (2, "the third frame's family is 0x0008000f, which is none; tshark guesses"),
    ("libpcap/arcnet-rfc1051-arp-icmp-http.pcap", "IP packets"): (0, NOT_DISSECTED),
    ("tcpdump/arcnet-rfc1201-arp-icmp-http.pcap", "IP packets"): (0, NOT_DISSECTED),
    ("tcpdump/LINKTYPE_USER2_PKTAP.pcap", "IP packets"): (0, NOT_DISSECTED),
    ("tcpdump/bgp-aigp.pcap", "IP packets"): (0, NOT_DISSECTED),
    ("tcpdump/e1000g.pcap", "IP packets"): (0, NOT_DISSECTED),
    ("wireshark/tftp.pcap", "IP packets"): (0, NOT_DISSECTED),
    ("tcpdump/macsec-short-longer.pcap", "IP packets"): (0, MACSEC),
    ("tcpdump/macsec-short-valid.pcap", "IP packets"): (0, MACSEC),
    ("nDPI/fuzz-2021-10-13.pcap", "exit status"):
        (3, "the file ends inside its second record; capinfos says so too"),
}


def outermost_ip(hierarchy):
    """Frames whose outermost network layer is IP: IP's rows without an IP above them."""
    return sum(row[2] for row, inside in nested(hierarchy, IP) if not inside)


def walked(path):
    """Packets and wire bytes of a little-endian pcap file whose link type capinfos refuses."""
    data = path.read_bytes()
    assert data[:4] == b"\xd4\xc3\xb2\xa1"
    at, packets, wire = 24, 0, 0
    while at < len(data):
        kept, length = struct.unpack_from("<8xII", data, at)
        at, packets, wire = at + 16 + kept, packets + 1, wire + length
    return {"Number of packets": packets, "Data size (bytes)": wire}


def judge(account, path, name, facts, run):
    account.equal(name, "exit status", 0, run.status)
    if run.summary is None:
        account.equal(name, "summary", "one", run.messages.strip())
        return
    packets, wire = run.summary["packets"], run.summary["wire_bytes"]
    capinfos = facts.get("capinfos") or walked(path)
    account.equal(name, "packets", int(capinfos["Number of packets"]), packets["read"])
    account.equal(name, "wire bytes", int(capinfos["Data size (bytes)"]), wire["read"])
    if facts["tshark_rc"] == 0:
        rejected = packets["rejected"]
        account.equal(name, "IP packets", outermost_ip(facts["hierarchy"]),
                      packets["metered"] + sum(rejected[reason] for reason in OF_IP))
    account.equal(name, "identities", [], list(run.identities()))
    account.equal(name, "verdict", "VERIFIED", run.verdict)


def main():
    directory = captures("packets")
    account = Account(KNOWN)
    listed = list(index(directory))
    runs = each(lambda row: Run([directory / row[0]], verify=True), listed)
    for (name, _, _, facts), run in zip(listed, runs):
        judge(account, directory / name, name, facts, run)
    account.close(least=6 * 1300)


main()
