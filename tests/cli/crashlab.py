# SPDX-License-Identifier: BSD-2-Clause
"""What crash.py and powerloss.py share: a place with an archive and its state, commands that
run there under crashshim.so, and the invariants of nfseal-archive(5), SEALING and RECOVERY."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from multiprocessing import Pool

PROGRAM = os.environ["NFSEAL"]
BUILD = os.path.dirname(PROGRAM)
SHIM = f"{BUILD}/tests/cli/crashshim.so"
RECOVERER = f"{BUILD}/tests/cli/recoverer"
SEALED_NAME = re.compile(r"-(\d{8,})\.")
TIMEOUT = 60
FAILURES_SHOWN = 12


class Broken(Exception):
    """An invariant does not hold."""


def need(holds, text):
    if not holds:
        raise Broken(text)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Lab:
    """Two directories at a fixed place: the state remembers paths."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        self.run_dir = f"{self.root}/run"
        self.archive = f"{self.run_dir}/archive"
        self.state = f"{self.run_dir}/state"
        self.log = f"{self.root}/log"
        os.makedirs(self.run_dir)
        for name, count, seed in (("one", 6, 1), ("two", 6, 2), ("more", 2, 3)):
            subprocess.run([f"{BUILD}/fixtures/mkcapture", "-c", str(count), "-d", "20", "-S",
                            str(seed), f"{self.root}/{name}.pcap"], check=True)

    def view(self):
        return View(self)

    def capture(self, name, *options):
        return [PROGRAM, "capture", "-j", "1", "-r", f"{self.root}/{name}.pcap", "--state",
                self.state, "-w", self.archive, *options]

    def cycle(self):
        return [[PROGRAM, "init", "--state", self.state, self.archive], self.capture("one"),
                self.capture("two", "-t", "10"),
                [PROGRAM, "close", "--state", self.state, self.archive]]

    def run(self, command, at=0, mode="", log=False, preload=SHIM, **more):
        env = dict(os.environ, CRASH_DIRS=self.run_dir, LD_PRELOAD=preload,
                   CRASH_AT=str(at), CRASH_MODE=mode, **more)
        env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + \
            ":verify_asan_link_order=0:detect_leaks=0"
        if log:
            env["CRASH_LOG"] = self.log
        return subprocess.run(command, env=env, capture_output=True, timeout=TIMEOUT)

    def logged(self, command, **more):
        """Runs it and returns the lines of its log."""
        if os.path.exists(self.log):
            os.unlink(self.log)
        done = self.run(command, log=True, **more)
        lines = []
        if os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as f:
                lines = [line.rstrip("\n").split("\t") for line in f]
        return done, lines

    def calls(self, command):
        """How many calls it makes, and which (number to call)."""
        done, lines = self.logged(command)
        need(done.returncode == 0, f"{command}: {done.stderr.decode()}")
        return {int(line[0]): line[1] for line in lines}

    def save(self, name):
        self.drop(name)
        shutil.copytree(self.run_dir, f"{self.root}/{name}")

    def load(self, name):
        shutil.rmtree(self.run_dir)
        shutil.copytree(f"{self.root}/{name}", self.run_dir)

    def drop(self, name):
        shutil.rmtree(f"{self.root}/{name}", ignore_errors=True)

    def files(self):
        """All files, path below run/ to content."""
        out = {}
        for base, _, names in os.walk(self.run_dir):
            for name in names:
                path = f"{base}/{name}"
                with open(path, "rb") as f:
                    out[os.path.relpath(path, self.run_dir)] = f.read()
        return out


class View:
    """What lies there at one moment."""

    def __init__(self, lab):
        self.files = lab.files()
        self.anchor = None
        self.prepared = None
        for path, data in self.files.items():
            if path.startswith("state/anchors/") and path.endswith(".json"):
                need(self.anchor is None, "two anchors")
                self.anchor = json.loads(data)
        self.id = self.anchor["archive"] if self.anchor else None
        data = self.files.get(f"state/archives/{self.id}/prepared.json")
        if data is not None:
            self.prepared = json.loads(data)
            self.prepared_bytes = data

    def in_place(self):
        """Files of sealed segments and the genesis, path to content."""
        sealed = {m.group(1) for p in self.files if p.endswith(".manifest.json") and
                  self.is_place(p) for m in [SEALED_NAME.search(p)] if m}
        out = {p: d for p, d in self.files.items() if self.is_place(p) and
               (m := SEALED_NAME.search(p)) and m.group(1) in sealed}
        if "archive/genesis.json" in self.files:
            out["archive/genesis.json"] = self.files["archive/genesis.json"]
            out["archive/genesis.sig"] = self.files.get("archive/genesis.sig")
        return out

    @staticmethod
    def is_place(path):
        return path.startswith("archive/") and not path.startswith(("archive/open/",
                                                                    "archive/quarantine/"))

    def manifests(self):
        """Sequence to parsed manifest, of those in place."""
        out = {}
        for path, data in self.files.items():
            if self.is_place(path) and path.endswith(".manifest.json"):
                m = json.loads(data)
                need(m["sequence"] not in out, f"sequence {m['sequence']} twice")
                out[m["sequence"]] = m
        return out

    def left_open(self):
        """What the next opening must set aside: name to hash."""
        mine = set()
        if self.prepared is not None and "files" in self.prepared:
            stem = self.prepared["files"][0]["name"].split(".")[0]
            mine = {f["name"] + ".part" for f in self.prepared["files"]}
            mine |= {f"{stem}.manifest.json.part", f"{stem}.manifest.sig.part"}
        if self.prepared is not None and "files" not in self.prepared:
            mine = {"genesis.json.part", "genesis.sig.part"}
        return {p.split("/")[-1]: sha256(d) for p, d in self.files.items()
                if p.startswith("archive/open/") and p != "archive/open/lock" and
                p.split("/")[-1] not in mine}


class Line:
    """The invariants over all moments of one history, from one key to the next."""

    def __init__(self, lab):
        self.lab = lab
        self.texts = {}       # (archive, sequence): the one text
        self.signatures = {}  # the same: the one signature
        self.sealed = {}      # path: content
        self.due = {}         # sequence decided: its bytes
        self.aside = []       # (name, hash) that must be declared
        self.view = None

    def _text(self, key, data, path):
        old = self.texts.setdefault(key, data)
        need(old == data, f"a second text for {key} in {path}")

    def look(self):
        """Notes this moment and compares it with those before."""
        view = self.lab.view()
        for path, data in view.files.items():
            name = path.split("/")[-1]
            m = SEALED_NAME.search(name)
            if name == "prepared.json":
                text = json.loads(data)
                self._text((text["archive"], text.get("sequence", 0)), data, path)
                if text["archive"] == view.id and "sequence" in text:
                    self.due[text["sequence"]] = data
            elif ".manifest.json" in name and m and data.endswith(b"}\n"):
                self._text((json.loads(data)["archive"], int(m.group(1))), data, path)
            elif ".manifest.sig" in name and m and len(data) == 64 and any(data[32:]):
                key = (view.id, int(m.group(1)))
                need(self.signatures.setdefault(key, data) == data, f"a second signature: {path}")
        for path, data in self.sealed.items():
            need(view.files.get(path) == data, f"sealed and now different: {path}")
        self.sealed.update(view.in_place())
        self.view = view
        return view

    def crashed(self):
        view = self.look()
        self.aside += view.left_open().items()
        return view

    def verdict(self, *options):
        done = subprocess.run([PROGRAM, "verify", "--json", "--state", self.lab.state, *options,
                               self.lab.archive], capture_output=True, timeout=TIMEOUT)
        need(done.stdout.startswith(b"{"), f"verify: {done.returncode} {done.stderr.decode()}")
        return json.loads(done.stdout)

    def check_meantime(self):
        """Before recovery: what is sealed stands."""
        if self.view.anchor and "archive/genesis.json" in self.view.files:
            got = self.verdict()["verdict"]
            need(got in ("VERIFIED", "UNANCHORED"), f"before recovery: {got}")

    def recover(self, **more):
        """Once; whether the archive can be extended."""
        done = self.lab.run([RECOVERER, self.lab.state, self.lab.archive], **more)
        self.look()
        return done

    def check_recovered(self, done):
        """It did what it must, and a second one changes nothing."""
        text = (done.stdout + done.stderr).decode()
        gone = self.view.anchor is None
        closed = not gone and self.view.anchor["closed"]
        need(done.returncode == (1 if gone or closed else 0), f"recovery: {text}")
        need(not gone or "archive/genesis.json" not in self.view.files, f"recovery: {text}")
        need(not closed or "closed" in text, f"recovery: {text}")
        before = self.view.files
        again = self.recover()
        need(again.stdout == done.stdout, f"a second recovery says {again.stderr.decode()}")
        need(self.view.files == before, "a second recovery changes " + ", ".join(
            p for p in before.keys() | self.view.files.keys()
            if before.get(p) != self.view.files.get(p)))

    def check_settled(self):
        """The state between two runs: keys, what was decided, nothing open."""
        view = self.view
        if view.anchor is None:
            return
        head = view.anchor["sequence"]
        keys = {int(p[-12:-4]) for p in view.files if p.startswith(f"state/keys/{view.id}")}
        need(not [k for k in keys if k <= head], f"keys {keys} at head {head}")
        need(view.anchor["closed"] or head + 1 in keys, f"no key {head + 1}")
        need(not view.anchor["closed"] or not keys, f"keys {keys} of a closed archive")
        need(view.prepared is None, "still prepared")
        left = [p for p in view.files if p.startswith("archive/open/") and
                p != "archive/open/lock"]
        need(not left, f"left in open/: {left}")
        manifests = view.manifests()
        need(sorted(manifests) == list(range(1, head + 1)), f"{sorted(manifests)}, head {head}")
        for sequence, data in self.due.items():
            need(sequence in manifests, f"segment {sequence} was decided and is not sealed")
            need(data in view.files.values(), f"segment {sequence} has other bytes")

    def check_declared(self, finished, again=False):
        """What was set aside, and the seal that recovery finished.  Again: a power loss may have
        brought back to open/ what was told, and what cannot be told any more is told again."""
        manifests = self.view.manifests()
        told = [(f["name"], f["sha256"]) for m in manifests.values() for r in m["recovery"]
                if r["action"] == "quarantined" for f in r["files"]]
        there = [(p.split("/")[-1], sha256(d)) for p, d in self.view.files.items()
                 if p.startswith("archive/quarantine/")]
        need(sorted(told) == sorted(there) or (again and set(there) <= set(told)),
             f"declared {sorted(told)}, kept {sorted(there)}")
        for name, digest in self.aside:
            need(any(d == digest and n.startswith(name + ".") for n, d in there),
                 f"{name} was neither kept nor declared")
        if finished is not None and finished + 1 in manifests:
            need(any(r["action"] == "sealed" and r["sequence"] == finished
                     for r in manifests[finished + 1]["recovery"]),
                 f"that {finished} was sealed by recovery is not declared")

    def go_on(self, deep_only=False):
        """The next command works, and all verifies."""
        head = self.view.anchor["sequence"] if self.view.anchor else 0
        closed = bool(self.view.anchor and self.view.anchor["closed"])
        done = self.lab.run(self.lab.capture("more", "-q"))
        self.look()
        text = done.stderr.decode()
        need(done.returncode == (2 if closed else 0), f"next: exit {done.returncode}: {text}")
        need(closed or self.view.anchor["sequence"] == head + 1, "the sequence does not go on")
        self.check_settled()
        for options in ((("--deep",),) if deep_only else ((), ("--deep",))):
            report = self.verdict(*options)
            need(report["verdict"] == "VERIFIED", f"{options}: {report['verdict']} "
                 f"{[s for s in report['segments'] if s['findings']]}")
            need(report["head"]["sequence"] == self.view.anchor["sequence"], "another head")


def report(tag, text):
    """The figures, for people: build/crash.txt holds the last ones of each test."""
    path = f"{os.path.dirname(BUILD)}/crash.txt"
    lines = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            lines = [line for line in f if not line.startswith(tag + ":")]
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines + [f"{tag}: {text}\n"])
    print(text)


def new_states(calls):
    """Of calls (number to name) those before which a kill leaves another state than before the one
    that precedes it: what only syncs or closes changes nothing that a kill could leave."""
    return {k for k in calls if calls.get(k - 1) not in ("fsync", "close")}


def spread(tasks, count):
    """So many of them (0: all), the same each time, from everywhere."""
    if count == 0 or count >= len(tasks):
        return tasks
    return [tasks[n * len(tasks) // count] for n in sorted(range(count), key=lambda n: n * 61 % 97)]


def attempt(tasks, seconds, one, name):
    """one(*task) of each task until the time is over (0: of all).  The sum of the counts that it
    returns, and what is broken, each behind the task's name(*task)."""
    counts, failures = Counter(), []
    end = time.monotonic() + seconds
    for task in tasks:
        if seconds and time.monotonic() > end:
            break
        try:
            counts.update(one(*task))
        except Broken as e:
            failures.append(f"{name(*task)}: {e}")
    return counts, failures


def share_out(work, tasks, seconds):
    """work(root, tasks, seconds) in two processes, a root for each: the counts and failures of both."""
    workers = int(os.environ.get("CRASH_JOBS", "2"))
    counts, failures = Counter(), []
    with Pool(workers) as pool:
        for c, f in pool.starmap(work, [(f"{os.getcwd()}/lab{n}", tasks[n::workers], seconds)
                                        for n in range(workers)]):
            counts += c
            failures += f
    return counts, failures


def verdict(failures, enough):
    """The exit status; the first failures are shown."""
    for text in failures[:FAILURES_SHOWN]:
        print("FAILED", text[:1500])
    return 0 if enough and not failures else 1
