# SPDX-License-Identifier: BSD-2-Clause
"""Connections against Zeek's conn.log: packets and IP bytes both ways of every connection, in a
tunnel or not, with timeouts that never end a flow.  Zeek logs the UDP datagrams that carry a tunnel
as connections too, so both layers are metered; whether a connection is in a tunnel has to agree.
Zeek's log may hold a connection twice and nfseal has a flow per use of the ports: both are summed
per conversation, and who began stays with the side that has the numbers."""

from real import FOREVER, Account, Run, captures, each

RENAMED = {"src_ip": "id.orig_h", "src_port": "id.orig_p",
           "dst_ip": "id.resp_h", "dst_port": "id.resp_p"}

FILTERED = "Zeek's script filters the packets; tshark counts as nfseal does"
MIDDLE = "the middle one of three layers: its addresses stand in the inner flow's `other`"
AMSDU = "several packets in one 802.11 frame, of which Zeek sees one: GRE is what is metered"
UNFINISHED = "Zeek counts what it could put together; of four datagrams only the first piece came"
OPTIONS = {"tunnels/teredo_bubble_with_payload.pcap": ("--tunnel-port", "teredo=3544,32900")}
KNOWN = {
    ("tunnels/geneve-vxlan-dns-truncated.pcap.core.tunnels.geneve-vxlan-truncated.conn.log",
     (True, "127.0.0.1", 26383, "127.0.0.1", 4789, 17)): (None, MIDDLE),
    ("tunnels/gre-aruba-amsdu.pcap.core.tunnels.gre-aruba-amsdu.conn.log",
     (True, "157.240.18.16", 443, "149.159.130.184", 49392, 6)): (None, AMSDU),
    ("tunnels_gtp/gtp1_gn_normal_incl_fragmentation.pcap.core.tunnels.gtp.outer_ip_frag.conn.log",
     (True, "10.131.47.185", 1923, "79.101.110.141", 80, 6)): ([27, 3204, 45, 58514], UNFINISHED),
    ("auth_change_session_keys.pcap.scripts.base.frameworks.logging.field-name-map2.conn.log",
     (False, "192.168.1.2", 49159, "192.168.1.1", 20000, 6)):
        ([5, 332, 3, 230], "Zeek leaves out the answers, whose TCP checksums are wrong"),
    ("communityid/sctp.pcap.core.unknown-ip-protocol.conn.log",
     (False, "192.168.170.8", 0, "192.168.170.56", 0, 132)):
        (None, "Zeek does not look into SCTP; the same counters are on nfseal's ports 7 and 7"),
    ("ldap/missing_krbtgt_ldap_request.pcapng.scripts.base.protocols.ldap.sasl-signed-clear-2"
     ".conn.log", (False, "192.168.10.138", 63815, "192.168.10.186", 389, 6)):
        ([14, 3618, 68, 93132], "Zeek leaves out the 1885 bytes of frame 8; tshark has them"),
    ("smtp.pcap.scripts.base.frameworks.netcontrol.packetfilter.conn.log",
     (False, "10.10.1.4", 1470, "74.53.140.153", 25, 6)): ([28, 21673, 25, 1546], FILTERED),
    ("smtp.pcap.scripts.base.frameworks.netcontrol.packetfilter.conn.log",
     (False, "192.168.133.100", 49648, "192.168.133.102", 25, 6)): ([17, 1865, 10, 690], FILTERED),
    ("tunnels_gtp/gtp1_gn_normal_incl_fragmentation.pcap.core.tunnels.gtp.outer_ip_frag.conn.log",
     (False, "239.114.155.111", 2152, "63.94.149.181", 2152, 17)):
        ([28, 4196, 80, 60770], "Zeek counts a fragmented packet once; the IP packets are these"),
}


def connections(path):
    """Rows of a conn.log as dicts; none of a log without addresses and counters."""
    names = None
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if fields[0] == "#fields":
            names = [RENAMED.get(name, name) for name in fields[1:]]
        elif names and not line.startswith("#"):
            yield dict(zip(names, fields))


def number(text):
    return 0 if text == "-" else int(text)


def theirs(row):
    icmp = row["proto"] == "icmp"
    tunnel = row.get("tunnel_parents", "-") != "-"
    key = (row["id.orig_h"], 0 if icmp else int(row["id.orig_p"]),
           row["id.resp_h"], 0 if icmp else int(row["id.resp_p"]), number(row["ip_proto"]))
    counters = [number(row[name]) for name in
                ("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes")]
    if row["history"].startswith("^"):  # Zeek turned it for its ports; the first packet says
        return (tunnel, *key[2:4], *key[:2], key[4]), counters[2:] + counters[:2]
    return (tunnel, *key), counters


def ours(f):
    key = f["src_ip"], f.get("src_port", 0), f["dst_ip"], f.get("dst_port", 0), f["protocol"]
    return (f.get("tunnel_src_ip") is not None, *key), [f["packets"], f["bytes"], f["rev_packets"], f["rev_bytes"]]


def summed(keyed):
    sums = {}
    for key, counters in keyed:
        sums[key] = [a + b for a, b in zip(counters, sums.get(key, [0, 0, 0, 0]))]
    return sums


def main():
    directory = captures("packets/zeek")
    account = Account(KNOWN)
    logs = sorted(directory.glob("**/*.conn.log"))
    inputs = [next(directory.glob(str(log.relative_to(directory)).partition(end)[0] + end))
              for log in logs for end in (".pcapng" if ".pcapng." in log.name else ".pcap",)]
    runs = each(lambda path: Run([path], *FOREVER, "--tunnels", "both",
                                 *OPTIONS.get(str(path.relative_to(directory)), ())), inputs)
    for log, run in zip(logs, runs):
        mine = summed(ours(f) for f in run.flows)
        for key, expected in summed(theirs(row) for row in connections(log)).items():
            account.equal(str(log.relative_to(directory)), key, expected, mine.get(key))
        account.equal(str(log.relative_to(directory)), "identities", [], list(run.identities()))
    account.close(least=140)


main()
