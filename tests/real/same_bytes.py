# SPDX-License-Identifier: BSD-2-Clause
"""The same input gives the same flows.parquet, byte for byte: in a second run and with any
number of threads, also where a run is rotated, filtered, or ends after some packets; and then the
manifests tell the same of the inputs, the packets and the flows.  Cut in files at arbitrary packets
it gives the same flows, in the same order, but for the columns `input` and `first_frame`, which
say where in the files a flow begins."""

import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import tempfile

from real import Account, Run, captures, facts, skip, start, NFSEAL

CUT = ("joy/firefox58.pcap", "nDPI/vnc.pcap", "nDPI/instagram.pcap", "nDPI/synscan.pcap",
       "PcapPlusPlus/ip6_fragments.pcap", "tcpreplay/test.pcap", "zeek/ppp/quic-interop-retry.pcap",
       "zeek/tunnels_gtp/gtp1_gn_normal_incl_fragmentation.pcap", "ipfixprobe/wg.pcap",
       "nDPI/dnscrypt-v1-and-resolver-pings.pcap")
THREADS = ("1", "2", "4")
PIECES = 5
# Of each option one, so that the whole of the meter's depth has a part in it.
DEEP = ("--dpi", "--payload", "64", "--community-id", "--dedup")
SAME_KEYS = ("interval", "packets", "wire_bytes", "ip_bytes", "flow_packets", "flows")


def table(path, scratch, jobs, *options):
    out = pathlib.Path(scratch) / "flows.parquet"
    status, _, messages = start(NFSEAL, "capture", "-r", str(path), "-o", str(out), "-j", jobs, "-q",
                                *options)
    digest = hashlib.sha256(out.read_bytes()).hexdigest() if status == 0 else messages
    out.unlink(missing_ok=True)
    return digest


def sealed(path, scratch, jobs, *options):
    """Of each segment: the digest of the table, and what the manifest says of the input so far.
    (An input's hash may be ready earlier in one run than in the other: it is that of the whole.)"""
    case = pathlib.Path(scratch) / "case"
    state = case.with_suffix(".state")
    start(NFSEAL, "capture", "-r", str(path), "-w", str(case), "--state", str(state), "-j", jobs, "-q",
          *options)
    told = []
    for name in sorted(case.glob("**/*.manifest.json"), key=lambda p: p.name.split("-")[1]):
        manifest = json.loads(name.read_text())
        inputs = [[i["packets"], i["size"]] for i in manifest["source"]["inputs"]]
        table_of = pathlib.Path(str(name).replace(".manifest.json", ".flows.parquet"))
        told.append([hashlib.sha256(table_of.read_bytes()).hexdigest(), inputs,
                     *(manifest[key] for key in SAME_KEYS)])
    shutil.rmtree(case, ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)
    return told


def cuts(packets, name):
    """Where to cut: in the middle, and at arbitrary packets, the same ones in each run."""
    yield [packets // 2]
    if packets > PIECES:
        yield sorted(random.Random(name).sample(range(1, packets), PIECES - 1))


def pieces(path, scratch, packets, at):
    """The capture in several files, as editcap writes them."""
    ends = [0, *at, packets]
    for i, (first, last) in enumerate(zip(ends, ends[1:])):
        out = pathlib.Path(scratch) / f"{i}.pcap"
        subprocess.run(["editcap", "-r", path, out, f"{first + 1}-{last}"], check=True,
                       capture_output=True)
        yield out


def where_apart(flows):
    return [{k: v for k, v in f.items() if k not in ("input", "first_frame")} for f in flows]


def judge_threads(account, path, name, scratch, packets):
    expected = table(path, scratch, "1")
    account.equal(name, "one thread, again", expected, table(path, scratch, "1"))
    deep = table(path, scratch, "1", *DEEP)
    for jobs in THREADS:
        account.equal(name, f"-j {jobs} {DEEP}", deep, table(path, scratch, jobs, *DEEP))
    for options in ((), ("-t", "2"), ("-c", str(packets // 3 + 1)), ("-t", "3", "tcp or ip6")):
        by_one = sealed(path, scratch, "1", *options)
        if options == ():
            account.equal(name, "sealed", [expected], [segment[0] for segment in by_one])
        for jobs in THREADS[1:]:
            account.equal(name, f"-j {jobs} {options}", by_one, sealed(path, scratch, jobs, *options))


def judge_cuts(account, path, name, scratch, packets):
    for options in ((), DEEP):
        whole = Run([path], *options)
        for at in cuts(packets, name):
            cut = Run(list(pieces(path, scratch, packets, at)), *options)
            account.equal(name, f"packets of the files cut at {at} {options}",
                          whole.summary["packets"], cut.summary["packets"])
            account.equal(name, f"flows of the files cut at {at} {options}", True,
                          where_apart(whole.flows) == where_apart(cut.flows))


def main():
    directory = captures("packets")
    account = Account({})
    for name in CUT:
        packets = int(facts(directory / name)["capinfos"]["Number of packets"])
        with tempfile.TemporaryDirectory() as scratch:
            judge_threads(account, directory / name, name, scratch, packets)
            if shutil.which("editcap"):
                judge_cuts(account, directory / name, name, scratch, packets)
    if not account.complaints and not shutil.which("editcap"):
        skip("editcap is not here: threads and runs agree, a capture in several files was left out")
    account.close(least=12 * len(CUT))


main()
