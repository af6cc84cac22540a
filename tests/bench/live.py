#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""live.py BUILD WORK PEER: called by live.sh in the meters' network namespace; PEER is a process in
the other end's.  For each traffic and program, in turns, the highest rate of a ladder at which no
packet is lost, by the program's own counters and by the packets counted in what it wrote."""
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

BUILD, WORK, PEER = sys.argv[1:]
ROUNDS = int(os.environ.get("ROUNDS", 3))
SECONDS = float(os.environ.get("SECONDS_EACH", 4))
RING = 32 << 20
STEP = 1.25
LEFT_IN_RING = 4096
TICK = os.sysconf("SC_CLK_TCK")
NFSEAL = BUILD + "/nfseal"


def pinned(core, *command):
    return ["taskset", "-c", str(core), *command]


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def last_number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def clear(name):
    path = f"{WORK}/{name}"
    subprocess.run(["rm", "-rf", path])
    os.mkdir(path)
    return path


class Nfseal:
    name = "nfseal"
    left_in_ring = 0
    stop = staticmethod(subprocess.Popen.terminate)
    rotate = []

    @staticmethod
    def version():
        return output_of(NFSEAL, "--version").strip()

    def command(self):
        self.dir = clear("nfseal")
        return [NFSEAL, "capture", "-i", "a1", "-w", self.dir + "/a", "--state", self.dir + "/s",
                "-B", str(RING >> 10), "--json", *self.rotate]

    def result(self, log):
        told = json.loads(log.splitlines()[-1])
        out = output_of(NFSEAL, "show", "-q", self.dir + "/a", "--state", self.dir + "/s",
                        "-s", "proto/packets", "-o", "csv")
        counted = sum(int(line.split(",")[2]) for line in out.splitlines()[1:])
        told = told["inputs"][0]
        return counted, told["kernel_dropped"] + told["interface_dropped"]


class Nfpcapd:
    name = "nfpcapd"
    left_in_ring = LEFT_IN_RING
    stop = staticmethod(subprocess.Popen.terminate)

    @staticmethod
    def version():
        return "nfdump's nfpcapd " + "".join(re.findall(r"[Vv]ersion: ([\w.]+)", output_of("nfpcapd", "-V"))[:1])

    def command(self):
        self.dir = clear("nfpcapd")
        return ["nfpcapd", "-i", "a1", "-w", self.dir, "-b", str(RING >> 20), "-B", "4000000", "-t", "3600"]

    def result(self, log):
        counted = last_number(r"(?m)^Packets: (\d+)", output_of("nfdump", "-R", self.dir, "-I"))
        return counted, sum(int(n) for n in re.findall(r"dropped by OS/Buffer: (\d+)", log))


class Softflowd:
    """Exports NetFlow 5, whose packet counts are easily summed."""
    name = "softflowd"
    left_in_ring = LEFT_IN_RING

    @staticmethod
    def version():
        return "softflowd " + "".join(re.findall(r"version ([\w.]+\w)", output_of("softflowd", "-h"))[:1])

    def command(self):
        self.dir = clear("softflowd")
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.sock.bind(("127.0.0.1", 0))
        self.counted, self.stopped = 0, False
        self.thread = threading.Thread(target=self.receive)
        self.thread.start()
        return ["softflowd", "-i", "a1", "-d", "-v", "5", "-B", str(RING), "-m", "8000000",
                "-n", f"127.0.0.1:{self.sock.getsockname()[1]}", "-c", self.dir + "/ctl", "-p", self.dir + "/pid"]

    def receive(self):
        self.sock.settimeout(0.3)
        while True:
            try:
                d = self.sock.recv(2048)
            except TimeoutError:
                if self.stopped:
                    return
                continue
            self.counted += sum(struct.unpack_from(">I", d, at)[0] for at in range(24 + 16, len(d), 48))

    def stop(self, _child):
        self.statistics = output_of("softflowctl", "-c", self.dir + "/ctl", "statistics")
        output_of("softflowctl", "-c", self.dir + "/ctl", "shutdown")

    def result(self, log):
        self.stopped = True
        self.thread.join()
        self.sock.close()
        return self.counted, sum(int(n) for n in re.findall(r"dropped by \w+: (\d+)", self.statistics))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def wait_ready(pid):
    for _ in range(100):
        with open("/proc/net/packet") as f:
            if len(f.readlines()) > 1:
                break
        time.sleep(0.05)
    wait_quiet(pid)


def wait_quiet(pid):
    """Until it has read what is in its ring."""
    quiet, before = 0, cpu_seconds(pid)
    for _ in range(100):
        time.sleep(0.1)
        now = cpu_seconds(pid)
        quiet = quiet + 1 if now - before <= 1 / TICK else 0
        before = now
        if quiet == 5:
            return


def volley(count, flows, rate):
    out = output_of(*pinned(0, BUILD + "/tests/bench/volley", "a1", str(count), str(flows), str(rate)))
    return [float(x) for x in out.split()]


def measure(program, flows, rate, seconds=SECONDS):
    """Packets sent, asked-for rate reached, lost by its own word, missing in its output, CPU ns each."""
    with open(WORK + "/log", "w") as log:
        child = subprocess.Popen(pinned(1, *program.command()), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    wait_ready(child.pid)
    before = cpu_seconds(child.pid)
    sent, reached = volley(int((rate or 1e6) * seconds), flows, rate)
    wait_quiet(child.pid)
    used = cpu_seconds(child.pid) - before
    program.stop(child)
    child.wait(timeout=60)
    counted, dropped = program.result(open(WORK + "/log").read())
    missing = int(sent) - counted
    return dict(sent=int(sent), reached=reached, dropped=dropped, cpu=used / sent * 1e9,
                missing=missing if missing > program.left_in_ring else 0)


def search(program, flows, ladder, near):
    """The highest lossless rung, by halving, and what was lost at the next; None: nothing at the top.
    `near` is the rung that was found before: it comes first, then its neighbours."""
    low, high, loss, cpu = -1, len(ladder), None, 0
    while high - low > 1:
        at = (low + high) // 2
        if low < near < high:
            at = near
        elif near in (low, high):
            at, near = near + (1 if near == low else -1), -2
        got = measure(program, flows, ladder[at])
        if got["dropped"] or got["missing"]:
            high, loss = at, got
        else:
            low, cpu = at, got["cpu"]
    return dict(rung=low, rate=ladder[low] if low >= 0 else 0, loss=loss, cpu=cpu)


def show(flows, programs, ladder):
    results = {p.name: [] for p in programs}
    for _ in range(ROUNDS):
        for p in programs:
            mine = results[p.name]
            mine.append(search(p, flows, ladder, mine[-1]["rung"] if mine else len(ladder) - 1))
    print(f"{'':12}{'lossless packets/s':>20}   {'in each round':28}{'CPU ns/packet':>14}   the first loss")
    for p in programs:
        mine = results[p.name]
        rate = statistics.median(r["rate"] for r in mine)
        top = all(r["loss"] is None for r in mine)
        each = " ".join(f"{r['rate'] / 1e3:.0f}k" for r in mine)
        losses = [r["loss"] for r in mine if r["loss"]]
        loss = min(losses, key=lambda x: x["reached"]) if losses else None
        told = f"at {loss['reached'] / 1e3:.0f}k: {loss['dropped']} dropped, {loss['missing']} not in its output " \
               f"of {loss['sent']}" if loss else "none, as fast as can be sent"
        print(f"{p.name:12}{('>= ' if top else '') + format(rate, ',.0f'):>20}   {each:28}"
              f"{statistics.median(r['cpu'] for r in mine):14.0f}   {told}", flush=True)
    return statistics.median(r["rate"] for r in results["nfseal"])


def tcpreplay():
    path = WORK + "/frames.pcap"
    subprocess.run([BUILD + "/fixtures/mkcapture", "-c", "5000", "-d", "60", "-s", "128", path], check=True)
    out = output_of("nsenter", "-t", PEER, "-n", *pinned(0, "tcpreplay", "-K", "-t", "-i", "a0", path))
    return last_number(r"(\d+)(?:\.\d+)? pps", out)


def rotation(rate):
    program = Nfseal()
    program.rotate = ["-t", "2"]
    got = measure(program, 1 << 16, rate * 0.8, seconds=9)
    segments = int(output_of("sh", "-c", f"find {program.dir}/a -name '*.manifest.json' | wc -l"))
    verdict = output_of(NFSEAL, "verify", program.dir + "/a", "--state", program.dir + "/s").split(" ")[0]
    print(f"nfseal rotating every 2 s at 80 % of its rate, {rate * 0.8:,.0f} packets/s for 9 s: {got['dropped']} dropped, "
          f"{got['missing']} not in its output of {got['sent']}, {segments} segments, {verdict}")
    return got["dropped"] == 0 and got["missing"] == 0 and verdict == "VERIFIED"


def main():
    programs = [Nfseal()]
    if subprocess.run(["sh", "-c", "command -v softflowd softflowctl"], stdout=subprocess.DEVNULL).returncode == 0:
        programs.append(Softflowd())
    if subprocess.run(["sh", "-c", "command -v nfpcapd nfdump"], stdout=subprocess.DEVNULL).returncode == 0:
        programs.append(Nfpcapd())
    top = measure(Nfseal(), 1 << 16, 0)["reached"]
    ladder = [top * 0.97]
    while ladder[-1] > 2e5:
        ladder.append(ladder[-1] / STEP)
    ladder = sorted(round(r, -3) for r in ladder)
    print(", ".join(p.version() for p in programs))
    print("live capture from a veth pair between network namespaces: UDP packets of 60 octets, the meter on one")
    print(f"processor, the sender on another ({top / 1e6:.2f} million packets/s at most), rings of {RING >> 20} MiB, "
          f"{SECONDS} s each, {ROUNDS} rounds,")
    print(f"rates in steps of {STEP}; lossless by the program's own counters and by the packets in its output")
    print(f"(libpcap may leave its last block in the ring when a program ends: {LEFT_IN_RING} packets are no loss of the peers)")
    if subprocess.run(["sh", "-c", "command -v tcpreplay"], stdout=subprocess.DEVNULL).returncode == 0:
        print(f"(tcpreplay --preload-pcap --topspeed sends {tcpreplay():,} packets/s here at most)")
    print("\n64 Ki flows", flush=True)
    rate = show(1 << 16, programs, ladder)
    print("\nevery packet a flow of its own", flush=True)
    show(0, programs, ladder)
    print(flush=True)
    return rotation(rate)


sys.exit(0 if main() else 1)
