# SPDX-License-Identifier: BSD-2-Clause
"""Streams of NetFlow 5, 9, IPFIX and sFlow of which messages are lost, doubled, delayed and cut at
random, each by itself and together, and what is known of them by the one who did it.

mangled.py write SEED FILE: into a capture; check SEED JSON: each exporter's ledger must say exactly that."""
import json
import random
import sys

import sflows
from exporter import *

STREAMS, MESSAGES, SURE = 30, 100, 4  # SURE: as many at either end come as they are
HEADER = {"netflow5": 24, "netflow9": 20, "ipfix": 16, "sflow": 28}
RECORD = {"netflow5": 48, "netflow9": 21, "ipfix": 21}


class Message:
    def __init__(self, kind, i, number, rng):
        self.kind, self.i, self.number = kind, i, number
        self.records = 1 if kind == "sflow" else rng.randint(1, 9)
        self.units = self.records if kind in ("netflow5", "ipfix") else 1
        self.data_at = {"netflow5": 24, "netflow9": 24, "ipfix": 20, "sflow": 0}[kind]  # of the first record
        seconds, uptime = START + i // 10, 10**6 + 100 * i
        if kind == "netflow5":
            self.octets = v5(number, self.records, uptime=uptime, seconds=seconds)
        elif kind == "sflow":
            sample = sflows.flow(i + 1, [sflows.header(sflows.frame(i))], pool=100 * i)
            self.octets = sflows.datagram(number, uptime, [sample])
        else:
            sets = data(self.records, first=i)
            if i == 0:
                first = template(0 if kind == "netflow9" else 2)
                self.data_at += len(first)
                sets = first + sets
            self.octets = (v9(number, sets, uptime=uptime, seconds=seconds, count=self.records + (i == 0))
                           if kind == "netflow9" else ipfix(number, sets, seconds=seconds))
        self.length = len(self.octets)

    def cut(self, rng):
        self.length = rng.randrange(1, len(self.octets))
        if self.kind == "ipfix" and 16 <= self.length < 20:
            self.length = 15  # behind a header alone nobody can know how many records there were

    def has_header(self):
        return self.length >= HEADER[self.kind]

    def whole_records(self):
        """Those that came whole."""
        if self.length == len(self.octets):
            return self.records
        if self.kind == "sflow":
            return None  # of a cut sample there may be a row
        return min(self.records, max(0, self.length - self.data_at) // RECORD[self.kind])

    def whole_units(self):
        if not self.has_header():
            return 0
        return 1 if self.kind in ("netflow9", "sflow") else self.whole_records()


class Stream:
    """Messages, and the order in which they come: (time, message, whether it is a copy)."""

    def __init__(self, kind, seed):
        rng = random.Random(seed)
        number = rng.choice((0, 1, 1000, 2**31 - 20, 2**32 - 40))
        what = rng.choice(("lost", "doubled", "delayed", "cut", "all", "all", "all"))
        chance, delay = rng.choice((0.03, 0.1, 0.3)), rng.choice((4, 4, 70))
        self.kind, self.messages, self.came = kind, [], []
        for i in range(MESSAGES):
            m = Message(kind, i, number % 2**32, rng)
            number += m.units
            self.messages.append(m)
            at, sure = float(i), i < SURE or i >= MESSAGES - SURE

            def happens(name):
                return not sure and what in (name, "all") and rng.random() < chance

            if happens("lost"):
                continue
            if happens("delayed"):
                at += rng.randint(1, delay) + 0.5
            if happens("doubled"):
                self.came.append((at + rng.choice((0.1, 0.6, 2.7, 6.2, 60.3)), m, True))
            elif happens("cut"):
                m.cut(rng)
            self.came.append((at, m, False))
        self.came.sort(key=lambda x: x[0])

    def expected(self):
        headed = [x for x in self.came if x[1].has_header()]
        highest, out = -1, dict(gaps=0, late=0, restarts=0)
        for _, m, copy in headed:
            if copy:
                continue
            out["late"] += m.i < highest
            # a gap of messages that all went by, or came without a header
            out["gaps"] += m.i > highest + 1
            highest = max(highest, m.i)
        out["messages"] = len(headed)
        out["duplicates"] = sum(copy for _, _, copy in headed)
        out["header"] = len(self.came) - len(headed)
        if self.kind != "sflow":
            out["records"] = sum(m.whole_records() for _, m, _ in headed)
        there = {m.i: m.whole_units() for _, m, copy in headed if not copy}
        out["lost"] = sum(m.units - there.get(m.i, 0) for m in self.messages)
        return out


def streams(seed):
    for k, kind in enumerate(HEADER):
        for n in range(STREAMS):
            yield 10000 + 1000 * k + n, Stream(kind, f"{seed}/{kind}/{n}")


def write(seed, path):
    c, n = Capture(path), 0
    for port, s in streams(seed):
        for at, m, _ in s.came:
            c.put(m.octets[:m.length], (START + n) * 10**9 + round(at * 10**8), source_port=port)
        n += 1


def told(entries):
    """What the entries of one exporter say together: a message without a header has no domain."""
    out = {k: sum(e[k] for e in entries) for k in ("messages", "records", "duplicates", "late", "gaps", "restarts")}
    out["lost"] = sum(e["missed"] - e["filled"] + e["uncounted"] for e in entries)
    return out


def check(seed, path):
    doc = json.load(open(path))
    entries, bad, headers, came = {}, 0, 0, 0
    for e in doc["exporters"]:
        entries.setdefault(e["port"], []).append(e)
    for port, s in streams(seed):
        want = s.expected()
        came += len(s.came)
        headers += want.pop("header")
        got = told(entries.get(port, []))
        wrong = {k: (v, got[k]) for k, v in want.items() if got[k] != v}
        if wrong:
            print(f"seed {seed}, {s.kind}, port {port}: wanted and got {wrong}")
            bad += 1
    d = doc["datagrams"]
    rejected = sum(d["rejected"].values())
    if (d["received"], d["kept"], rejected) != (came, came, headers):
        print(f"seed {seed}: {came} datagrams of which {headers} have no header: {d}")
        bad += 1
    sys.exit(bad > 0)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
