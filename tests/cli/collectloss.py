# SPDX-License-Identifier: BSD-2-Clause
"""Power losses under a collector: as journalloss.py, of `nfseal collect -r` over several segments, with
datagrams, ledger and table.  What the state says to be durable is: each datagram is sealed once, the
rows are those that the sealed datagrams give, and nothing else is there.
collectloss.py COUNT SECONDS: so many states of each kind, the same each time; 0 0 is all."""
import json
import struct
import subprocess
import sys
from collections import Counter

from crash import decided
from crashlab import Broken, PROGRAM, TIMEOUT, View, need
from journallab import LiveLab, LiveLine, LiveView
from powerloss import conclude, killed_runs, part, promised

DATAGRAMS, RECORDS, STEP = 6, 2, 4  # seconds between datagrams; a segment has ten
BEGIN = 1763884800


def netflow5(n):
    """Datagram n with its records, each a packet of 46 octets."""
    head = struct.pack("!HHIIIIBBH", 5, RECORDS, 100000 + 1000 * STEP * n, BEGIN + STEP * n, 0,
                       RECORDS * n, 0, 0, 0)
    record = struct.pack("!IIIHHIIIIHHBBBBHHBBH", 0x0A000001, 0x0A000002, 0, 1, 2, 1, 46,
                         99000 + 1000 * STEP * n, 99500 + 1000 * STEP * n, 1000 + n, 53, 0, 0, 17, 0,
                         0, 0, 0, 0, 0)
    return head + record * RECORDS


def write_capture(path):
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)]
    for n in range(DATAGRAMS):
        udp = netflow5(n)
        udp = struct.pack("!HHHH", 5000, 2055, 8 + len(udp), 0) + udp
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0) + b"\x0a\0\0\x09\x0a\0\0\x0a"
        out.append(struct.pack("<IIII", BEGIN + STEP * n, 0, len(ip + udp), len(ip + udp)) + ip + udp)
    with open(path, "wb") as f:
        f.write(b"".join(out))


class CollectView(LiveView):
    def left_open(self):
        """But the tables of open segments, which recovery makes again."""
        left = super().left_open()
        for v in self.vouched:
            left.pop(f"{v.stem}.flows.parquet.part", None)
        return left


class CollectLab(LiveLab):
    def __init__(self, root):
        super().__init__(root)
        write_capture(f"{self.root}/exports.pcap")

    def view(self):
        return CollectView(self)

    def collect(self):
        return [PROGRAM, "collect", "-q", "-r", f"{self.root}/exports.pcap", "-t", "10", "--state",
                self.state, "-w", self.archive]


def kept(path):
    """The sources' ports and payloads of the datagrams in a sealed file."""
    done = subprocess.run(["zstd", "-qdc", path], capture_output=True, timeout=TIMEOUT)
    need(done.returncode == 0, f"zstd: {done.stderr.decode()}")
    data, at, out = done.stdout, 0, []
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 6:
            length = struct.unpack_from("<I", data, at + 20)[0]
            out.append(data[at + 28 + 28:at + 28 + length])
        at += size
    return out


def check_datagrams(line, promised_count):
    """In order, without a hole from the first on, each in one segment; the counts are theirs."""
    lab, sent = line.lab, [netflow5(n) for n in range(DATAGRAMS)]
    found = []
    for path in sorted((p for p in line.view.files if View.is_place(p) and
                        p.endswith(".datagrams.pcapng.zst")), key=lambda p: p.rsplit("-", 1)[1]):
        mine = kept(f"{lab.run_dir}/{path}")
        m = json.loads(line.view.files[path.replace(".datagrams.pcapng.zst", ".manifest.json")])
        need(m["losses"]["datagrams_kept"] == len(mine), f"{path}: {m['losses']}, {len(mine)} there")
        need(m["rows"] == RECORDS * len(mine), f"{path}: {m['rows']} rows of {len(mine)} datagrams")
        found += mine
    need(found == sent[:len(found)], f"{len(found)} datagrams, not the first ones that came")
    need(len(found) >= promised_count, f"{len(found)} datagrams, {promised_count} were durable")


def promised_datagrams(disk, t):
    """By the last record of open segments that is durable in the state, and what is sealed."""
    kept_by, done = {}, Counter()
    for op in disk.ops:
        if op.kind == "data" and op.at <= t and b'"format":"nfseal-block/1"' in op.data:
            for text in op.data.split(b"\n")[0::2]:
                if text:
                    s = json.loads(text)
                    kept_by[s["sequence"], s["index"]] = s["losses"].get("datagrams_kept", 0)
    for op in disk.ops:
        if op.kind != "set" or op.durable is None or op.durable > t:
            continue
        if op.name.endswith(".durable"):
            text = b"".join(o.data for o in disk.ops if o.kind == "data" and o.node == op.target)
            for known in json.loads(text)["open"]:
                n = known["sequence"]
                done[n] = max(done[n], kept_by[n, known["index"]])
    return sum(done.values())


def examine(lab, disk, t):
    archive, head, texts = promised(disk, t)
    line = LiveLine(lab)
    view = line.look()
    line.aside += view.left_open().items()
    need(archive is None or view.id == archive, f"archive {view.id} instead of {archive}")
    need(view.anchor is None or view.anchor["sequence"] >= head, "the head is lost")
    for v in view.vouched:
        need(v.known, f"{v.stem}: what the state knows to be durable is not in open/")
    finished = decided(view)
    line.check_meantime()
    line.check_recovered(line.recover())
    line.check_settled()
    if line.view.anchor is not None:
        check_datagrams(line, promised_datagrams(disk, t))
    line.go_on(deep_only=True)
    line.check_declared(finished, again=True)
    for sequence, text in texts.items():
        need(text in line.view.files.values(), f"segment {sequence} was decided and is lost")


def runs(lab, everything):
    """As powerloss.runs."""
    init = [PROGRAM, "init", "--state", lab.state, lab.archive]

    def whole():
        lines = []
        for command in (init, lab.collect()):
            done, more = lab.logged(command)
            need(done.returncode == 0, done.stderr.decode())
            lines += more
        return lines, 0

    return whole, [(f"collector killed at {k}", run)
                   for k, run in killed_runs(lab, init, lab.collect(), everything)]


def work(root, tasks, seconds):
    return part(CollectLab(root), "collector", runs, examine, tasks, seconds)


if __name__ == "__main__":
    try:
        sys.exit(conclude(work, "collectloss", " under a collector"))
    except Broken as e:
        sys.exit(str(e))
