# SPDX-License-Identifier: BSD-2-Clause
"""Application hints against tshark, which dissects each packet on its own: the first value that it
shows of a flow must be ours.  What nDPI's results do not tell is judged here: types and response
codes of DNS, methods, banners."""

import shutil
import subprocess

from real import CAPTURES, FOREVER, Account, Run, captures, each, skip

CAPTURED = (
    "PcapPlusPlus/DnsPackets.pcap", "PcapPlusPlus/one_ipv6_http_stream.pcap",
    "PcapPlusPlus/three_http_streams.pcap", "arkime/dns-dnskey.pcap", "arkime/dns-flags0000.pcap",
    "arkime/dns-notify.pcap", "arkime/dns-tcp.pcap", "arkime/dns-update.pcap",
    "arkime/http-500-head.pcap", "arkime/http-digestauth.pcap", "arkime/openssl-tls1_1.pcap",
    "arkime/quic33-wireshark.pcap", "arkime/ssh2.pcap", "arkime/tls13.pcap",
    "joy/ssh-dropbear-default.pcap", "joy/ssh-gex-sha256.pcap", "joy/tls10.pcap",
    "wireshark/dns-ooo.pcap", "wireshark/http-ooo.pcap", "zeek/dns-edns-ecs-weirds.pcap",
    "zeek/dns-edns-cookie.pcap", "wireshark/http.pcap",
)
FIELDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport",
          "udp.dstport", "dns.id", "dns.flags.response", "dns.qry.name", "dns.qry.type",
          "dns.flags.rcode", "tls.handshake.extensions_server_name", "http.request.method",
          "http.host", "ssh.protocol", "quic.version")
SHOWN = "dns || tls.handshake.type == 1 || http.request || ssh.protocol || quic"
KNOWN = {
}


def packets(path):
    command = ["tshark", "-n", "-r", path, "-Y", SHOWN, "-T", "fields", "-E", "occurrence=f"]
    for field in FIELDS:
        command += ["-e", field]
    out = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    for line in out.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def key(p):
    """Protocol and endpoints, without a direction."""
    protocol, layer = (6, "tcp") if p["tcp.srcport"] else (17, "udp")
    ends = ((p["ip.src"] or p["ipv6.src"], int(p[layer + ".srcport"])),
            (p["ip.dst"] or p["ipv6.dst"], int(p[layer + ".dstport"])))
    return protocol, frozenset(ends)


def ours(f):
    ends = ((f["src_ip"], f.get("src_port")), (f["dst_ip"], f.get("dst_port")))
    return f["protocol"], frozenset(ends)


def number(text):
    return int(text, 0) if text else None


def shown(flow, p):
    """What this packet tells beyond those before it, as our columns have it."""
    if p["dns.id"] and p["dns.flags.response"] == "0" and "id" not in flow:
        flow["id"] = p["dns.id"]
        name = p["dns.qry.name"]
        yield "dns_query", "." if name == "<Root>" else name
        yield "dns_type", number(p["dns.qry.type"])
    if p["dns.flags.response"] == "1" and flow.get("id") == p["dns.id"]:
        yield "dns_rcode", number(p["dns.flags.rcode"])
    for column, field in (("tls_server_name", "tls.handshake.extensions_server_name"),
                          ("http_method", "http.request.method"),
                          ("quic_version", "quic.version")):
        if p[field]:
            yield column, number(p[field]) if column == "quic_version" else p[field]
    if p["http.request.method"] and p["http.host"] and "http_method" not in flow:
        yield "http_host", p["http.host"]
    if p["ssh.protocol"]:
        yield "ssh " + p["ip.src"] + p["ipv6.src"], p["ssh.protocol"]


def judge(account, name, lines, run):
    flows = {}
    for p in lines:
        flow = flows.setdefault(key(p), {})
        for column, value in list(shown(flow, p)):
            flow.setdefault(column, value)
    metered = {}
    for f in run.flows:
        metered.setdefault(ours(f), []).append(f)
    for ends, flow in flows.items():
        flow.pop("id", None)
        f, = metered[ends]
        for column, value in flow.items():
            if column.startswith("ssh "):
                column = "ssh_banner" if column[4:] == f["src_ip"] else "rev_ssh_banner"
            account.equal(name, f"{sorted(ends[1])} {column}", value, f.get(column))


def main():
    if shutil.which("tshark") is None:
        skip("tshark is not installed")
    captures("packets")
    account = Account(KNOWN)
    paths = [CAPTURES / "packets" / name for name in CAPTURED]
    runs = each(lambda path: (list(packets(path)), Run([path], *FOREVER, "--dpi")), paths)
    for name, (lines, run) in zip(CAPTURED, runs):
        judge(account, name, lines, run)
    account.close(least=600)


main()
