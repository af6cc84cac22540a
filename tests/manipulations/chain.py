# SPDX-License-Identifier: BSD-2-Clause
"""Rows: what was done to segments and to the chain: moved, copied, planted, spliced, removed,
forked, re-signed.  See files.py for what a row is."""
import json, os, shutil

from world import Archive, Keys, NFSEAL, canonical, read, run, sha
from files import KNOWN, NOT_REACHED, row


def moved():
    yield row("renamed: data", "small", lambda a, w: a.move(a.d(2), a.d(2) + ".bak"), "INCOMPLETE",
              "2 FILE_MISSING {D2}", notices=["UNLISTED_FILE {D2}.bak"])
    yield row("renamed: a manifest with its signature", "small", lambda a, w: rename_pair(a, 2, "x"),
              "VERIFIED", anchors=KNOWN)
    yield row("renamed: a manifest without its signature", "small",
              lambda a, w: a.move(a.m(2), os.path.dirname(a.m(2)) + "/x.manifest.json"),
              "INCOMPLETE", "2 FILE_MISSING 2025/11/23/x.manifest.sig", notices=["UNLISTED_FILE {S2}"])
    yield row("renamed: a manifest to another sequence's name", "small",
              lambda a, w: rename_pair(a, 2, "20251123T080000Z-00000009"), "VERIFIED")
    yield row("renamed: a manifest, no head", "small", lambda a, w: rename_pair(a, 2, "x"),
              "UNANCHORED", anchors="genesis")
    yield row("renamed: a manifest to what is no candidate", "small",
              lambda a, w: a.move(a.m(2), a.m(2) + ".bak"), "INCOMPLETE", "2 SEGMENT_MISSING -",
              notices=["UNLISTED_FILE {D2}", "UNLISTED_FILE {S2}", "UNLISTED_FILE {M2}.bak"])
    yield row("moved: a segment to another directory", "small",
              lambda a, w: [a.move(f, "elsewhere/" + os.path.basename(f)) for f in a.all(2)],
              "VERIFIED")
    yield row("moved: all segments to the top", "small",
              lambda a, w: [a.move(f, os.path.basename(f)) for n in a.stems for f in a.all(n)],
              "VERIFIED")
    yield row("moved: the data alone", "small",
              lambda a, w: a.move(a.d(2), "elsewhere/data"), "INCOMPLETE", "2 FILE_MISSING {D2}",
              notices=["UNLISTED_FILE elsewhere/data"])
    yield row("moved: a segment into open/", "small",
              lambda a, w: [a.move(f, "open/" + os.path.basename(f)) for f in a.all(2)],
              "INCOMPLETE", "2 SEGMENT_MISSING -",
              notices=["UNSEALED_SEGMENT open/{b%s2}" % k for k in "DMS"])
    yield row("moved: a segment into quarantine/", "small",
              lambda a, w: [a.move(f, "quarantine/" + os.path.basename(f)) for f in a.all(4)],
              "INCOMPLETE", "4 HEAD_MISSING -",
              notices=["UNSEALED_SEGMENT quarantine/{b%s4}" % k for k in "DMS"])
    yield row("swapped: data of two segments", "small", swap_data, "MODIFIED",
              "{s} CHUNK_HASH {Ds} 0 {low}", "{s} FILE_SIZE {Ds} {low} {diff}",
              "{l} FILE_SIZE {Dl} {low} {diff}")
    yield row("swapped: names of two manifests", "small",
              lambda a, w: a.swap(a.m(2), a.m(3)) or a.swap(a.s(2), a.s(3)), "VERIFIED")
    yield row("swapped: two manifests, not their signatures", "small",
              lambda a, w: a.swap(a.m(2), a.m(3)), "MODIFIED", "2 SIGNATURE {S3}", "3 SIGNATURE {S2}")


def swap_data(a, w):
    small, large = sorted((2, 3), key=lambda n: a.sizes[n])
    a.swap(a.d(2), a.d(3))
    return {"s": small, "l": large, "low": a.sizes[small], "diff": a.sizes[large] - a.sizes[small],
            "Ds": a.d(small), "Dl": a.d(large)}


def rename_pair(a, n, stem):
    top = os.path.dirname(a.m(n))
    a.move(a.m(n), f"{top}/{stem}.manifest.json")
    a.move(a.s(n), f"{top}/{stem}.manifest.sig")


def planted():
    yield row("copied: data", "small", lambda a, w: a.dup(a.d(2), "copy.parquet"), "VERIFIED",
              notices=["UNLISTED_FILE copy.parquet"])
    yield row("copied: a manifest with its signature", "small",
              lambda a, w: a.dup(a.m(2), "c.manifest.json") or a.dup(a.s(2), "c.manifest.sig"),
              "VERIFIED", notices=["DUPLICATE_SEGMENT c.manifest.json"])
    yield row("copied: a manifest without its signature", "small",
              lambda a, w: a.dup(a.m(2), "c.manifest.json"), "VERIFIED",
              notices=["DUPLICATE_SEGMENT c.manifest.json"])
    yield row("copied: a segment", "small",
              lambda a, w: [a.dup(f, "copy/" + os.path.basename(f)) for f in a.all(2)], "VERIFIED",
              notices=["DUPLICATE_SEGMENT copy/{bM2}"])
    yield row("copied: a segment, then its data damaged", "small",
              lambda a, w: [a.dup(f, "copy/" + os.path.basename(f)) for f in a.all(2)] and
              a.flip(a.d(2), 5), "VERIFIED",
              notices=["DUPLICATE_SEGMENT copy/{bM2}", "UNLISTED_FILE {D2}"])
    yield row("copied: a manifest into forty directories before its own", "small",
              lambda a, w: [a.dup(f, f"0/{i:02}/{os.path.basename(f)}") for i in range(40)
                            for f in (a.m(2), a.s(2))] and None, "VERIFIED",
              notices=["DUPLICATE_SEGMENT 0/%02d/{bM2}" % i for i in range(1, 40)] +
              ["DUPLICATE_SEGMENT {M2}"])
    yield row("copied: a manifest over the next one's name", "small",
              lambda a, w: a.dup(a.m(2), a.m(3)) or a.dup(a.s(2), a.s(3)), "INCOMPLETE",
              "3 SEGMENT_MISSING -", notices=["DUPLICATE_SEGMENT {M3}", "UNLISTED_FILE {D3}"])
    for name, data in (("notes.txt", b"hello"), ("2025/11/23/.hidden", b""),
                       ("evil.manifest.json", b"garbage"), ("empty.manifest.json", b""),
                       ("deep.manifest.json", b"[" * 100000),
                       ("20251123T080000Z-00000002.manifest.json", b"{}"),
                       ("20251123T080000Z-00000099.manifest.json", b"{}"),
                       ("-00000001.manifest.json", b'{"format":"nfseal-manifest/1",'),
                       ("20251123T080000Z-99999999999999999999999.manifest.json", b"{}"),
                       ("x.manifest.sig", bytes(64)), ("genesis.json.bak", b"x"),
                       (".manifest.json", b"x")):
        yield row(f"planted: {name}", "small", lambda a, w, n=name, d=data: a.put(n, d), "VERIFIED",
                  notices=["UNLISTED_FILE " + name])
    yield row("planted: garbage, no head", "small",
              lambda a, w: a.put("evil.manifest.json", b"garbage"), "UNANCHORED", anchors="genesis",
              notices=["UNLISTED_FILE evil.manifest.json"])
    yield row("planted: names that would deceive a terminal", "small",
              lambda a, w: a.put("a\x1b[2J\n\r\u202e.manifest.json", b"x"), "VERIFIED",
              notices=[r"UNLISTED_FILE a\x1b[2J\x0a\x0d\xe2\x80\xae.manifest.json"])
    yield row("planted: a name that is no UTF-8", "small",
              lambda a, w: open(os.path.join(os.fsencode(a.place), b"\xff\xfe"), "wb").close(),
              "VERIFIED", notices=[r"UNLISTED_FILE \xff\xfe"])
    for what in ("fifo", "socket", "dangling", "directory"):
        yield row(f"planted: a {what} called *.manifest.json", "small",
                  lambda a, w, t=what: a.put("p.manifest.json", b"") or
                  a.become("p.manifest.json", t), "VERIFIED",
                  notices=["UNLISTED_FILE p.manifest.json"])
    yield row("planted: a link to a directory outside", "small",
              lambda a, w: os.symlink("/", a.path("out")), "VERIFIED", notices=["UNLISTED_FILE out"])
    yield row("planted: a directory of forty levels", "small",
              lambda a, w: os.makedirs(a.path("/".join("d" * 40))) , "VERIFIED",
              notices=["UNLISTED_FILE " + "/".join("d" * 17)])
    yield row("planted: an edited manifest of our own beside the true one", "small",
              lambda a, w: a.put("x.manifest.json", read(a.path(a.m(2))).replace(b'"rows":', b'"rows":1')) or
              a.dup(a.s(2), "x.manifest.sig"), "VERIFIED", notices=["UNLISTED_FILE x.manifest.json",
                                                                   "UNLISTED_FILE x.manifest.sig"])
    yield row("planted: other people's manifests without signatures", "small",
              lambda a, w: a.take(w["other"], [w["other"].m(n) for n in w["other"].stems],
                                  lambda f: "x/" + os.path.basename(f)), "VERIFIED",
              notices=["UNLISTED_FILE x/{bO%d}" % n for n in range(1, 7)])
    yield row("planted: another whole archive in a directory", "small",
              lambda a, w: shutil.copytree("other", a.path("other")) and None, "VERIFIED",
              anchors=KNOWN, notices=OTHER_INSIDE)
    yield row("planted: another whole archive in a directory, no head", "small",
              lambda a, w: shutil.copytree("other", a.path("other")) and None, "UNANCHORED",
              anchors="genesis", notices=OTHER_INSIDE)


OTHER_INSIDE = ["UNLISTED_FILE other/genesis.json", "UNLISTED_FILE other/genesis.sig",
                "UNLISTED_FILE other/open/lock"] + [
                    "UNLISTED_FILE other/2025/11/23/{bO%d}" % n for n in range(1, 7)] + [
                    "UNLISTED_FILE other/2025/11/23/{bO%d%s}" % (n, k) for n in range(1, 7) for k in "DS"]


def with_names(rows):
    """Base names as tokens too: {bD2} of the case, {bO2} of the manifests of `other`."""
    for r in rows:
        def edit(a, w, inner=r[2]):
            extra = (inner(a, w) if inner else None) or {}
            names = {}
            for n in a.stems:
                names |= {f"bD{n}": a.d(n), f"bM{n}": a.m(n), f"bS{n}": a.s(n)}
            o = w["other"]
            for n in o.stems:
                names |= {f"bO{n}": o.m(n), f"bO{n}D": o.d(n), f"bO{n}S": o.s(n)}
            return {k: os.path.basename(v) for k, v in names.items()} | (
                extra if isinstance(extra, dict) else {})
        yield r[:2] + (edit,) + r[3:]


def removed():
    gone = lambda *ns: lambda a, w: [a.remove(*a.all(n)) for n in ns]
    yield row("removed: a segment of the middle", "small", gone(2), "INCOMPLETE", "2 SEGMENT_MISSING -")
    yield row("removed: the first segment", "small", gone(1), "INCOMPLETE", "1 SEGMENT_MISSING -")
    yield row("removed: the last segment", "small", gone(4), "INCOMPLETE", "4 HEAD_MISSING -")
    yield row("removed: the last two segments", "small", gone(3, 4), "INCOMPLETE",
              "3 SEGMENT_MISSING -", "4 HEAD_MISSING -")
    yield row("removed: all segments", "small", gone(1, 2, 3, 4), "INCOMPLETE",
              "1 SEGMENT_MISSING -", "2 SEGMENT_MISSING -", "3 SEGMENT_MISSING -", "4 HEAD_MISSING -")
    yield row("removed: two of the middle", "small", gone(2, 3), "INCOMPLETE", "2 SEGMENT_MISSING -",
              "3 SEGMENT_MISSING -")
    yield row("removed: the last segment, no head", "small", gone(4), "UNANCHORED", anchors="genesis")
    yield row("removed: all segments, no head", "small", gone(1, 2, 3, 4), "UNANCHORED",
              anchors="genesis")
    yield row("removed: the last segment, no genesis", "small", gone(4), "UNTRUSTED", anchors="none")
    yield row("removed: a segment of the middle, no head", "small", gone(2), "INCOMPLETE",
              "2 SEGMENT_MISSING -", anchors=("genesis", "none"),
              notices=["UNLISTED_FILE {%s%d}" % (k, n) for n in (3, 4) for k in "DMS"])
    yield row("removed: the last segment, older head", "small", gone(4), "VERIFIED",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "{H3}"])
    yield row("removed: all but the genesis, the genesis known", "small",
              lambda a, w: run("rm", "-r", a.path("2025")) and None, "INCOMPLETE",
              "1 SEGMENT_MISSING -", "2 SEGMENT_MISSING -", "3 SEGMENT_MISSING -", "4 HEAD_MISSING -")


def heads():
    given = lambda n, *more: ["--state", "none", "--genesis", "{G}", "--head", "{H%d}" % n, *more]
    yield row("head: older", "small", None, "UNANCHORED", anchors=given(2),
              text="the given head is 2")
    yield row("head: older, --until-head", "small", None, "VERIFIED", anchors=given(2, "--until-head"))
    yield row("head: the genesis", "small", None, "UNANCHORED", anchors=given(0))
    yield row("head: the genesis, --until-head", "small", None, "VERIFIED",
              anchors=given(0, "--until-head"))
    yield row("head: older, damage behind it", "small", lambda a, w: a.flip(a.d(4), 4), "MODIFIED",
              "4 CHUNK_HASH {D4} 0 {z4}", anchors=given(2))
    yield row("head: older, damage behind it, --until-head", "small", lambda a, w: a.flip(a.d(4), 4),
              "VERIFIED", anchors=given(2, "--until-head"))
    yield row("head: a hash that no manifest has", "small", None, "MODIFIED", "4 CHAIN {M4}",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "4:" + "0" * 64])
    yield row("head: another sequence's hash", "small", lambda a, w: {"h": a.heads[4][2:]},
              "MODIFIED", "3 CHAIN {M3}", anchors=["--state", "none", "--genesis", "{G}", "--head", "3:{h}"])
    yield row("head: the genesis with a wrong hash", "small", None, "MODIFIED", "0 CHAIN genesis.json",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "0:" + "0" * 64])
    yield row("head: one that is not there yet", "small", None, "INCOMPLETE", "5 HEAD_MISSING -",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "5:" + "0" * 64])
    yield row("head: of another archive's genesis", "small", None, "MODIFIED",
              "0 WRONG_GENESIS genesis.json",
              anchors=["--state", "none", "--genesis", "0" * 64, "--head", "{H}"])
    yield row("head: given, older than the remembered one", "small", None, "UNANCHORED",
              anchors=["--state", "state", "--head", "{H2}"])
    yield row("head: given, the remembered one is missing", "small", lambda a, w: a.remove(*a.all(4)),
              "INCOMPLETE", "4 HEAD_MISSING -", anchors=["--state", "state", "--head", "{H2}"])


def closed():
    yield row("closed: no head is needed", "closed", None, "VERIFIED",
              anchors=("given", "remembered", "genesis"))
    yield row("closed: genesis not known", "closed", None, "UNTRUSTED", anchors="none")
    yield row("closed: cut back", "closed", lambda a, w: a.remove(*a.all(4)), "UNANCHORED",
              anchors="genesis")
    yield row("closed: cut back, head known", "closed", lambda a, w: a.remove(*a.all(4)),
              "INCOMPLETE", "4 HEAD_MISSING -")
    yield row("closed: older head", "closed", None, "VERIFIED",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "{H2}"])
    yield row("closed: a byte", "closed", lambda a, w: a.flip(a.d(4), 8), "MODIFIED",
              "4 CHUNK_HASH {D4} 0 {z4}", anchors=("genesis", "given"))
    yield row("closed: a segment after the end", "closed", lambda a, w: thief(a, w, Keys.make("mine")),
              "VERIFIED", anchors=("given", "genesis"),
              notices=["UNLISTED_FILE t.manifest.json", "UNLISTED_FILE t.manifest.sig"])


def thief(a, w, seed, n=None, tweak=None, name="t"):
    """The next manifest, by whoever has that seed."""
    n = n or a.last + 1
    m = json.loads(read(a.path(a.m(a.last))))
    m |= {"sequence": n, "previous": a.heads[n - 1][2:], "files": [], "next_key": Keys.public(Keys.make("next"))}
    text = canonical(tweak(m) if tweak else m)
    a.put(name + ".manifest.json", text)
    a.put(name + ".manifest.sig", Keys.sign(seed, text))
    return {"T": f"{n}:{sha(text)}"}


def stolen(a):
    """The key that must sign the next manifest, out of the state."""
    archive = json.loads(read(a.path("genesis.json")))["archive"]
    return read(f"state/keys/{archive}-{a.last + 1:08}.key")


def resign(a, n, seed, old=b'"interrupted":false', new=b'"interrupted":true'):
    a.edit(a.m(n), old, new)
    a.put(a.s(n), Keys.sign(seed, read(a.path(a.m(n)))))


def resigned():
    for n in (1, 2, 3):
        yield row(f"re-signed: segment {n}, by the newest key", "small",
                  lambda a, w, n=n: resign(a, n, stolen(a)), "MODIFIED", f"{n} KEY_MISMATCH {{M{n}}}",
                  notices=[f"UNLISTED_FILE {{D{n}}}"])
    yield row("re-signed: the last segment, by the newest key", "small",
              lambda a, w: resign(a, 4, stolen(a)), "MODIFIED", "4 KEY_MISMATCH {M4}",
              notices=["UNLISTED_FILE {D4}"])
    yield row("re-signed: the last segment, by the newest key, no head", "small",
              lambda a, w: resign(a, 4, stolen(a)), "MODIFIED", "4 KEY_MISMATCH {M4}",
              anchors="genesis", notices=["UNLISTED_FILE {D4}"])
    yield row("re-signed: by a stranger's key", "small",
              lambda a, w: resign(a, 2, Keys.make("mine")), "MODIFIED", "2 SIGNATURE {M2}",
              notices=["UNLISTED_FILE {D2}"])
    yield row("re-signed: unchanged text, by the newest key", "small",
              lambda a, w: a.put(a.s(2), Keys.sign(stolen(a), read(a.path(a.m(2))))), "MODIFIED",
              "2 KEY_MISMATCH {S2}")
    yield row("re-signed: unchanged text, by a stranger's key", "small",
              lambda a, w: a.put(a.s(2), Keys.sign(Keys.make("mine"), read(a.path(a.m(2))))),
              "MODIFIED", "2 SIGNATURE {S2}")
    yield row("stolen key: a further segment", "small", lambda a, w: thief(a, w, stolen(a)),
              "UNANCHORED", anchors=KNOWN)
    yield row("stolen key: a further segment that is the head", "small",
              lambda a, w: thief(a, w, stolen(a)), "VERIFIED",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "{T}"])
    yield row("own key: a further segment", "small", lambda a, w: thief(a, w, Keys.make("mine")),
              "VERIFIED", notices=["UNLISTED_FILE t.manifest.json", "UNLISTED_FILE t.manifest.sig"])
    yield row("own key: a further segment, no head", "small",
              lambda a, w: thief(a, w, Keys.make("mine")), "MODIFIED", "5 SIGNATURE t.manifest.json",
              anchors="genesis")


def spliced():
    take = lambda *ns: lambda a, w: a.take(w["other"], [f for n in ns for f in w["other"].all(n)])
    yield row("spliced: a segment of another archive", "small", take(2), "MODIFIED",
              "2 CHAIN {M2}", notices=["UNLISTED_FILE {D2}"])
    yield row("spliced: the last segment of another archive", "small", take(4), "MODIFIED",
              "4 CHAIN {M4}", notices=["UNLISTED_FILE {D4}"])
    yield row("spliced: all segments of another archive", "small", take(1, 2, 3, 4), "MODIFIED",
              *["%d CHAIN {M%d}" % (n, n) for n in (1, 2, 3, 4)],
              notices=["UNLISTED_FILE {D%d}" % n for n in (1, 2, 3, 4)])
    yield row("spliced: data of another archive", "small",
              lambda a, w: a.take(w["other"], [w["other"].d(2)]) or {"z": w["other"].sizes[2] - a.sizes[2]},
              "MODIFIED", "2 CHUNK_HASH {D2} 0 {z2}", "2 FILE_SIZE {D2} {z2} {z}")
    yield row("spliced: further segments of another archive", "small", take(5, 6), "VERIFIED",
              notices=["UNLISTED_FILE 2025/11/23/{bO%d%s}" % (n, k) for n in (5, 6) for k in ("", "D", "S")])
    yield row("spliced: further segments of another archive, no head", "small", take(5, 6),
              "UNANCHORED", anchors="genesis",
              notices=["UNLISTED_FILE 2025/11/23/{bO%d%s}" % (n, k) for n in (5, 6) for k in ("", "D", "S")])
    yield row("replaced: the whole archive, genesis known", "small", replace, "MODIFIED",
              "0 WRONG_GENESIS genesis.json", anchors=["--state", "none", "--genesis", "{was}"])
    yield row("replaced: the whole archive, genesis and head known", "small", replace, "MODIFIED",
              "0 WRONG_GENESIS genesis.json", "4 CHAIN {M4}",
              anchors=["--state", "none", "--genesis", "{was}", "--head", "{head}"])
    yield row("replaced: the whole archive, nothing known", "small", replace, "UNTRUSTED",
              anchors="none")


def replace(a, w):
    was = {"was": a.genesis, "head": a.heads[4]}
    run("rm", "-r", a.place)
    shutil.copytree("other", a.place)
    return was


def fork(w, place):
    """One state, copied; two different continuations of one archive."""
    for name in ("fork", "fork.x", "fork.y", "fork.state", "fork.state.x"):
        run("rm", "-rf", name)
    go = lambda source, state: run(NFSEAL, "capture", "-q", "-r", source, "-w", "fork", "--state", state,
                                   "-t", "1m", "--idle", "5s", "-c", "60")
    go("small.pcap", "fork.state")
    run("cp", "-a", "fork.state", "fork.state.x")
    run("cp", "-a", "fork", "fork.was")
    go("small.pcap", "fork.state")
    os.rename("fork", "fork.x")
    os.rename("fork.was", "fork")
    go("other.pcap", "fork.state.x")
    os.rename("fork", "fork.y")
    shutil.copytree("fork.x", place)
    return Archive("fork.x"), Archive("fork.y")


def forks():
    def merged(a, w):
        y = Archive("fork.y")
        n = 3
        a.take(y, y.all(n), lambda f: "y/" + os.path.basename(f))
        return {"b": "y/" + os.path.basename(y.m(n))}
    base = lambda w, place: fork(w, place)
    yield row("forked: two continuations side by side", base, merged, "FORKED", "3 FORK {M3}",
              "3 FORK {b}", anchors="given", notices=[])

    def damaged(a, w):
        more = merged(a, w)
        a.put(a.s(3), bytes(64))
        return more
    yield row("forked: the head's continuation has lost its signature", base, damaged, "FORKED",
              "3 FORK {M3}", "3 FORK {b}", "3 SIGNATURE {S3}", anchors="given", notices=[])
    yield row("forked: two continuations, no head", base, merged, "FORKED", "3 FORK {M3}",
              "3 FORK {b}", anchors="genesis")
    yield row("forked: the other continuation instead", base,
              lambda a, w: {"h": Archive("fork.y").heads[4]}, "MODIFIED", "4 CHAIN {M4}",
              anchors=["--state", "none", "--genesis", "{G}", "--head", "{h}"])


def rows():
    for part in (moved, planted, removed, heads, closed, resigned, spliced, forks):
        yield from with_names(part())
