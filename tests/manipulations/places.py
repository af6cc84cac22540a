# SPDX-License-Identifier: BSD-2-Clause
"""Rows: archives that are not there, not readable, not archives, or not alone; and beside the
table the command line and the commands that read.  See files.py for what a row is."""
import json, os, shutil, subprocess

from world import Archive, NFSEAL, run, write
from chain import fork, rename_pair
from files import row

BROKEN = 3  # show and replay: done, but something was damaged


def unreadable():
    """As an ordinary user, on files that are root's or have no mode."""
    def hide(*names):
        def edit(a, w):
            for name in names:
                os.chmod(a.path(name.format(**a.tokens())), 0)
        return edit
    yield row("unreadable: data", "small", hide("{D2}"), "ERROR", "2 IO {D2}", user=True)
    yield row("unreadable: a manifest", "small", hide("{M2}"), "ERROR", "2 IO {M2}", user=True,
              notices=["UNLISTED_FILE {D2}"])
    yield row("unreadable: a signature", "small", hide("{S2}"), "ERROR", "2 IO {S2}", user=True)
    yield row("unreadable: the genesis", "small", hide("genesis.json"), "ERROR",
              "0 IO genesis.json", user=True, anchors="given")
    yield row("unreadable: the genesis' signature", "small", hide("genesis.sig"), "ERROR",
              "0 IO genesis.sig", user=True)
    yield row("unreadable: data of one, a flip in another", "small",
              lambda a, w: hide("{D2}")(a, w) or a.flip(a.d(3), 3), "MODIFIED", "2 IO {D2}",
              "3 CHUNK_HASH {D3} 0 {z3}", user=True)
    yield row("unreadable: the day", "small", hide("2025/11/23"), "ERROR",
              *[f"{n} IO -" for n in (1, 2, 3, 4)], user=True,
              notices=["UNLISTED_FILE 2025/11/23"])
    yield row("unreadable: open/", "small", hide("open"), "VERIFIED", user=True, notices=None)


def unsealed():
    yield row("open/: a segment that is being written", "small",
              lambda a, w: a.put("open/20251123T080400Z-00000005.flows.parquet.part", b"x"), "VERIFIED",
              notices=["UNSEALED_SEGMENT open/20251123T080400Z-00000005.flows.parquet.part"])
    yield row("open/: a garbage manifest", "small", lambda a, w: a.put("open/x.manifest.json", b"{"),
              "VERIFIED", notices=["UNSEALED_SEGMENT open/x.manifest.json"])
    yield row("open/: something in the lock", "small", lambda a, w: a.put("open/lock", b"hidden"),
              "VERIFIED", notices=["UNSEALED_SEGMENT open/lock"])
    yield row("open/: removed", "small", lambda a, w: shutil.rmtree(a.path("open")), "VERIFIED")
    yield row("quarantine/: what a crash left", "small", lambda a, w: a.put("quarantine/x.1", b"x"),
              "VERIFIED", notices=["UNSEALED_SEGMENT quarantine/x.1"])


def no_archive():
    gone = lambda a, w: run("sh", "-c", f"rm -rf {a.place}/*") and None
    yield row("no archive: empty, nothing known", "small", gone, "MALFORMED",
              "0 VERSION genesis.json", anchors="none")
    yield row("no archive: empty, genesis and head known", "small", gone, "INCOMPLETE",
              "0 FILE_MISSING genesis.json", "1 SEGMENT_MISSING -", "2 SEGMENT_MISSING -",
              "3 SEGMENT_MISSING -", "4 HEAD_MISSING -", anchors="given")
    yield row("no archive: other people's files", "small",
              lambda a, w: gone(a, w) or a.put("notes.txt", b"x"), "MALFORMED",
              "0 VERSION genesis.json", anchors="none", notices=["UNLISTED_FILE notes.txt"])
    yield row("no archive: a file", "small",
              lambda a, w: shutil.rmtree(a.place) or write(a.place, b"x"), "MALFORMED",
              "0 VERSION -", anchors=("none", "given"))
    yield row("no archive: a FIFO", "small",
              lambda a, w: shutil.rmtree(a.place) or os.mkfifo(a.place), "MALFORMED",
              "0 VERSION -", anchors="none")
    yield row("no archive: not there", "small", lambda a, w: shutil.rmtree(a.place), "ERROR",
              "0 IO -", anchors=("none", "given"))
    yield row("no archive: a link to the archive", "small", linked, "VERIFIED")
    yield row("no archive: no permission", "small", lambda a, w: os.chmod(a.place, 0), "ERROR",
              "0 IO -", anchors="none", user=True)


def linked(a, w):
    run("rm", "-rf", "case.there")
    os.rename(a.place, "case.there")
    os.symlink("case.there", a.place)


def by_path():
    """The state remembers where an archive was written."""
    def written(w, place):
        run("rm", "-rf", "case.state")
        run(NFSEAL, "capture", "-q", "-r", "small.pcap", "-w", place, "--state", "case.state")
    here = ["--state", "case.state"]
    yield row("remembered: at its path", written, None, "VERIFIED", anchors=here)
    yield row("remembered: another archive at its path", written,
              lambda a, w: shutil.rmtree(a.place) or shutil.copytree("other", a.place) and
              {n: os.path.join("2025/11/23", m) for n, m in names(w["other"]).items()}, "MODIFIED",
              "0 WRONG_GENESIS genesis.json", "1 CHAIN {O1}", *[f"{n} CHAIN {{O{n}}}" for n in range(1, 7)],
              anchors=here)
    yield row("remembered: another genesis at its path", written,
              lambda a, w: a.take(w["other"], ["genesis.json", "genesis.sig"]), "MODIFIED",
              "0 WRONG_GENESIS genesis.json", anchors=here)
    yield row("remembered: a byte of the genesis", written, lambda a, w: a.flip("genesis.json", 300),
              "MODIFIED", "0 WRONG_GENESIS genesis.json", anchors=here)
    yield row("remembered: emptied", written,
              lambda a, w: run("sh", "-c", f"rm -rf {a.place}/*") and None, "INCOMPLETE",
              "0 FILE_MISSING genesis.json", "1 HEAD_MISSING -", anchors=here)
    yield row("remembered: in a directory that others may write", written,
              lambda a, w: os.chmod("case.state/anchors", 0o777), "UNTRUSTED", anchors=here)
    yield row("remembered: an older head, written by the state", written, older_anchor, "UNANCHORED",
              anchors=here)


def names(archive):
    return {f"O{n}": os.path.basename(archive.m(n)) for n in archive.stems}


def older_anchor(a, w):
    """The anchor stays as it was while the archive goes on."""
    run("cp", "-a", "case.state/anchors", "case.anchors")
    run(NFSEAL, "capture", "-q", "-r", "small.pcap", "-w", a.place, "--state", "case.state")
    run("rm", "-r", "case.state/anchors")
    os.rename("case.anchors", "case.state/anchors")


def rows():
    for part in (unreadable, unsealed, no_archive, by_path):
        yield from part()


def command_line(world):
    a = world["small"]
    g, h = a.genesis, a.heads[4]
    for argv, want in (
            (["--genesis", g, "--head", h], 0), (["--genesis=" + g, "--head=" + h], 0),
            (["--genesis", g.upper(), "--head", "4:" + h[2:].upper()], 0),
            (["--genesis", g[:-1]], 2), (["--genesis", g + "0"], 2), (["--genesis", ""], 2),
            (["--genesis", "g" * 64], 2), (["--genesis"], 2), (["--genesis", " " + g], 2),
            (["--head", h[2:]], 2), (["--head", "4"], 2), (["--head", "4:"], 2),
            (["--head", ":" + h[2:]], 2), (["--head", "-1:" + h[2:]], 2),
            (["--head", "x:" + h[2:]], 2), (["--head", "4:" + h[3:]], 2), (["--head", h + "0"], 2),
            (["--head", "99999999999999999999:" + h[2:]], 2), (["--head", h + "\n"], 2),
            (["--until-head"], 2), (["--what"], 2), (["-j", "0"], 2), (["-j", "x"], 2),
            (["--genesis", g, "--genesis", g], 0)):
        for extra in ([], ["--json"]):
            got = subprocess.run([NFSEAL, "verify", "--state", "none"] + argv + extra + ["small"] if want
                                 else [NFSEAL, "verify", "--state", "state"] + argv + extra + ["small"],
                                 stdin=subprocess.DEVNULL, capture_output=True)
            if got.returncode != want or (want == 2 and (got.stdout or not got.stderr)):
                yield f"{argv} {extra}: exit {got.returncode}, not {want}: {got.stdout!r} {got.stderr!r}"


def reading(*argv):
    return subprocess.run([NFSEAL, *argv], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def fresh(world, base):
    run("rm", "-rf", "case")
    return world[base].copy("case")


def readers(world):
    """show, replay and info on what was tampered with."""
    whole = reading("show", "--state", "state", "-o", "ndjson", "small").stdout.splitlines()

    def lost(name, damage, gone, message, base="small"):
        a = fresh(world, base)
        damage(a)
        got = reading("show", "--state", "state", "-o", "ndjson", "case")
        if got.returncode != BROKEN:
            yield f"show, {name}: exit {got.returncode}: {got.stderr!r}"
        if message.format(**a.tokens()) not in got.stderr.decode():
            yield f"show, {name}: no {message.format(**a.tokens())!r} in {got.stderr!r}"
        if base == "small" and len(got.stdout.splitlines()) != len(whole) - gone:
            yield f"show, {name}: {len(got.stdout.splitlines())} of {len(whole)} flows"
        sent = reading("replay", "--state", "state", "--to", "udp://127.0.0.1:9", "--format",
                       "ipfix", "case")
        if sent.returncode != BROKEN:
            yield f"replay, {name}: exit {sent.returncode}: {sent.stderr!r}"
        if message.format(**a.tokens()) not in sent.stderr.decode():
            yield f"replay, {name}: no {message.format(**a.tokens())!r} in {sent.stderr!r}"

    rows_of = lambda n: json.loads(open(world["small"].path(world["small"].m(n))).read())["rows"]
    yield from lost("data flipped", lambda a: a.flip(a.d(2), 700), rows_of(2), "{D2}")
    yield from lost("data flipped, the code", lambda a: a.flip(a.d(2), 700), rows_of(2), "CHUNK_HASH")
    yield from lost("data cut", lambda a: a.cut(a.d(2), -1), rows_of(2), "{D2}")
    yield from lost("data removed", lambda a: a.remove(a.d(2)), rows_of(2), "{D2}")
    yield from lost("data is a link", lambda a: a.become(a.d(2), "link"), rows_of(2), "{D2}")
    yield from lost("data is a FIFO", lambda a: a.become(a.d(2), "fifo"), rows_of(2), "{D2}")
    yield from lost("a manifest flipped", lambda a: a.flip(a.m(2), 900), rows_of(2), "{M2}")
    yield from lost("a segment removed", lambda a: a.remove(*a.all(2)), rows_of(2), "segment 2")
    yield from lost("the last removed", lambda a: a.remove(*a.all(4)), rows_of(4), "segment 4")
    yield from lost("all renamed, one flipped", lambda a: [rename_pair(a, n, f"x{9 - n}")
                    for n in (1, 3, 4)] and a.flip(a.m(2), 900), rows_of(2), "{M2}")
    yield from lost("moved into quarantine/", lambda a: [a.move(f, "quarantine/" + os.path.basename(f))
                    for f in a.all(2)], rows_of(2), "segment 2")
    yield from lost("a chunk flipped", lambda a: a.flip(a.d(2), (1 << 20) + 5), 0,
                    "{D2}", base="big")
    yield from lost("a chunk flipped, the place", lambda a: a.flip(a.d(2), (1 << 20) + 5), 0,
                    "1048576", base="big")
    yield from forked(world)
    yield from refused(world)
    yield from told_unverified(world)


def forked(world):
    """Neither branch is preferred, unless a known head says which it is; and it is told."""
    run("rm", "-rf", "case")
    x, y = fork(world, "case")
    a = Archive("case")
    rows = lambda n: json.loads(open(x.path(x.m(n))).read())["rows"]
    a.take(y, y.all(3), lambda f: "y/" + os.path.basename(f))
    for state, given, last in (("none", ["--genesis", a.genesis], 2), ("fork.state", [], x.last)):
        for name in ("y/", "a/"): # whichever stands first
            if not os.path.isdir(a.path(name)):
                os.rename(a.path("y"), a.path(name))
            got = reading("show", "--state", state, *given, "-o", "ndjson", "case")
            flows = sum(rows(n) for n in range(1, last + 1))
            if got.returncode != BROKEN or b"FORK" not in got.stderr:
                yield f"show, forked, state {state}: exit {got.returncode}: {got.stderr!r}"
            if len(got.stdout.splitlines()) != flows:
                yield f"show, forked, state {state}: {len(got.stdout.splitlines())} flows, not {flows}"
        os.rename(a.path("a"), a.path("y"))
        sent = reading("replay", "--state", state, *given, "--to", "udp://127.0.0.1:9", "--format", "ipfix", "case")
        if sent.returncode != BROKEN or b"FORK" not in sent.stderr:
            yield f"replay, forked, state {state}: exit {sent.returncode}: {sent.stderr!r}"


def refused(world):
    """Without a genesis to believe nothing is read at all."""
    for name, damage in {
        "genesis flipped": lambda a: a.flip("genesis.json", 300),
        "genesis.sig flipped": lambda a: a.flip("genesis.sig", 3),
        "genesis removed": lambda a: a.remove("genesis.json"),
    }.items():
        a = fresh(world, "small")
        damage(a)
        for command in (["show"], ["replay", "--to", "udp://127.0.0.1:9", "--format", "ipfix"]):
            got = reading(*command, "--state", "state", "case")
            if got.returncode not in (2, 3, 5) or got.stdout:
                yield f"{command[0]}, {name}: exit {got.returncode}: {got.stdout[:200]!r}"
    a = fresh(world, "small")
    got = reading("show", "--state", "state", "--genesis", "0" * 64, "case")
    if got.returncode == 0 or got.stdout or b"WRONG_GENESIS" not in got.stderr:
        yield f"show with another genesis: exit {got.returncode}: {got.stderr!r}"
    got = reading("show", "--state", "none", "--genesis", a.genesis.upper(), "case")
    if got.returncode != 0:
        yield f"show with the genesis in capitals: exit {got.returncode}: {got.stderr!r}"


def told_unverified(world):
    a = fresh(world, "small")
    a.flip(a.d(2), 700)
    got = reading("info", "--state", "state", "case")
    if got.returncode != 0 or b"erif" not in got.stdout:
        yield f"info does not say that it verified nothing: exit {got.returncode}: {got.stdout.decode()}"
    doc = json.loads(reading("info", "--state", "state", "--json", "case").stdout)
    if doc.get("verified") is not False:
        yield f"info --json has no verified false: {list(doc)}"
