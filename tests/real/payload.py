# SPDX-License-Identifier: BSD-2-Clause
"""capture --payload against the octets that tshark shows of the same packets: the first ones of
each direction in the order of the packets, without the segments that tshark calls retransmitted;
directions in which segments overlap or overtake others are left out."""

import collections
import shutil
import subprocess

from real import FOREVER, Account, Run, captures, each, skip

MOST = 300
FIELDS = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport",
          "udp.dstport", "tcp.payload", "udp.payload", "tcp.analysis.retransmission",
          "tcp.analysis.spurious_retransmission", "tcp.analysis.fast_retransmission",
          "tcp.analysis.keep_alive", "tcp.analysis.out_of_order", "tcp.flags.reset")
CAPTURES = """
    zeek/smtp.pcap zeek/ftp/bruteforce.pcap nDPI/anyconnect-vpn.pcap
    nDPI/instagram.pcap nDPI/ocs.pcap nDPI/quic-mvfst-22.pcap nDPI/telnet.pcap nDPI/weibo.pcap
    zeek/mysql/auth.pcap zeek/tls/xmpp-dialback-starttls.pcap
"""


def tsharks(path):
    """direction -> its first octets in hexadecimal; those that cannot be compared as None."""
    fields = [word for name in FIELDS for word in ("-e", name)]
    p = subprocess.run(["tshark", "-n", "-r", str(path), "-Y", "(tcp or udp) and not icmp",
                        "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields", "-E", "occurrence=f",
                        *fields], capture_output=True, check=True, text=True)
    seen = collections.defaultdict(str)
    spoilt = set()
    for line in p.stdout.splitlines():
        f = dict(zip(FIELDS, line.split("\t")))
        kind = "tcp" if f["tcp.srcport"] else "udp"
        direction = (kind, f["ip.src"] or f["ipv6.src"], f[kind + ".srcport"],
                     f["ip.dst"] or f["ipv6.dst"], f[kind + ".dstport"])
        if f["tcp.analysis.out_of_order"] or (f["tcp.flags.reset"] in ("1", "True") and f["tcp.payload"]):
            spoilt.add(direction)
        if not any(f[name] for name in FIELDS[10:14]):
            seen[direction] += f[kind + ".payload"].replace(":", "")
    return {k: v[:2 * MOST] for k, v in seen.items() if k not in spoilt}


def nfseals(flows):
    first = {}
    for flow in flows:
        kind = {6: "tcp", 17: "udp"}.get(flow["protocol"])
        if kind is None:
            continue
        a = (flow["src_ip"], str(flow["src_port"]))
        b = (flow["dst_ip"], str(flow["dst_port"]))
        first.setdefault((kind, *a, *b), flow.get("payload", ""))
        first.setdefault((kind, *b, *a), flow.get("rev_payload", ""))
    return first


def judge(name):
    path = captures("packets") / name
    run = Run([path], "--payload", str(MOST), "--key", "ports", *FOREVER)
    return name, tsharks(path), nfseals(run.flows)


def main():
    captures("packets")
    if shutil.which("tshark") is None:
        skip("tshark is not installed")
    account = Account({})
    octets = 0
    for name, theirs, ours in each(judge, CAPTURES.split()):
        for direction, want in theirs.items():
            account.equal(name, " ".join(direction), want, ours.get(direction, "absent"))
            octets += len(want) // 2
    account.equal("all", "octets are compared", True, octets > 10000)
    account.close(200)


main()
