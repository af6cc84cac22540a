# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of live segments share: the driver liver, a model of what the journal in open/
vouches for, made from nfseal-archive(5) and not from the program, and what must hold then."""
import json
import re
import subprocess

from crashlab import BUILD, Lab, Line, PROGRAM, TIMEOUT, View, need, sha256

LIVER = f"{BUILD}/tests/cli/liver"
OPEN = "archive/open/"
SIGNATURE = re.compile(rb"[0-9a-f]{128}")


class Vouched:
    """One open segment that the state knows: its statements and their octets, as far as they
    hold.  Signatures are the program's to check: nobody else writes here."""

    def __init__(self, view, known):
        self.sequence, self.stem = known["sequence"], known["stem"]
        self.data = view.files.get(f"{OPEN}{self.stem}.statements.part", b"")
        self.taken = 0
        self.sizes = {}
        self.statements = []
        before = None
        lines = self.data.split(b"\n")
        for text, signature in zip(lines[0::2], lines[1::2]):
            if not SIGNATURE.fullmatch(signature) or \
               self.taken + len(text) + 130 > len(self.data):
                break
            s = json.loads(text)
            block = view.files.get(f"{OPEN}{s['file']}.part", b"")
            block = block[s["offset"]:s["offset"] + s["length"]]
            if s["index"] != len(self.statements) or (before and s["previous"] != before) or \
               (s["file"] and (len(block) != s["length"] or sha256(block) != s["sha256"])):
                break
            before = sha256(text + b"\n")
            self.taken += len(text) + 130
            self.statements.append((s, before))
            if s["file"]:
                self.sizes[s["file"]] = s["offset"] + s["length"]
        self.known = any(s["index"] == known["index"] and h == known["statement"]
                         for s, h in self.statements)
        self.rows = self.statements[-1][0]["rows"] if self.statements else 0


class LiveView(View):
    """A moment of an archive with open segments."""

    def __init__(self, lab):
        super().__init__(lab)
        data = self.files.get(f"state/anchors/{self.id}.durable")
        record = json.loads(data)["open"] if data else []
        head = self.anchor["sequence"] if self.anchor else 0
        if self.prepared and self.prepared.get("sequence") == head + 1:
            head += 1
        self.stale = [r["stem"] for r in record if r["sequence"] <= head]
        self.vouched = [Vouched(self, r) for r in record if r["sequence"] > head]

    def left_open(self):
        """Names and hashes; the tails of what is vouched for are files of their own."""
        left = super().left_open()
        left.pop("reserve", None)
        for stem in self.stale:
            left.pop(f"{stem}.statements.part", None)
            left.pop(f"{stem}.flows.ipfix.part", None)
        for v in self.vouched:
            if not v.statements:
                continue
            sizes = {f"{v.stem}.flows.ipfix": 0, **v.sizes}
            sizes[f"{v.stem}.statements"] = v.taken
            for name, size in sizes.items():
                left.pop(f"{name}.part", None)
                tail = self.files.get(f"{OPEN}{name}.part", b"")[size:]
                if tail:
                    left[f"{name}.tail.part"] = sha256(tail)
        return left

    def rows(self):
        """All that is sealed, decided, or vouched for."""
        rows = {s: m["rows"] for s, m in self.manifests().items()}
        if self.prepared and "sequence" in self.prepared:
            rows[self.prepared["sequence"]] = self.prepared["rows"]
        return sum(rows.values()) + sum(v.rows for v in self.vouched)


class LiveLab(Lab):
    def view(self):
        return LiveView(self)

    def live(self, first, count, *options, rows=4, durable=1, segment=2):
        return [LIVER, self.state, self.archive, str(first), str(count), str(rows), str(durable),
                str(segment), "kept", *options]

    def numbers(self):
        """Of all sealed rows, in order."""
        done = subprocess.run([PROGRAM, "show", "-q", "--state", self.state, "-o", "csv",
                               "--columns", "first_frame", self.archive],
                              capture_output=True, timeout=TIMEOUT)
        need(done.returncode == 0, f"show: {done.stderr.decode()}")
        return [int(x) for x in done.stdout.split()[1:]]


def said(done, word):
    """The last number that the driver has said with this word."""
    found = re.findall(rf"^{word} (\d+) ", done.stdout.decode(), re.M)
    return int(found[-1]) if found else 0


class LiveLine(Line):
    """The invariants, and those of what was durable."""

    def __init__(self, lab):
        super().__init__(lab)
        self.durable = 0    # rows below that number were said to be durable
        self.expected = None  # rows that must be sealed: no more, no less
        self.owed = []      # sequences of open segments that recovery must declare

    def look(self):
        view = super().look()
        for v in view.vouched:
            seed = view.files.get(f"state/keys/{view.id}-{v.sequence:08d}.key", b"")
            for s, digest in v.statements:
                self._text((sha256(seed), s["index"]), digest, f"statement of {v.stem}")
        return view

    def crashed(self):
        view = super().crashed()
        for v in view.vouched:
            need(v.known, f"{v.stem}: what the state knows to be durable is not in open/")
        self.expected = view.rows()
        self.owed += [v.sequence for v in view.vouched if v.statements]
        need(self.expected >= self.durable - 1, f"{self.expected} rows, durable {self.durable}")
        return view

    def check_rows(self, strict=True):
        """What was vouched for is sealed, and nothing else.  strict: of one run alone."""
        manifests = self.view.manifests()
        total = sum(m["rows"] for m in manifests.values())
        need(total == self.expected, f"{total} rows sealed, {self.expected} vouched for")
        need(self.lab.numbers() == list(range(1, total + 1)), f"the rows: {self.lab.numbers()}")
        for sequence in self.owed:
            need(any(r["action"] == "recovered" and r["sequence"] == sequence
                     for r in manifests[sequence]["recovery"]),
                 f"that {sequence} was recovered is not declared")
        lost = [r for m in manifests.values() for r in m["recovery"] if r["action"] == "lost"]
        need(not lost, f"a loss is declared: {lost}")
        need("state/anchors/" + self.view.id + ".durable" not in self.view.files,
             "the state still knows of an open segment")
        if not strict:
            return
        octets = b"".join(self.view.files[p] for p in sorted(
            (p for p in self.view.files if p.endswith(".octets.txt") and View.is_place(p)),
            key=lambda p: int(p.rsplit("-", 1)[1].split(".")[0])))
        starts = [int(x.split()[-1]) for x in octets.decode().splitlines()]
        need(starts == sorted(set(starts)) and (not starts or starts[0] == 1) and
             len(starts) >= (self.durable - 1) // 4, f"octets kept of rows {starts}")
