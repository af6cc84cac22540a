# SPDX-License-Identifier: BSD-2-Clause
"""What --dpi=tcp says of each direction of a connection, against tshark's analysis of the same
packets: retransmitted segments, those out of order, packets with data and its octets; and the
round-trip time of the handshake.

tshark goes by time: a segment that does not advance is out of order where the highest one came
less than a round trip (3 ms) before.  nfseal knows which octets were seen: what was seen is
retransmitted, what fills a hole in time is out of order.  The captures are those with most of
either, and all where the two differ."""

import collections
import shutil
import subprocess

from real import FOREVER, Account, Run, captures, each, skip

FIELDS = ("ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "tcp.len",
          "tcp.analysis.retransmission", "tcp.analysis.spurious_retransmission",
          "tcp.analysis.fast_retransmission", "tcp.analysis.out_of_order",
          "tcp.analysis.initial_rtt")
COLUMNS = ("retransmitted", "out_of_order", "payload_packets", "payload_bytes")

CAPTURES = """
    PcapPlusPlus/frag_http_req.pcap
    arkime/wireshark-retrans.pcap
    ipfixprobe/ovpn.pcap
    ipfixprobe/rtsp.pcap
    ipfixprobe/tls.pcap
    nDPI/KakaoTalk_talk.pcap
    nDPI/anyconnect-vpn.pcap
    nDPI/atg.pcap
    nDPI/bitcoin.pcap
    nDPI/dnp3.pcap
    nDPI/edonkey.pcap
    nDPI/ethereum.pcap
    nDPI/fix2.pcap
    nDPI/forticlient.pcap
    nDPI/google_ssl.pcap
    nDPI/heuristic_tcp_ack_payload.pcap
    nDPI/long_tls_certificate.pcap
    nDPI/nintendo.pcap
    nDPI/ocs.pcap
    nDPI/psiphon3.pcap
    nDPI/quickplay.pcap
    nDPI/rtsp.pcap
    nDPI/synscan.pcap
    nDPI/telnet.pcap
    nDPI/tls_alert.pcap
    nDPI/tls_port_80.pcapng
    nDPI/tls_with_huge_ch.pcapng
    nDPI/wa_voice.pcap
    nDPI/weibo.pcap
    nDPI/whatsapp_voice_and_message.pcap
    nDPI/wow.pcap
    suricata-verify/rdp-protocol/RDP-003.pcap
    suricata-verify/util-action-03/input.pcap
    wireshark/challenge01_ooo_stream.pcapng.gz
    wireshark/http-ooo.pcap
    wireshark/http-ooo2.pcap
    wireshark/tcp-badsegments.pcap
    zeek/http/connect-with-smtp.pcap
    zeek/http/ctu-62604-80.pcap
    zeek/ipv4/fragmented-syn.pcap
    zeek/mysql/auth.pcap
    zeek/mysql/tls-13-amazon-rds.pcap
    zeek/rdp/rdp-no-cookie-mstshash.pcap
    zeek/smtp.pcap
    zeek/ssh/ssh.client-side-half-duplex.pcap
    zeek/tcp/ctu-64702-888.pcap
    zeek/tcp/ssh-dups.pcap
    zeek/tls/tls13_psk_succesfull.pcap
    zeek/tls/xmpp-dialback-starttls.pcap
"""

SEEN = "these octets, or some of them, were seen before: tshark goes by the time alone"
HOLE = "fills a hole within the round trip (IP's identification agrees): tshark goes by the time"
FRAGMENTS = "nfseal counts each fragment with data; tshark the datagram when it is whole"
AGAIN = "the capture holds the connection twice, far apart: another flow"
RESET = "a SYN after a reset is another connection, not a retransmission"
RST_DATA = "two octets in an RST, which nfseal counts as payload and looks at for nothing else"
BEYOND = "IP's length goes beyond the frame: nfseal believes it, so the data comes twice"
REPEATED = "from the first SYN to the SYN/ACK and on; tshark begins with the SYN's repetition"
NO_IRTT = "the times are 1 us each, and tshark has no initial round trip"
KNOWN = {
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "round trip of 194.226.199.9:49756, 92.223.106.21:443"): (44734, REPEATED),
    ("wireshark/tcp-badsegments.pcap",
     "round trip of 10.0.0.1:32323, 10.0.0.2:80"): (2, NO_IRTT),
    ("PcapPlusPlus/frag_http_req.pcap",
     "172.16.133.54:64415 > 216.137.33.81:80"): ((0, 0, 11, 1460), FRAGMENTS),
    ("arkime/wireshark-retrans.pcap",
     "172.17.96.143:59221 > 172.17.96.77:4000"): ((30, 0, 32, 20888), SEEN),
    ("ipfixprobe/ovpn.pcap",
     "90.178.247.107:10103 > 192.168.43.91:54113"): ((3, 0, 81, 57479), SEEN),
    ("ipfixprobe/rtsp.pcap",
     "82.211.92.253:554 > 81.131.231.67:3925"): ((0, 1, 1, 263), HOLE),
    ("ipfixprobe/tls.pcap",
     "87.106.189.123:443 > 172.16.121.155:3923"): ((2, 0, 10, 8182), AGAIN),
    ("ipfixprobe/tls.pcap",
     "172.16.121.155:3919 > 87.106.189.123:443"): ((0, 0, 4, 648), AGAIN),
    ("ipfixprobe/tls.pcap",
     "172.16.121.155:3922 > 87.106.189.123:443"): ((0, 0, 4, 648), AGAIN),
    ("ipfixprobe/tls.pcap",
     "87.106.189.123:443 > 172.16.121.155:3920"): ((0, 0, 2, 322), AGAIN),
    ("ipfixprobe/tls.pcap",
     "172.16.121.155:3920 > 87.106.189.123:443"): ((0, 0, 4, 648), AGAIN),
    ("ipfixprobe/tls.pcap",
     "172.16.121.155:3923 > 87.106.189.123:443"): ((0, 0, 6, 1586), AGAIN),
    ("ipfixprobe/tls.pcap",
     "87.106.189.123:443 > 172.16.121.155:3919"): ((0, 0, 2, 322), AGAIN),
    ("ipfixprobe/tls.pcap",
     "87.106.189.123:443 > 172.16.121.155:3922"): ((0, 0, 2, 322), AGAIN),
    ("ipfixprobe/tls.pcap",
     "172.16.121.155:3924 > 87.106.189.123:443"): ((0, 0, 4, 648), AGAIN),
    ("ipfixprobe/tls.pcap",
     "87.106.189.123:443 > 172.16.121.155:3921"): ((0, 0, 2, 322), AGAIN),
    ("ipfixprobe/tls.pcap",
     "172.16.121.155:3921 > 87.106.189.123:443"): ((0, 0, 4, 648), AGAIN),
    ("ipfixprobe/tls.pcap",
     "87.106.189.123:443 > 172.16.121.155:3924"): ((0, 0, 2, 322), AGAIN),
    ("nDPI/bitcoin.pcap",
     "74.89.181.229:8333 > 192.168.1.142:55348"): ((5, 0, 117, 127108), SEEN),
    ("nDPI/ethereum.pcap",
     "192.168.1.184:56626 > 178.128.195.220:30303"): ((2, 0, 17, 1170), SEEN),
    ("nDPI/fix2.pcap",
     "10.102.0.9:1024 > 10.101.0.2:34963"): ((88, 0, 175, 17549), SEEN),
    ("nDPI/forticlient.pcap",
     "192.168.1.178:61820 > 82.81.46.13:10443"): ((3, 0, 634, 70643), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "8.247.226.126:80 > 194.226.199.226:34101"): ((9, 0, 11, 1082), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "194.226.199.226:34101 > 8.247.226.126:80"): ((4, 0, 6, 506), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "35.241.9.150:443 > 194.226.199.61:27453"): ((12, 0, 41, 35050), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "194.226.199.61:6946 > 2.22.40.186:443"): ((19, 0, 33, 5470), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "52.18.127.189:443 > 194.226.199.21:58155"): ((12, 0, 33, 7081), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "2.22.40.186:443 > 194.226.199.61:6946"): ((19, 0, 42, 24070), RST_DATA),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "217.69.139.59:443 > 194.226.199.103:62580"): ((12, 0, 16, 9570), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "194.226.199.21:58155 > 52.18.127.189:443"): ((9, 0, 27, 5265), RST_DATA),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "194.226.199.61:27453 > 35.241.9.150:443"): ((20, 0, 35, 1521), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "194.226.199.103:62580 > 217.69.139.59:443"): ((17, 0, 20, 1480), SEEN),
    ("nDPI/heuristic_tcp_ack_payload.pcap",
     "194.226.199.9:49756 > 92.223.106.21:443"): ((3, 0, 6, 618), RST_DATA),
    ("nDPI/nintendo.pcap",
     "54.192.27.8:443 > 192.168.12.114:31329"): ((0, 1, 5, 4198), HOLE),
    ("nDPI/nintendo.pcap",
     "54.192.27.217:443 > 192.168.12.114:41517"): ((0, 1, 5, 4197), HOLE),
    ("nDPI/psiphon3.pcap",
     "104.18.151.190:443 > 192.168.0.103:40557"): ((7, 0, 10, 5574), SEEN),
    ("nDPI/psiphon3.pcap",
     "192.168.0.103:40557 > 104.18.151.190:443"): ((10, 0, 16, 3700), SEEN),
    ("nDPI/rtsp.pcap",
     "10.1.1.10:52478 > 10.2.2.2:8554"): ((24, 0, 24, 3760), RESET),
    ("nDPI/telnet.pcap",
     "192.168.0.2:1550 > 192.168.0.1:23"): ((6, 0, 22, 415), BEYOND),
    ("suricata-verify/rdp-protocol/RDP-003.pcap",
     "10.226.29.74:3955 > 10.226.41.226:2998"): ((0, 0, 0, 0), RESET),
    ("suricata-verify/util-action-03/input.pcap",
     "192.168.1.5:41424 > 192.168.1.1:80"): ((1, 0, 2, 18), SEEN),
    ("wireshark/http-ooo.pcap",
     "10.0.0.1:32323 > 10.0.0.2:80"): ((1, 4, 15, 289), SEEN),
    ("wireshark/http-ooo2.pcap",
     "10.0.0.1:32323 > 10.0.0.2:80"): ((2, 2, 6, 120), SEEN),
    ("wireshark/tcp-badsegments.pcap",
     "10.0.0.1:32323 > 10.0.0.2:80"): ((5, 2, 17, 308), SEEN),
    ("zeek/http/connect-with-smtp.pcap",
     "79.26.245.236:3378 > 254.228.86.79:8240"): ((0, 1, 8, 1685), HOLE),
    ("zeek/ipv4/fragmented-syn.pcap",
     "192.168.1.100:12345 > 10.0.0.5:80"): ((0, 0, 1, 16), FRAGMENTS),
    ("zeek/mysql/tls-13-amazon-rds.pcap",
     "79.107.90.25:3306 > 82.239.87.25:57902"): ((1, 1, 8, 3776), HOLE),
    ("zeek/smtp.pcap",
     "10.10.1.4:1470 > 74.53.140.153:25"): ((5, 0, 23, 20545), SEEN),
    ("zeek/tcp/ctu-64702-888.pcap",
     "185.33.86.224:888 > 192.168.1.108:64702"): ((3, 1, 2, 26), SEEN),
    ("zeek/tls/tls13_psk_succesfull.pcap",
     "174.138.9.219:443 > 192.168.178.80:54220"): ((0, 1, 3, 492), HOLE),
}


def dissected(path):
    """Per packet of TCP, its FIELDS as tshark has them."""
    fields = [word for name in FIELDS for word in ("-e", name)]
    p = subprocess.run(["tshark", "-n", "-r", str(path), "-Y", "tcp", "-T", "fields",
                        "-E", "occurrence=f", *fields], capture_output=True, check=True, text=True)
    for line in p.stdout.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def tsharks(path):
    """direction -> COLUMNS, and connection -> round-trip times in microseconds."""
    counts = collections.defaultdict(lambda: [0, 0, 0, 0])
    times = collections.defaultdict(set)
    for p in dissected(path):
        source = f"{p['ip.src'] or p['ipv6.src']}:{p['tcp.srcport']}"
        destination = f"{p['ip.dst'] or p['ipv6.dst']}:{p['tcp.dstport']}"
        octets = int(p["tcp.len"] or 0)
        row = counts[f"{source} > {destination}"]
        row[0] += any(p[name] for name in FIELDS[7:10])
        row[1] += p["tcp.analysis.out_of_order"] != ""
        row[2] += octets > 0
        row[3] += octets
        if p["tcp.analysis.initial_rtt"]:
            times[frozenset((source, destination))].add(float(p["tcp.analysis.initial_rtt"]) * 1e6)
    return counts, times


def nfseals(run):
    counts = collections.defaultdict(lambda: [0, 0, 0, 0])
    times = []
    for flow in run.flows:
        if flow["protocol"] != 6:
            continue
        source = f"{flow['src_ip']}:{flow['src_port']}"
        destination = f"{flow['dst_ip']}:{flow['dst_port']}"
        for prefix, name in (("", f"{source} > {destination}"), ("rev_", f"{destination} > {source}")):
            counts[name] = [a + flow[prefix + c] for a, c in zip(counts[name], COLUMNS)]
        if "client_rtt_us" in flow and "server_rtt_us" in flow:
            times.append((frozenset((source, destination)),
                          flow["client_rtt_us"] + flow["server_rtt_us"]))
    return counts, times


def judge(name):
    path = captures("packets") / name
    run = Run([path], "--dpi=tcp", "--key", "ports", *FOREVER)
    return name, tsharks(path), nfseals(run), list(run.identities())


def main():
    captures("packets")
    if shutil.which("tshark") is None:
        skip("tshark is not installed")
    account = Account(KNOWN)
    compared = 0
    for name, (counts, times), (ours, our_times), broken in each(judge, CAPTURES.split()):
        account.equal(name, "identities", [], broken)
        for direction in sorted(set(counts) | set(ours)):
            account.equal(name, direction, tuple(counts[direction]), tuple(ours[direction]))
        for connection, micros in our_times:
            # Each of the two times is rounded down.
            near = [t for t in times[connection] if micros <= t + 0.5 and t < micros + 2]
            account.equal(name, f"round trip of {', '.join(sorted(connection))}",
                          micros if near else sorted(times[connection]), micros)
            compared += 1
    account.equal("all", "round trips are compared", True, compared >= 100)
    account.close(1000)


main()
