# SPDX-License-Identifier: BSD-2-Clause
"""What the tests on real captures share: the captures and what others found in them, one run
of `nfseal capture`, the identities that every summary must hold, and the account of complaints.

A test compares nfseal with another program's facts.  Where the other program is the one that is
wrong, a row of the test's table KNOWN says so: key -> (what nfseal says, why).  A row that is
never needed is a complaint too, so that the tables stay true."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

NFSEAL = os.environ.get("NFSEAL", "nfseal")
CAPTURES = pathlib.Path(os.environ.get("NFSEAL_CAPTURES", "../shared/captures"))
SECONDS = 20  # for one capture: far beyond any of them, so that a hang is seen
FOREVER = ("--active", "0", "--idle", "1000h", "--linger", "1000h")


def skip(word):
    print(word)
    sys.exit(77)


def captures(kind):
    """The captures below NFSEAL_CAPTURES/kind, or the test is skipped."""
    directory = CAPTURES / kind
    if not directory.is_dir():
        skip(f"no captures at NFSEAL_CAPTURES ({CAPTURES})")
    return directory


def index(directory):
    """(name, kind, encapsulation, facts) of every capture in INDEX.tsv."""
    lines = (directory / "INDEX.tsv").read_text().splitlines()[1:]
    for name, kind, encapsulation, *_ in (line.split("\t") for line in lines):
        yield name, kind, encapsulation, facts(directory / name)


def nested(hierarchy, names):
    """(row, inside) for the rows of tshark's hierarchy that are named; inside: below another."""
    above = None
    for row in hierarchy:
        if above is not None and row[0] <= above:
            above = None
        if row[1] in names:
            yield row, above is not None
            above = row[0] if above is None else above


def facts(path):
    return json.loads(path.with_name(path.name + ".facts.json").read_text())


class Run:
    """One run of `nfseal capture` with an archive, its summary and its flows."""

    def __init__(self, paths, *options, verify=False, before=None):
        with tempfile.TemporaryDirectory() as scratch:
            self.archive = os.path.join(scratch, "case")
            state = ("--state", os.path.join(scratch, "state"))
            out = os.path.join(scratch, "flows.ndjson")
            reads = [word for path in paths for word in ("-r", str(path))]
            archived = ("-w", self.archive, *state) if verify else ()
            self.status, text, self.messages = start(
                NFSEAL, "capture", *reads, *archived, "-o", out, "--json", *options, before=before)
            self.summary = json.loads(text) if text.strip() else None
            self.flows = []
            if os.path.exists(out):
                with open(out, encoding="utf-8") as lines:
                    self.flows = [json.loads(line) for line in lines]
            self.verdict = None
            if verify and os.path.exists(self.archive):
                _, text, _ = start(NFSEAL, "verify", self.archive, *state, "--json")
                self.verdict = json.loads(text)["verdict"] if text.strip() else "nothing"

    def identities(self):
        """Complaints about the summary's arithmetic and about the flows against it."""
        s = self.summary
        for unit in ("packets", "wire_bytes"):
            total = s[unit]["metered"] + sum(s[unit]["rejected"].values())
            if s[unit]["read"] != total:
                yield f"{unit} read {s[unit]['read']}, metered and rejected {total}"
        for name, metered, column in (
                ("packets", s["packets"]["metered"] + s["metered_twice"], "packets"),
                ("IP bytes", s["ip_bytes"]["metered"], "bytes")):
            summed = sum(f[column] + f.get("rev_" + column, 0) for f in self.flows)
            if metered != summed:
                yield f"{name} metered {metered}, in the flows {summed}"
        flows = s["flows"]
        if flows["carried_in"] + flows["started"] != flows["emitted"] + flows["carried_out"]:
            yield f"flows {flows}"
        if flows["emitted"] != len(self.flows):
            yield f"flows emitted {flows['emitted']}, written {len(self.flows)}"
        if sum(i["packets"] for i in s["inputs"]) != s["packets"]["read"]:
            yield f"packets read {s['packets']['read']}, of the inputs otherwise"


def start(*command, before=None):
    """Exit status, standard output and error of a command that must end in time."""
    try:
        p = subprocess.run(command, capture_output=True, timeout=SECONDS,
                           stdin=subprocess.DEVNULL, preexec_fn=before)
    except subprocess.TimeoutExpired:
        return "timeout", "", ""
    return p.returncode, p.stdout.decode("utf-8"), p.stderr.decode("utf-8", "backslashreplace")


class Account:
    """The complaints of a test, and the known differences that it met."""

    def __init__(self, known):
        self.known = known
        self.met = set()
        self.complaints = []
        self.judged = 0

    def equal(self, name, what, expected, got):
        self.judged += 1
        if expected == got:
            return
        if (name, what) in self.known and self.known[name, what][0] == got:
            self.met.add((name, what))
            return
        self.complaints.append(f"{name}: {what}: expected {expected}, nfseal {got}")

    def close(self, least):
        """Prints and exits: 1 with complaints, or with fewer comparisons than `least`."""
        stale = set(self.known) - self.met
        self.complaints += [f"{name}: {what}: a known difference that is none"
                            for name, what in sorted(stale)]
        if self.judged < least:
            self.complaints.append(f"{self.judged} comparisons, expected {least} at least")
        for line in self.complaints:
            print(line)
        print(f"{self.judged} comparisons, {len(self.met)} known differences, "
              f"{len(self.complaints)} complaints")
        sys.exit(1 if self.complaints else 0)


def each(work, items):
    """work(item) of every item, in order; most of the time is the disk's."""
    with concurrent.futures.ThreadPoolExecutor(4 * os.cpu_count()) as pool:
        return list(pool.map(work, items))
