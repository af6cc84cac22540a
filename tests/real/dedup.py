# SPDX-License-Identifier: BSD-2-Clause
"""capture --dedup on real captures: the copies of mirrors are found where there are some, and no
segment that TCP sent again is taken for one; every identity holds."""

from real import Account, Run, captures, each

# capture: copies in it, of how many packets
COPIES = {
    "nDPI/dropbox.pcap": (20, 848),        # DNS in pairs of the same time
    "nDPI/fix2.pcap": (887, 3049),         # one hop on: TTL and MACs differ
    "nDPI/rtsp.pcap": (424, 568),          # up to four of each
    "tcpdump/isakmp4500.pcap": (8, 35),
    "zeek/http/ctu-62604-80.pcap": (10, 20),
    "zeek/postgresql/psql-login-no-role.pcap": (6, 18),  # those of one direction
    "zeek/rdp/rdp-no-cookie-mstshash.pcap": (10, 20),
    # 93 more are equal acknowledgements without identification, which may be real
    "zeek/tcp/ssh-dups.pcap": (187, 377),
}

# Segments sent again, as tshark counts them: between 5 and 200 in each, and not one copy.
AGAIN = """
    arkime/no-syn-ack.pcap nDPI/KakaoTalk_talk.pcap nDPI/atg.pcap nDPI/bitcoin.pcap
    nDPI/edonkey.pcap nDPI/google_ssl.pcap nDPI/long_tls_certificate.pcap nDPI/ocs.pcap
    nDPI/quickplay.pcap nDPI/synscan.pcap nDPI/telnet.pcap nDPI/tls_port_80.pcapng
    nDPI/tls_with_huge_ch.pcapng nDPI/weibo.pcap nDPI/whatsapp_voice_and_message.pcap
    zeek/mysql/auth.pcap zeek/smtp.pcap zeek/tls/xmpp-dialback-starttls.pcap
"""


def judge(name):
    return name, Run([captures("packets") / name], "--dedup")


def main():
    account = Account({})
    for name, run in each(judge, [*COPIES, *AGAIN.split()]):
        packets = run.summary["packets"]
        account.equal(name, "copies", COPIES.get(name, (0, packets["read"])),
                      (packets["rejected"]["duplicate"], packets["read"]))
        account.equal(name, "identities", [], list(run.identities()))
    account.close(50)


main()
