# SPDX-License-Identifier: BSD-2-Clause
"""Flows and application hints against nDPI's expected results: packets each way of every flow that
it lists, and of TCP and UDP the names, JA4, ALPN, TLS and QUIC versions.

Both meters run without timeouts.  Where the two differ, a rule of RULES says who is right and why;
each difference needs one, and a rule that is never needed is a complaint."""

import collections
import ipaddress
import re

from real import FOREVER, Run, captures, each

LINE = re.compile(r"^\t\d+\t(\S+) (\S+) (?:<->|->) (\S+) (\[.*)$")
COUNT = re.compile(r"\[(\d+) pkts/\d+ bytes (?:<->|->) (\d+) pkts/\d+ bytes\]")
PROTOCOLS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPV6": 58, "SCTP": 132, "IGMP": 2}
TLS_VERSIONS = {"TLSv1": 0x301, "TLSv1.1": 0x302, "TLSv1.2": 0x303, "TLSv1.3": 0x304,
                "DTLSv1.0": 0xfeff, "DTLSv1.2": 0xfefd}
NAMES = {"tls": "tls_server_name", "dtls": "tls_server_name", "quic": "tls_server_name", "dns": "dns_query",
         "http": "http_host", "ssh": "rev_ssh_banner"}
NOTHING = {"app": None, "name": "", "ja4": None, "alpn": "", "tls_version": None, "quic": None}
LEAST = {"packets": 5300, "name": 1260, "ja4": 120, "alpn": 140, "tls_version": 165, "quic": 25}


def endpoint(text):
    """10.0.0.1:53, [2001:db8::1]:53, or an address without a port."""
    address, _, port = text.rpartition(":")
    if not (text.startswith("[") and address.endswith("]")) and "." not in address:
        address, port = text, 0
    try:
        return str(ipaddress.ip_address(address.strip("[]"))), int(port)
    except ValueError:  # nDPI writes two :: into some
        return address, int(port)


def field(rest, name):
    found = re.search(r"\[" + re.escape(name) + r": ?([^\]]*)\]", rest)
    return found.group(1) if found else None


def theirs(path):
    """(protocol, source, destination), packets each way and the rest of the line, per flow."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        row = LINE.match(line)
        if row is None or row[1] not in PROTOCOLS:
            continue
        packets = tuple(int(n) for n in COUNT.search(row[4]).groups())
        yield (PROTOCOLS[row[1]], endpoint(row[2]), endpoint(row[3])), packets, row[4]


def ours(f):
    return (f["protocol"], (f["src_ip"], f.get("src_port", 0)),
            (f["dst_ip"], f.get("dst_port", 0)))


def turned(key):
    return key[0], key[2], key[1]


class Flows:
    """Packets each way and the first of the hints, per pair of endpoints whichever began."""

    def __init__(self):
        self.packets = {}
        self.hints = {}

    def add(self, key, packets, hints):
        if key not in self.packets and turned(key) in self.packets:
            key, packets = turned(key), packets[::-1]
        before = self.packets.get(key, (0, 0))
        self.packets[key] = (before[0] + packets[0], before[1] + packets[1])
        if hints and not self.hints.get(key):
            self.hints[key] = hints

    def find(self, key):
        if key in self.packets:
            return self.packets[key], self.hints.get(key)
        packets = self.packets.get(turned(key))
        return packets and packets[::-1], self.hints.get(turned(key))


def their_hints(rest):
    version = re.search(r"\[(D?TLSv[\d.]+)\]", rest)
    return {"protocol": field(rest, "proto"),
            "name": (field(rest, "Hostname/SNI") or "").lower(),
            "ja4": field(rest, "JA4"),
            "alpn": (field(rest, "(Advertised) ALPNs") or "").replace(";", ","),
            "tls_version": version and TLS_VERSIONS[version[1]],
            "quic": quic_version(field(rest, "QUIC ver"))}


def our_hints(f):
    name = f.get(NAMES.get(f.get("app_name")), "").lower()
    several = f["packets"] + f["rev_packets"] > 2 or "dns_query" not in f
    return {"app": f.get("app_name"), "several": several, "name": name if name == "." else name.rstrip("."),
            "ja4": f.get("ja4"), "alpn": f.get("tls_alpn", ""),
            "tls_version": f.get("tls_version"), "quic": f.get("quic_version")}


def quic_version(text):
    """nDPI's word for a version as the number on the wire."""
    if text is None or re.fullmatch(r"[QT]0\d\d", text):
        return text and int.from_bytes(text.encode(), "big")
    kind, _, number = text.rpartition("-")
    base = {"V": 0, "Draft": 0xff000000, "MVFST": None}[kind]
    if base is None:
        return {"22": 0xfaceb001, "27": 0xfaceb002}[number]
    return 0x6b3343cf if text == "V-2" else base + int(number)


def same_ja4(a, b):
    """But for the letter of the name and the two of the protocol, which RULES judge."""
    return a[:3] + a[4:8] + a[10:] == b[:3] + b[4:8] + b[10:]


FRAGMENTS = {"dnscrypt-v1-and-resolver-pings.pcap", "capwap.pcap"}
TUNNELS = ("CAPWAP", "GTP", "GRE", "VXLAN", "TZSP", "L2TP")
INSIDE = {"4in4tunnel.pcap", "6in4tunnel.pcap", "capwap.pcap"}


def tunnelled(t, o):
    return o["packets"] is None and (t["capture"] in INSIDE or t["protocol"].startswith(TUNNELS))


# (what differs, when, who is right and why): when(their hints, ours).  The first that fits counts.
RULES = [
    ("packets", tunnelled, "nDPI shows what is in the tunnel"),
    ("packets", lambda t, o: t["capture"] in FRAGMENTS and o["packets"] > t["packets"],
     "nDPI counts no later fragments"),
    ("packets", lambda t, o: t["capture"].startswith("fuzz-"),
     "nDPI leaves packets out whose lengths contradict each other, and has ports of its own for them"),
    ("packets", lambda t, o: t["protocol"].endswith("/SCTP"), "nDPI shows no ports of SCTP"),
    ("packets", lambda t, o: any(a.count("::") > 1 for a in t["address"].split()),
     "nDPI writes an address with :: twice, which is none"),
    ("packets", lambda t, o: t["capture"] == "telnet.pcap",
     "nDPI leaves out what TCP sends again"),
    ("name", lambda t, o: o["app"] is None or t["protocol"].startswith(("29/", "91.88/")),
     "nDPI names what we have no reader for: DHCP, NetBIOS, SSDP, FTP, STARTTLS ..."),
    ("name", lambda t, o: o["app"] == "http" and o["name"].rpartition(":")[0] == t["name"],
     "nDPI takes the port off the Host header; we keep the header's value"),
    ("name", lambda t, o: o["app"] == "dns" and t["name"] and t["name"] in o["name"],
     "nDPI leaves off the beginning of a long name; tshark shows it as we do"),
    ("name", lambda t, o: o["app"] == "dns" and o["several"],
     "nDPI shows another of a flow's several questions (or answers); we the first question"),
    ("name", lambda t, o: o["app"] == "dns" and not t["name"] and
     (o["name"] == "." or not re.match(r"5[./]", t["protocol"])),
     "nDPI tells DNScrypt and Avast from DNS and shows no name, nor that of the root"),
    ("name", lambda t, o: o["app"] == "tls" and not t["name"] and not t["ja4"],
     "nDPI reads no hello with a hole in it; the name is before the hole"),
    ("name", lambda t, o: t["capture"].startswith("fuzz-") and o["app"] == "dns",
     "damaged names: nDPI writes ? for what is no letter, and shows the last of several"),
    ("ja4", lambda t, o: not t["ja4"] and o["ja4"] and o["ja4"][4:6] == "99",
     "99 cipher suites or more, of which nDPI makes none"),
    ("ja4", lambda t, o: t["ja4"] and o["ja4"] and same_ja4(t["ja4"], o["ja4"]) and
     (t["ja4"][3] == o["ja4"][3] or (o["ja4"][3] == "i") == (not o["name"])) and
     (t["ja4"][8:10] == o["ja4"][8:10] or
      t["ja4"][8:10] == o["alpn"][:2] and o["ja4"][8:10] == first_and_last(o["alpn"])),
     "this nDPI writes d without a name and the first two letters of the protocol; FoxIO's text says"
     " i, and the first and the last"),
    ("ja4", lambda t, o: t["ja4"] and o["ja4"] and same_ja4(t["ja4"], o["ja4"]) and
     o["app"] == "quic" and t["ja4"][8:10] == "h0" and o["alpn"] == "h3",
     "this nDPI writes h0 for QUIC's h3"),
    ("ja4", lambda t, o: t["ja4"] and o["ja4"] and t["ja4"].endswith("00_" + t["ja4"][11:23] +
     "_e3b0c44298fc") and o["ja4"].endswith("_000000000000"),
     "no extensions: nDPI has the hash of nothing, FoxIO's text zeros"),
    ("ja4", lambda t, o: o["app"] is None, "STARTTLS, or TLS behind RDP's first message"),
    ("alpn", lambda t, o: not t["alpn"] and not t["ja4"],
     "nDPI reads no hello with a hole in it; the list is before the hole"),
    ("tls_version", lambda t, o: o["tls_version"] and o["tls_version"] >> 8 in (0x7f, 0xfb),
     "a draft's number, as it is on the wire; nDPI calls it 1.3 or nothing"),
    ("tls_version", lambda t, o: t["tls_version"] == 0x303 and o["tls_version"] == 0x304,
     "the server's hello is not there: we show the highest that the client offers, nDPI what stands"
     " in TLS 1.3's legacy field"),
    ("tls_version", lambda t, o: t["tls_version"] is None and o["tls_version"] == 0x301,
     "the client began with SSL 2's hello, of which nDPI shows no version; the server chose 1.0"),
    ("tls_version", lambda t, o: t["tls_version"] == 0xfefd and o["tls_version"] == 0xfeff,
     "the server chose DTLS 1.0; nDPI shows what the client offered"),
    ("tls_version", lambda t, o: o["app"] is None, "STARTTLS, or TLS behind RDP's first message"),
]


def first_and_last(alpn):
    first = alpn.partition(",")[0]
    return first[0] + first[-1]


class Account:
    """Comparisons per kind, complaints, and the rules that were needed."""

    def __init__(self):
        self.judged = collections.Counter()
        self.used = set()
        self.complaints = []

    def compare(self, where, what, expected, got, hints):
        if expected == got:
            self.judged[what] += bool(expected)
            return
        for number, (kind, when, _) in enumerate(RULES):
            if kind == what and when(*hints):
                self.used.add(number)
                return
        self.complaints.append(f"{where}: {what}: nDPI {expected}, nfseal {got}")

    def close(self):
        for number, (kind, _, why) in enumerate(RULES):
            if number not in self.used:
                self.complaints.append(f"a rule about {kind} that nothing needs: {why}")
        for what, least in LEAST.items():
            if self.judged[what] < least:
                self.complaints.append(f"{what}: {self.judged[what]} agree, expected {least}")
        for line in self.complaints:
            print(line)
        print(dict(self.judged), f"{len(self.used)} rules, {len(self.complaints)} complaints")
        raise SystemExit(bool(self.complaints))


def judge(account, capture, rows, run):
    listed, metered = Flows(), Flows()
    for key, packets, rest in rows:
        listed.add(key, packets, their_hints(rest))
    for f in run.flows:
        hints = our_hints(f) if "app_name" in f else None
        metered.add(ours(f), (f["packets"], f["rev_packets"]), hints)
    for key, packets in listed.packets.items():
        where = f"{capture} {key}"
        mine, found = metered.find(key)
        hints = listed.hints[key] | {"capture": capture, "packets": packets,
                                     "address": key[1][0] + " " + key[2][0]}
        account.compare(where, "packets", packets, mine, (hints, {"packets": mine}))
        if mine is None or key[0] not in (6, 17):
            continue
        found = found or NOTHING
        for what in ("name", "ja4", "alpn", "tls_version", "quic"):
            account.compare(where, what, hints[what], found[what], (hints, found))


def main():
    directory = captures("packets/nDPI")
    account = Account()
    results = sorted(directory.glob("*.ndpi.out"))
    inputs = [directory / path.name.removesuffix(".ndpi.out") for path in results]
    runs = each(lambda path: Run([path], *FOREVER, "--dpi", "--tunnels", "both"), inputs)
    for path, result, run in zip(inputs, results, runs):
        judge(account, path.name, theirs(result), run)
    account.close()


main()
