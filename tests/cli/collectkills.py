# SPDX-License-Identifier: BSD-2-Clause
"""A collector that is killed at random moments, while an exporter goes on: whatever was durable is
there, what is missing is known, and each table is what its datagrams say.
collectkills.py RUNS: so many kills, of archives with up to eight each."""
import glob
import json
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

PROGRAM = os.environ["NFSEAL"]
KILLS_PER_ARCHIVE = 8
LATE = 4.0  # seconds that the machine may be late with the second after which all is durable


def need(holds, text):
    if not holds:
        raise SystemExit("FAILED: " + text)


class Exporter(threading.Thread):
    """NetFlow 9, a datagram with two flows every few milliseconds; the template stands in each
    three hundredth only.  Its sequence numbers all of them, whoever hears them."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port, self.sent, self.times, self.going = port, 0, [], True
        self.start_time = time.time()

    def message(self, n):
        now = time.time()
        sets = b""
        if n % 300 == 0:
            sets += struct.pack(">HHHH8H", 0, 24, 256, 4, 8, 4, 12, 4, 11, 2, 2, 4)
        sets += struct.pack(">HH4s4sHI4s4sHI", 256, 32, b"\x0a\0\0\1", b"\x0a\0\0\2", n & 0xffff, 1,
                            b"\x0a\0\0\2", b"\x0a\0\0\1", n >> 16, 2)
        return struct.pack(">HHIIII", 9, 3, int((now - self.start_time) * 1000) + 100000, int(now), n, 7) + sets

    def run(self):
        while self.going:
            self.times.append(time.monotonic())
            try:
                self.socket.sendto(self.message(self.sent), ("127.0.0.1", self.port))
            except ConnectionRefusedError:
                pass  # nobody listens at this moment
            self.sent += 1
            time.sleep(random.choice((0.001, 0.003, 0.01)))


def packets(path):
    """Of a datagrams file: the sequence of each that is not carried."""
    data = subprocess.run(["zstd", "-qdc", path], capture_output=True, check=True).stdout
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 6:
            length = struct.unpack_from("<I", data, at + 20)[0]
            if b"carried: " not in data[at + 28 + length:at + size]:
                yield struct.unpack_from(">I", data, at + 28 + 28 + 12)[0]
        at += size


def manifests(archive):
    out = []
    for path in glob.glob(archive + "/**/*.manifest.json", recursive=True):
        with open(path, encoding="utf-8") as f:
            out.append((path[:-len(".manifest.json")], json.load(f)))
    return sorted(out, key=lambda p: p[1]["sequence"])


def kept(archive):
    out = []
    for stem, m in manifests(archive):
        if os.path.exists(stem + ".datagrams.pcapng.zst"):
            mine = list(packets(stem + ".datagrams.pcapng.zst"))
            need(len(mine) >= m["losses"].get("datagrams_kept", 0), f"{stem}: {len(mine)} datagrams")
            out += mine
    return out


def durable(archive):
    """Datagrams that signed statements of open segments vouch for."""
    count = 0
    for path in glob.glob(archive + "/open/*.statements.part"):
        with open(path, "rb") as f:
            told = re.findall(rb'"datagrams_kept":(\d+)', f.read())
        count += int(told[-1]) if told else 0
    return count


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def collect(archive, port):
    child = subprocess.Popen([PROGRAM, "collect", "-p", str(port), "-w", archive, "-t", "2", "--state", archive + ".state"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    hexport = f":{port:04X} "
    for _ in range(600):
        need(child.poll() is None, f"it ended: {child.poll()} {child.stderr.read() if child.poll() else ''}")
        if any(hexport in open(f, encoding="ascii").read() for f in ("/proc/net/udp", "/proc/net/udp6")):
            return child
        time.sleep(0.05)
    raise SystemExit("FAILED: nobody listens")


def verify(archive):
    done = subprocess.run([PROGRAM, "verify", "--deep", "--json", "--state", archive + ".state", archive],
                          capture_output=True)
    v = json.loads(done.stdout)
    told = [f for s in v["segments"] for f in s["findings"]] + [n for n in v["notices"] if n["code"] == "DERIVATION"]
    need(v["verdict"] == "VERIFIED" and not told, f"{v['verdict']}: {told[:3]}")


def one_archive(number, kills):
    archive, port = f"archive{number}", free_port()
    exporter = Exporter(port)
    sealed, marks = 0, []
    child = collect(archive, port)
    exporter.start()
    for _ in range(kills):
        begun = exporter.sent
        time.sleep(random.uniform(0.2, 5))
        now = time.monotonic()
        child.kill()
        child.wait()
        vouched = sealed + durable(archive)
        # (all that came since this run heard the first one, but for the last second)
        marks.append((begun, now))
        done = subprocess.run([PROGRAM, "recover", "--state", archive + ".state", archive], capture_output=True)
        need(done.returncode in (0, 3), f"recover: {done.returncode} {done.stderr}")
        there = kept(archive)
        need(len(there) == len(set(there)), "a datagram stands twice")
        need(len(there) >= vouched, f"{len(there)} datagrams, {vouched} were vouched for")
        due = [n for n in there if n >= begun]
        if due:
            # from the first one that was heard, all up to a second before the kill
            want = [n for n in range(due[0], exporter.sent) if exporter.times[n] < now - 1 - LATE]
            need(set(want) <= set(due), f"{len(set(want) - set(due))} durable datagrams are lost")
        child = collect(archive, port)
        sealed = len(there)
    time.sleep(0.5)
    exporter.going = False
    exporter.join()
    time.sleep(0.3)
    child.terminate()
    _, err = child.communicate()
    need(child.returncode in (0, 3), f"exit {child.returncode}: {err}")
    verify(archive)
    there, losses = sorted(kept(archive)), [m["losses"] for _, m in manifests(archive)]
    missed = sum(l.get("sequence_missed", 0) - l.get("sequence_filled", 0) for l in losses)
    if there:
        absent = there[-1] - there[0] + 1 - len(there)
        need(missed == absent, f"{absent} datagrams are absent, the ledger says {missed}")
    need(sum(l.get("sequence_restarts", 0) for l in losses) == 0, "a restart of the exporter is told")
    rows = sum(m["rows"] for _, m in manifests(archive))
    waiting = losses[-1].get("sets_waiting", 0) + sum(l.get("sets_dropped", 0) for l in losses)
    need(rows == 2 * (len(there) - waiting), f"{rows} rows of {len(there)} datagrams, {waiting} wait")
    shutil.rmtree(archive)
    shutil.rmtree(archive + ".state")
    return len(there)


def main():
    runs, number, datagrams = int(sys.argv[1]), 0, 0
    seed = int(os.environ.get("NFSEAL_SEED", random.randrange(1 << 32)))
    random.seed(seed)
    print("seed", seed, flush=True)
    while runs > 0:
        kills = min(runs, KILLS_PER_ARCHIVE)
        datagrams += one_archive(number, kills)
        number, runs = number + 1, runs - kills
    need(datagrams > 0, "nothing was received")
    print(sys.argv[1], "kills,", datagrams, "datagrams in the archives")


main()
