# SPDX-License-Identifier: BSD-2-Clause
"""Streams of NetFlow 5, 9 and IPFIX with losses, copies, reorderings, resets and cuts that are known exactly.

ledger.py write FILE: all of them into a capture; send PORT: to a collector, one after the other.
ledger.py check JSON: each exporter's ledger must say exactly what was done to it."""
import json
import os
import sys

from exporter import *

WRAP = 2**32
UNITS = {"v5": 3, "v9": 1, "ipfix": 2}    # of the sequence, for each message
RECORDS = {"v5": 3, "v9": 2, "ipfix": 2}  # in it


class Step:
    """The i-th message of a stream, with a number in messages, and an uptime in seconds."""

    def __init__(self, i, number, uptime=None, cut=0, double=False):
        self.i, self.number, self.cut, self.double = i, number, cut, double
        self.uptime = 1000 + i if uptime is None else uptime


def steps(numbers, uptimes=None):
    return [Step(i, n, None if uptimes is None else uptimes[i]) for i, n in enumerate(numbers)]


def swapped(pairs):
    s = steps(range(100, 120))
    for a, b in pairs:
        s[a], s[b] = s[b], s[a]
    return s


def copied(*places):
    """Copies of message a behind message b."""
    s = steps(range(100, 450 if max(b for _, b in places) > 19 else 120))
    for a, b in sorted(places, key=lambda p: -p[1]):
        s.insert(b + 1, s[a])
    return s


def reset(first, behind, clock):
    """Ten messages from `first` on, ten from `behind` on, and whether the uptime says so."""
    return steps([*range(first, first + 10), *range(behind, behind + 10)],
                 [*range(5000, 5010), *(range(3, 13) if clock else range(5010, 5020))])


def cut(octets):
    s = steps(range(100, 110))
    s[4].cut = octets
    return s


# name: the stream, and what is to be said of it, in messages: missed, gaps, filled, late, duplicates, restarts
CASES = {
    "clean": (steps(range(100, 120)), {}),
    "one lost": (steps([n for n in range(100, 120) if n != 107]), dict(missed=1, gaps=1, around=(6, 7))),
    "two gaps": (steps([n for n in range(100, 120) if n not in (105, 106, 112)]), dict(missed=3, gaps=2, around=(4, 10))),
    "neighbours": (swapped([(7, 8)]), dict(missed=1, gaps=1, filled=1, late=1, around=(6, 7))),
    "far apart": (swapped([(5, 9)]), dict(missed=4, gaps=1, filled=4, late=4, around=(4, 5))),
    "copy at once": (copied((5, 5)), dict(duplicates=1)),
    "copies later": (copied((5, 8), (5, 9), (12, 15)), dict(duplicates=3)),
    "copy long after": (copied((5, 150)), dict(duplicates=1)),
    "copy too long after": (copied((5, 300)), dict(late=1)),
    "turned around": (swapped([(a, 18 - a) for a in range(1, 9)]), dict(missed=16, gaps=1, filled=16, late=16, around=(0, 1))),
    "to zero": (reset(5000, 0, True), dict(restarts=1)),
    "to zero, clock goes on": (reset(5000, 0, False), dict(restarts=1)),
    "to zero from high": (reset(WRAP - 2**26, 0, True), dict(restarts=1)),
    "back a little": (reset(5000, 4980, False), dict(restarts=1)),
    "back into what came": (reset(5000, 5003, True), dict(restarts=1)),
    "forward": (reset(5000, 6000, False), dict(missed=990, gaps=1, around=(9, 10))),
    "far forward": (reset(5000, 2**29, False), dict(restarts=1)),
    "over the end": (steps([(WRAP - 5 + i) % WRAP for i in range(20)]), {}),
    "lost over the end": (steps([(WRAP - 5 + i) % WRAP for i in range(20) if i not in (4, 5, 6)]),
                          dict(missed=3, gaps=1, around=(3, 4))),
    "clock over the end": (steps(range(100, 120), [(WRAP // 1000 - 9 + i) for i in range(20)]), {}),
    "one stray": (steps([*range(5000, 5010), 17, *range(5010, 5020)]), dict(late=1)),
    "one from far ahead": (steps([*range(5000, 5010), 100000, *range(5010, 5020)]), dict(late=1)),
    "cut": (cut(6), dict(cut=1)),
    "lost, late and double": (steps([100, 101, 103, 104, 102]) + [Step(3, 104)] + [Step(5 + i, 107 + i) for i in range(3)],
                              dict(missed=3, gaps=2, filled=1, late=1, duplicates=1, around=(1, 6))),
}


def message(kind, step):
    number, seconds, uptime = step.number * UNITS[kind] % WRAP, START + step.i, step.uptime * 1000 % WRAP
    if kind == "v5":
        out = v5(number, 3, uptime=uptime, seconds=seconds)
    elif kind == "v9":
        out = v9(number, template(0) + data(2), uptime=uptime, seconds=seconds, count=3)
    else:
        out = ipfix(number, template(2) + data(2), seconds=seconds)
    return out[:len(out) - step.cut]


def all_streams():
    """Source port, protocol, name, steps and what is expected."""
    port = 20000
    for name, (stream, want) in CASES.items():
        for kind in UNITS:
            port += 1
            yield port, kind, name, stream, want


def expected(kind, stream, want):
    """In the protocol's own unit."""
    unit = UNITS[kind]
    out = {k: want.get(k, 0) * (unit if k in ("missed", "filled") else 1)
           for k in ("missed", "gaps", "filled", "late", "duplicates", "restarts")}
    out["messages"] = len(stream)
    out["records"] = len(stream) * RECORDS[kind]
    out["uncounted"] = 0
    if want.get("cut"):
        # a record is lost in each protocol, which the sequences of 5 and IPFIX count
        out["records"] -= 1
        out["uncounted"] = 1 if unit > 1 else 0
    return out


def check(path):
    doc = json.load(open(path))
    by_port = {e["port"]: e for e in doc["exporters"]}
    bad = 0
    for port, kind, name, stream, want in all_streams():
        got = by_port[port]
        out = expected(kind, stream, want)
        wrong = {k: (v, got[k]) for k, v in out.items() if got[k] != v}
        around = want.get("around")
        if "times" in sys.argv and around and (int(got["missed_from"]), int(got["missed_to"])) != tuple(
                (START + i) * 10**9 for i in around):
            wrong["around"] = (around, got["missed_from"], got["missed_to"])
        if not around and got["missed_from"] is not None:
            wrong["around"] = (None, got["missed_from"])
        if wrong:
            print(f"{name}, {kind}: wanted and got {wrong}")
            bad = 1
    sys.exit(bad)


if sys.argv[1] == "write":
    c = Capture(sys.argv[2])
    for port, kind, name, stream, want in all_streams():
        for at, step in enumerate(stream):
            c.put(message(kind, step), (START + at) * 10**9, source_port=port)
elif sys.argv[1] == "send":
    total = 0
    for port, kind, name, stream, want in all_streams():
        # an address of this process's own: others may run the same test
        send = sender(int(sys.argv[2]), "127.%d.%d.1" % (1 + os.getpid() // 250 % 250, os.getpid() % 250), port)
        for step in stream:
            send(message(kind, step))
            total += 1
    print(total)
else:
    check(sys.argv[2])
