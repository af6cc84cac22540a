# SPDX-License-Identifier: BSD-2-Clause
"""Runs the table: run.py [PART OF A NAME].  Exit 0 where every row holds.
run.py --others N: each Nth row is judged by verify.sh and by the verifier that was written from
nfseal-archive(5) alone (tests/independent/) as well, and they must agree."""
import json, os, subprocess, sys

from world import Archive, NFSEAL, capture, run
import files, chain, forged, places, worst

EXITS = dict(VERIFIED=0, MODIFIED=1, FORKED=1, ERROR=2, UNANCHORED=3, INCOMPLETE=4, MALFORMED=5,
             UNTRUSTED=6)
KEYS = ["verdict", "exit_code", "archive", "genesis", "head", "anchor", "segments", "notices"]
ANCHORS = {
    "given": ["--state", "none", "--genesis", "{G}", "--head", "{H}"],
    "remembered": ["--state", "state"],
    "genesis": ["--state", "none", "--genesis", "{G}"],
    "head": ["--state", "none", "--head", "{H}"],
    "none": ["--state", "none"],
}


def seal(name, *options, source):
    run(NFSEAL, "capture", "-q", "-r", source, "-w", name, "--state", "state", "--idle", "5s", *options)
    return Archive(name)


def make_world():
    os.umask(0o022)
    capture("small.pcap", [40, 40, 40, 40], 1)
    capture("other.pcap", [50, 50, 50, 50, 50, 50], 2)
    capture("big.pcap", [125000, 180000, 10], 3)
    w = {"small": seal("small", "-t", "1m", source="small.pcap"),
         "other": seal("other", "-t", "1m", source="other.pcap"),
         "big": seal("big", "-t", "1m", source="big.pcap"),
         "closed": seal("closed", "-t", "1m", "--close", source="small.pcap"),
         "flat": seal("flat", "-t", "1m", "-S", "0", source="small.pcap")}
    assert [len(a.stems) for a in w.values()] == [4, 6, 3, 4, 4], w
    assert w["big"].sizes[1] > 2 << 20 and w["big"].sizes[2] > 3 << 20, w["big"].sizes
    return w


class Row:
    def __init__(self, world, name, base, edit, anchors, verdict, findings=(), notices=(),
                 options=(), user=False, text=None, keep=False):
        self.__dict__.update(locals())

    def prepare(self):
        base = self.base
        run("rm", "-rf", "case")
        if callable(base):
            base(self.world, "case")
            archive = Archive("case")
        else:
            archive = self.world[base].copy("case")
        result = self.edit(archive, self.world) if self.edit else None
        self.tokens = archive.tokens() | (result if isinstance(result, dict) else {})

    def fill(self, items):
        return [str(x).format(**self.tokens) for x in items]

    def command(self, anchors):
        argv = [NFSEAL, "verify"] + self.fill(anchors if isinstance(anchors, list) else ANCHORS[anchors]) + self.fill(self.options)
        if self.user and os.getuid() == 0:
            argv = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] + argv
        return argv

    def run(self):
        self.prepare()
        wrong = []
        for anchors in self.anchors if isinstance(self.anchors, tuple) else (self.anchors,):
            wrong += [f"{anchors}: {w}" for w in self.check(self.command(anchors))]
        return wrong

    def check(self, argv):
        done = subprocess.run(argv + ["--json", "case"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        human = subprocess.run(argv + ["case"], stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=60)
        try:
            doc = json.loads(done.stdout)
        except ValueError:
            return [f"no JSON, exit {done.returncode}: {done.stdout!r} {done.stderr!r}"]
        return list(self.compare(doc, done, human))

    def compare(self, doc, done, human):
        found = sorted(" ".join(str("-" if v is None else v) for v in (
            s["sequence"], f["code"], f["file"], f["offset"], f["length"]))
            for s in doc["segments"] for f in s["findings"])
        told = sorted(f"{n['code']} {n['file'] or '-'}" for n in doc["notices"])
        want = sorted(f if len(f.split()) > 3 else f + " - -" for f in self.fill(self.findings))
        if doc["verdict"] != self.verdict:
            yield f"verdict {doc['verdict']}, not {self.verdict}"
        if not doc["exit_code"] == done.returncode == human.returncode == EXITS[self.verdict]:
            yield f"exits {doc['exit_code']} {done.returncode} {human.returncode}"
        if found != want:
            yield f"findings {found}, not {want}"
        if self.notices is not None and told != sorted(self.fill(self.notices)):
            yield f"notices {told}, not {sorted(self.fill(self.notices))}"
        if any(k not in doc for k in KEYS):
            yield f"keys {list(doc)}"
        if not human.stdout.decode().startswith(self.verdict + " case: "):
            yield f"the first line is {human.stdout.decode().splitlines()[:1]}"
        if any(b < 32 and b != 10 or b == 127 for b in human.stdout + done.stdout):
            yield "control characters in the output"
        if self.text and self.text.format(**self.tokens) not in human.stdout.decode():
            yield f"no {self.text!r} in {human.stdout.decode()}"
        if b"Sanitizer" in done.stderr + human.stderr or b"runtime error" in done.stderr + human.stderr:
            yield done.stderr.decode()


# What the script says that it does not see; it walks forward only.
BLIND = {"NON_CANONICAL", "DUPLICATE_KEY", "SCHEMA", "VERSION", "LIMIT", "COUNTS"}
SOURCE = os.environ.get("NFSEAL_SOURCE", os.path.join(os.path.dirname(__file__), "../.."))


class Others:
    """The three verifiers on one row, with each set of anchors that all of them take."""

    def __init__(self, row):
        self.row, self.compared, self.less = row, 0, 0

    def run(self):
        row, wrong = self.row, []
        sets = row.anchors if isinstance(row.anchors, tuple) else (row.anchors,)
        if row.user or row.options or not all(isinstance(x, str) for x in sets):
            return []
        row.prepare()
        for anchors in {"remembered": "given"}.get(sets[0], sets[0]), "genesis", "none":
            if anchors != "head":
                wrong += [f"{anchors}: {w}" for w in self.compare(row.fill(ANCHORS[anchors])[2:])]
        return wrong

    def compare(self, given):
        command = [NFSEAL, "verify", "--json", "--state", "none"]
        ours = json.loads(subprocess.run(command + given + ["case"], stdin=subprocess.DEVNULL,
                                         capture_output=True, timeout=60).stdout)
        page = subprocess.run([sys.executable, "-B", f"{SOURCE}/tests/independent/verify.py", *given, "case"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        script = subprocess.run([f"{SOURCE}/verify/verify.sh", "case", *given[1::2]],
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        self.compared += 1
        mine = ours["exit_code"], ours["verdict"]
        found = [f for s in ours["segments"] for f in s["findings"]]
        other = page.returncode, page.stdout.decode().split("\n")[0]
        if mine != other:
            yield f"nfseal {mine} {[(f['code'], f['file']) for f in found]}, verify.py {page.stdout.decode()} {page.stderr.decode()}"
        said = script.returncode, script.stdout.decode(errors="replace").split(" ")[0]
        if mine == said:
            return
        self.less += 1
        broken = sum(1 for s in ours["segments"] if s["findings"])
        lost = any((f["file"] or "").endswith(".sig") for f in found)
        if not (BLIND & {f["code"] for f in found} or ((lost or broken > 1) and said[1] != "VERIFIED")):
            yield f"nfseal {mine} {[(f['code'], f['file']) for f in found]}, verify.sh {script.stdout.decode()}"


def compare_others(world, rows, every):
    compared = less = failed = 0
    for row in rows[::every]:
        others = Others(row)
        wrong = others.run()
        compared, less, failed = compared + others.compared, less + others.less, failed + bool(wrong)
        for w in wrong:
            print(f"FAILED: {row.name}: {w}", flush=True)
    print(f"{len(rows[::every])} of {len(rows)} manipulations, {compared} times judged by three verifiers, "
          f"the script said less {less} times, {failed} failed")
    return failed != 0


def tree_of(top):
    """Everything that a verification must leave as it was."""
    out = []
    for path, dirs, names in os.walk(top):
        for name in dirs + names:
            st = os.lstat(os.path.join(path, name))
            out.append((os.path.join(path, name), st.st_mode, st.st_size, st.st_mtime_ns))
    return sorted(out)


def main():
    others = int(sys.argv[2]) if sys.argv[1:2] == ["--others"] else 0
    wanted = sys.argv[1] if len(sys.argv) > 1 and not others else ""
    world = make_world()
    rows = [Row(world, *r[:5], **r[5]) for part in (files, chain, forged, places, worst)
            for r in part.rows() if wanted in r[0]]
    names = [r.name for r in rows]
    assert len(names) == len(set(names)), [n for n in names if names.count(n) > 1]
    if others:
        return compare_others(world, rows, others)
    failed = 0
    before = tree_of("state")
    for row in rows:
        try:
            wrong = row.run()
        except Exception as e:
            wrong = [f"cannot be done: {e!r}"]
        failed += bool(wrong)
        for w in wrong:
            print(f"FAILED: {row.name}: {w}", flush=True)
    if tree_of("state") != before:
        print("FAILED: a verification wrote into the state")
        failed += 1
    for extra in (places.command_line, places.readers):
        wrong = list(extra(world)) if not wanted else []
        failed += bool(wrong)
        for w in wrong:
            print(f"FAILED: {extra.__name__}: {w}", flush=True)
    print(f"{len(rows)} manipulations, {failed} failed")
    return failed != 0


sys.exit(main())
