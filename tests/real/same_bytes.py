# SPDX-License-Identifier: BSD-2-Clause
"""The same input gives the same flows.parquet, byte for byte: in a second run, with one thread
and with two.  Cut in two files by editcap it gives the same flows, in the same order, but for the
columns `input` and `first_frame`, which say where in the files a flow begins."""

import hashlib
import pathlib
import shutil
import subprocess
import tempfile

from real import Account, Run, captures, facts, skip, start, NFSEAL

CUT = ("joy/firefox58.pcap", "nDPI/vnc.pcap", "nDPI/instagram.pcap", "nDPI/synscan.pcap",
       "PcapPlusPlus/ip6_fragments.pcap", "tcpreplay/test.pcap", "zeek/ppp/quic-interop-retry.pcap",
       "zeek/tunnels_gtp/gtp1_gn_normal_incl_fragmentation.pcap", "ipfixprobe/wg.pcap",
       "nDPI/dnscrypt-v1-and-resolver-pings.pcap")


def table(path, scratch, jobs):
    out = pathlib.Path(scratch) / "flows.parquet"
    status, _, messages = start(NFSEAL, "capture", "-r", str(path), "-o", str(out), "-j", jobs, "-q")
    digest = hashlib.sha256(out.read_bytes()).hexdigest() if status == 0 else messages
    out.unlink(missing_ok=True)
    return digest


def sealed(path, scratch, jobs):
    """The digest of the table in an archive."""
    case = pathlib.Path(scratch) / f"case-{jobs}"
    start(NFSEAL, "capture", "-r", str(path), "-w", str(case), "--state", str(case) + ".state",
          "-j", jobs, "-q")
    return [hashlib.sha256(p.read_bytes()).hexdigest() for p in case.glob("**/*.flows.parquet")]


def halves(path, scratch, packets):
    """The capture's first and second half, as files that editcap writes."""
    cut = [pathlib.Path(scratch) / name for name in ("one.pcap", "two.pcap")]
    middle = packets // 2
    for out, words in zip(cut, ((f"1-{middle}",), (f"{middle + 1}-{packets}",))):
        subprocess.run(["editcap", "-r", path, out, *words], check=True, capture_output=True)
    return cut


def where_apart(flows):
    return [{k: v for k, v in f.items() if k not in ("input", "first_frame")} for f in flows]


def judge(account, path, name, scratch):
    expected = table(path, scratch, "1")
    account.equal(name, "one thread, again", expected, table(path, scratch, "1"))
    account.equal(name, "two threads", expected, table(path, scratch, "2"))
    account.equal(name, "sealed, one thread", [expected], sealed(path, scratch, "1"))
    account.equal(name, "sealed, two threads", [expected], sealed(path, scratch, "2"))
    if shutil.which("editcap"):
        packets = int(facts(path)["capinfos"]["Number of packets"])
        whole, cut = Run([path]), Run(halves(path, scratch, packets))
        account.equal(name, "packets of two files", whole.summary["packets"],
                      cut.summary["packets"])
        account.equal(name, "flows of two files", True,
                      where_apart(whole.flows) == where_apart(cut.flows))


def main():
    directory = captures("packets")
    account = Account({})
    for name in CUT:
        with tempfile.TemporaryDirectory() as scratch:
            judge(account, directory / name, name, scratch)
    if not account.complaints and not shutil.which("editcap"):
        skip("editcap is not here: threads and runs agree, a capture in two files was left out")
    account.close(least=4 * len(CUT))


main()
