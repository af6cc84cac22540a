# SPDX-License-Identifier: BSD-2-Clause
"""Power losses: from the log of all calls of a run the states of the disk are made in which what
was not yet synced is lost, wholly or up to three operations of it in any combination, or torn;
each is recovered and must hold the invariants, and what was durable must be there.  The runs
are an init, seal, rotate, close cycle, and such that were killed at the k-th call and recovered.
powerloss.py COUNT SECONDS: so many states of each kind, the same each time; 0 0 is all.

The disk: the data of a file is durable by fsync of the file, a name by fsync of its directory.
A rename replaces atomically, but the old name may stay (as with soft updates)."""
import itertools
import json
import os
import shutil
import sys
import time
from collections import Counter

from crash import decided
from crashlab import Broken, Lab, Line, RECOVERER, need, report, sha256, share_out, spread, verdict

COMBINED_MAX = 9
SAMPLED = 4  # events for each case of a sample


class Op:
    """One thing that a power loss can take."""

    def __init__(self, at, kind, node, **more):
        self.at, self.kind, self.node = at, kind, node
        self.durable = None  # at which event
        self.__dict__.update(more)


class Disk:
    """The operations of a log, each with the event that made it durable."""

    def __init__(self, root, lines):
        self.root = root
        self.ops = []
        self.mode = {0: 0o755}
        self.tree = {0: {}}  # as the running program sees it: directory to names to nodes
        self.events = 0
        for line in lines:
            if line[2] == "1" and line[1] != "close":
                self.events += 1
                getattr(self, "_" + line[1])(*line[3:])

    def _find(self, path):
        """The directory's node and the name."""
        parts = os.path.relpath(path, self.root).split("/")
        node = 0
        for part in parts[:-1]:
            node = self.tree[node][part]
        return node, parts[-1]

    def _add(self, kind, node, **more):
        self.ops.append(Op(self.events, kind, node, **more))
        return self.ops[-1]

    def _new(self, path, mode):
        where, name = self._find(path)
        node = len(self.mode)
        self.mode[node] = int(mode, 8) & ~0o022
        self._add("set", where, name=name, target=node)
        self.tree[where][name] = node
        return node

    def _create(self, path, mode):
        self._new(path, mode)

    def _mkdir(self, path, mode):
        self.tree[self._new(path, mode)] = {}

    def _write(self, path, offset, data):
        where, name = self._find(path)
        self._add("data", self.tree[where][name], offset=int(offset), data=bytes.fromhex(data))

    def _fsync(self, path):
        if path == self.root:
            node = 0
        else:
            where, name = self._find(path)
            node = self.tree[where][name]
        for op in self.ops:
            if op.node == node and op.durable is None:
                op.durable = self.events

    def _rename(self, old, new):
        where, name = self._find(old)
        to, to_name = self._find(new)
        node = self.tree[where].pop(name)
        new_name = self._add("set", to, name=to_name, target=node)
        self._add("del", where, name=name, after=new_name)
        self.tree[to][to_name] = node

    def _unlink(self, path):
        where, name = self._find(path)
        self._add("del", where, name=name, after=None)
        del self.tree[where][name]

    def _truncate(self, path, length):
        where, name = self._find(path)
        self._add("cut", self.tree[where][name], length=int(length))

    def pending(self, t):
        return [op for op in self.ops if op.at <= t and (op.durable is None or op.durable > t)]

    def contents(self, t, lost, torn=None, zeros=False):
        """Node to names, node to bytes, of the disk when event t was the last."""
        names = {node: {} for node in self.tree}
        data = {}
        for op in self.ops:
            if op.at > t or op in lost:
                continue
            if op.kind == "set":
                names[op.node][op.name] = op.target
            elif op.kind == "del":
                if op.after is None or op.after not in lost:
                    names[op.node].pop(op.name, None)
            elif op.kind == "cut":
                data[op.node] = data.get(op.node, b"")[:op.length]
            else:
                piece = op.data
                if op is torn:
                    piece = b"\0" * len(piece) if zeros else piece[:len(piece) // 2]
                old = data.get(op.node, b"").ljust(op.offset, b"\0")
                data[op.node] = old[:op.offset] + piece + old[op.offset + len(piece):]
        return names, data

    def make(self, contents):
        """That disk as directories; an id of what is in it."""
        names, data = contents
        shutil.rmtree(self.root, ignore_errors=True)
        made = {}
        seen = []

        def fill(node, path):
            os.mkdir(path)
            os.chmod(path, self.mode[node])
            for name, child in sorted(names[node].items()):
                below = f"{path}/{name}"
                if child in self.tree:
                    seen.append((below, "directory"))
                    fill(child, below)
                elif child in made:
                    os.link(made[child], below)
                    seen.append((below, made[child]))
                else:
                    with open(below, "wb") as f:
                        f.write(data.get(child, b""))
                    os.chmod(below, self.mode[child])
                    made[child] = below
                    seen.append((below, sha256(data.get(child, b""))))
        fill(0, self.root)
        return sha256(repr(seen).encode())


def variants(pending):
    """(lost operations, torn operation, zeros instead of half) of one moment."""
    yield (), None, False
    if not pending:
        return
    if len(pending) > 3:
        yield tuple(pending), None, False
    # Of the many writes to one growing file the first and the last ones stand for all.
    few = pending if len(pending) <= COMBINED_MAX else pending[:2] + pending[2 - COMBINED_MAX:]
    for n in (1, 2, 3):
        for lost in itertools.combinations(few, n):
            yield lost, None, False
    for op in few:
        if op.kind == "data":
            yield (), op, False
            yield (), op, True
            names = tuple(p for p in pending if p.kind != "data")
            if names:
                yield names, op, False


def promised(disk, t):
    """What was durable: the archive, its head, and the exact bytes of each decided manifest."""
    archive, head, texts = None, -1, {}
    for op in disk.ops:
        if op.kind != "set" or op.durable is None or op.durable > t or op.target in disk.tree:
            continue
        if not op.name.endswith(".json"):
            continue
        text = b"".join(o.data for o in disk.ops if o.kind == "data" and o.node == op.target)
        doc = json.loads(text)
        if doc["format"] == "nfseal-anchor/1":
            archive, head = doc["archive"], max(head, doc["sequence"])
        if doc["format"] == "nfseal-manifest/1":
            texts[doc["sequence"]] = text
    return archive, head, texts


def examine(lab, disk, t):
    """The state that stands there is recovered, and holds what was promised."""
    archive, head, texts = promised(disk, t)
    line = Line(lab)
    view = line.crashed()
    need(archive is None or view.id == archive, f"archive {view.id} instead of {archive}")
    need(view.anchor is None or view.anchor["sequence"] >= head, "the head is lost")
    finished = decided(view)
    line.check_meantime()
    line.check_recovered(line.recover())
    line.check_settled()
    line.go_on(deep_only=True)
    line.check_declared(finished, again=True)
    for sequence, text in texts.items():
        need(text in line.view.files.values(), f"segment {sequence} was decided and is lost")


def runs(lab, everything):
    """The whole cycle, and (name, run) of such that were killed: functions that return a log and
    how many of its lines come before what is examined."""
    def whole():
        return sum((lab.logged(c)[1] for c in lab.cycle()), []), 0

    def killed(i, k):
        def run():
            before = sum((lab.logged(c)[1] for c in lab.cycle()[:i]), [])
            before += lab.logged(lab.cycle()[i], at=k, mode="kill")[1]
            after = lab.logged([RECOVERER, lab.state, lab.archive])[1]
            return before + after + lab.logged(lab.capture("more", "-q"))[1], len(before)
        return run

    whole_log = whole()[0]
    starts = [n for n, line in enumerate(whole_log) if line[0] == "1"] + [len(whole_log)]
    files = {line[3] for line in whole_log if line[1] == "create"}
    # A kill before a directory's fsync leaves most to lose.
    points = [(i, int(line[0])) for i in (0, 1) for line in whole_log[starts[i]:starts[i + 1]]
              if everything or (line[1] == "fsync" and line[3] not in files)]
    return whole, [(f"{('init', 'seal')[i]} killed at {k}", killed(i, k)) for i, k in points]


def fresh(lab):
    shutil.rmtree(lab.run_dir, ignore_errors=True)
    os.mkdir(lab.run_dir)


def explore(lab, name, run, count, end, results, judge):
    """Power losses of one run."""
    fresh(lab)
    lines, first = run()
    disk = Disk(lab.run_dir, lines)
    skipped = sum(1 for line in lines[:first] if line[2] == "1" and line[1] != "close")
    # A sample looks at some events only: to list what all could lose takes longer than to try it.
    moments = spread(range(skipped, disk.events + 1), SAMPLED * count)
    pending = {t: disk.pending(t) for t in moments}
    cases = [(t, v) for t in moments for v in variants(pending[t])
             if count == 0 or first == 0 or (
                 v[1] is None and len(v[0]) in (1, len(pending[t])) and
                 any(op.at <= skipped and op.kind != "data" for op in v[0]))]
    for t, (lost, torn, zeros) in spread(cases, count):
        if end and time.monotonic() > end:
            return
        state = disk.make(disk.contents(t, set(lost), torn, zeros))
        results["disks"] += 1
        if (state, promised(disk, t)[:2]) in results["seen"]:
            continue
        results["seen"].add((state, promised(disk, t)[:2]))
        results["examined"] += 1
        try:
            judge(lab, disk, t)
        except Broken as e:
            what = [f"{op.kind} {getattr(op, 'name', '')}" for op in lost]
            results["failures"].append(f"{name}, event {t}, lost {what}, torn "
                                       f"{torn is not None} zeros {zeros}: {e}")


def part(lab, name, runs_of, judge, tasks, seconds):
    """One worker's share.  tasks: [(its number, of how many, count)]; the first one has the run that is
    whole, the others those that were killed; all of it is shared when it is all."""
    mine, workers, count = tasks[0]
    results = {"seen": set(), "disks": 0, "examined": 0, "failures": []}
    whole, killed = runs_of(lab, count == 0)
    begun = time.monotonic()
    if mine == 0:
        explore(lab, name, whole, count, begun + seconds if seconds else 0, results, judge)
    else:
        killed = killed[mine - 1::workers - 1]
        each = max(1, count // len(killed)) if count else 0
        for n, (what, run) in enumerate(killed):
            end = begun + seconds * (n + 1) / len(killed) if seconds else 0
            results["seen"].clear()
            explore(lab, what, run, each, end, results, judge)
    shutil.rmtree(lab.root)
    return Counter(disks=results["disks"], examined=results["examined"]), results["failures"]


def killed_runs(lab, init, command, everything):
    """Each (call, run) of a command that is killed there, with what recovers it and goes on.  A kill
    before a directory's fsync leaves most to lose; before a statement's, a block."""
    def killed(k):
        def run():
            before = lab.logged(init)[1] + lab.logged(command, at=k, mode="kill")[1]
            after = lab.logged([RECOVERER, lab.state, lab.archive])[1]
            return before + after + lab.logged(lab.capture("more", "-q"))[1], len(before)
        return run

    need(lab.run(init).returncode == 0, "init")
    lines = lab.logged(command)[1]
    files = {line[3] for line in lines if line[1] == "create"}
    points = [int(line[0]) for line in lines if everything or
              (line[1] == "fsync" and (line[3] not in files or "statements" in line[3]))]
    need(points, "nothing was logged")
    return [(k, killed(k)) for k in points]


def conclude(work_of, tag, what):
    """The command line's COUNT and SECONDS, shared out; the exit status."""
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    workers = max(2, int(os.environ.get("CRASH_JOBS", "2")))
    os.environ["CRASH_JOBS"] = str(workers)
    counts, failures = share_out(work_of, [(n, workers, count) for n in range(workers)], seconds)
    report(tag if count else f"{tag}-all",
           f"{counts['disks']} power losses{what}, {counts['examined']} different disks recovered; "
           f"invariants broken: {len(failures)}")
    return verdict(failures, counts["examined"] > 0)


def work(root, tasks, seconds):
    return part(Lab(root), "cycle", runs, examine, tasks, seconds)


if __name__ == "__main__":
    sys.exit(conclude(work, "powerloss", ""))
