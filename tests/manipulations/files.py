# SPDX-License-Identifier: BSD-2-Clause
"""Rows: what was done to single files of an archive, the genesis' among them.

A row is (name, base archive, edit(archive, world), anchors, verdict, {findings, notices, ...});
a finding is "SEQUENCE CODE FILE OFFSET LENGTH", where no offset is named "- -"."""
import os

from world import CHUNK

KNOWN = ("given", "remembered")


def row(name, base, edit, verdict, *findings, anchors=KNOWN, notices=(), **more):
    return (name, base, edit, anchors, verdict, dict(findings=findings, notices=notices, **more))


def untouched():
    yield row("nothing was done", "small", None, "VERIFIED")
    yield row("nothing was done, --deep", "small", None, "VERIFIED", options=["--deep"])
    yield row("nothing was done, several chunks", "big", None, "VERIFIED", options=["--deep"])
    yield row("nothing was done, flat layout", "flat", None, "VERIFIED")
    yield row("no head", "small", None, "UNANCHORED", anchors="genesis")
    yield row("no genesis", "small", None, "UNTRUSTED", anchors="none")
    yield row("a head, but no genesis", "small", None, "UNTRUSTED", anchors="head")
    yield row("time stamps of files changed", "small",
              lambda a, w: os.utime(a.path(a.d(2)), (0, 0)), "VERIFIED")


def bytes_of_data():
    whole = "2 CHUNK_HASH {D2} 0 {z2}"
    for where, at in (("first", 0), ("second", 1), ("last", -1)):
        yield row(f"data: the {where} byte", "small", lambda a, w, at=at: a.flip(a.d(2), at),
                  "MODIFIED", whole)
    yield row("data: the highest bit", "small", lambda a, w: a.flip(a.d(2), 700, bit=128),
              "MODIFIED", whole)
    yield row("data: a flip, -j 1", "small", lambda a, w: a.flip(a.d(2), 700), "MODIFIED", whole,
              options=["-j", "1"])
    yield row("data: a flip, no head", "small", lambda a, w: a.flip(a.d(2), 700), "MODIFIED", whole,
              anchors=("genesis", "none"))
    yield row("data: a flip in each segment", "small",
              lambda a, w: [a.flip(a.d(n), 9) for n in a.stems], "MODIFIED",
              *[f"{n} CHUNK_HASH {{D{n}}} 0 {{z{n}}}" for n in (1, 2, 3, 4)])
    for at, place in ((0, f"0 {CHUNK}"), (CHUNK - 1, f"0 {CHUNK}"), (CHUNK, f"{CHUNK} {CHUNK}"),
                      (2 * CHUNK - 1, f"{CHUNK} {CHUNK}"), (-1, "{t1} {r1}")):
        yield row(f"chunks: a byte at {at}", "big", lambda a, w, at=at: a.flip(a.d(1), at),
                  "MODIFIED", "1 CHUNK_HASH {D1} " + place)
    yield row("chunks: the last one's first byte", "big",
              lambda a, w: a.flip(a.d(1), (a.sizes[1] - 1) // CHUNK * CHUNK), "MODIFIED",
              "1 CHUNK_HASH {D1} {t1} {r1}")
    yield row("chunks: two apart", "big", lambda a, w: a.flip(a.d(2), 5, 2 * CHUNK), "MODIFIED",
              f"2 CHUNK_HASH {{D2}} 0 {CHUNK}", f"2 CHUNK_HASH {{D2}} {2 * CHUNK} {CHUNK}")
    yield row("chunks: two neighbours are one range", "big",
              lambda a, w: a.flip(a.d(2), CHUNK - 1, CHUNK), "MODIFIED",
              f"2 CHUNK_HASH {{D2}} 0 {2 * CHUNK}", text="chunks 0 to 1")
    yield row("chunks: a flip, --deep", "big", lambda a, w: a.flip(a.d(1), CHUNK), "MODIFIED",
              f"1 CHUNK_HASH {{D1}} {CHUNK} {CHUNK}", options=["--deep"],
              text=f"chunk 1, bytes {CHUNK} to {2 * CHUNK - 1}")
    yield row("chunks: two swapped", "big", swap_chunks, "MODIFIED",
              f"2 CHUNK_HASH {{D2}} 0 {2 * CHUNK}")


def swap_chunks(a, w):
    with open(a.path(a.d(2)), "r+b") as f:
        data = f.read(2 * CHUNK)
        f.seek(0)
        f.write(data[CHUNK:] + data[:CHUNK])


def sizes_of_data():
    yield row("data: a byte appended", "small", lambda a, w: a.append(a.d(2), b"x"), "MODIFIED",
              "2 FILE_SIZE {D2} {z2} 1")
    yield row("data: 3 MiB appended", "small", lambda a, w: a.append(a.d(2), bytes(3 * CHUNK)),
              "MODIFIED", f"2 FILE_SIZE {{D2}} {{z2}} {3 * CHUNK}")
    yield row("data: the last byte cut", "small", lambda a, w: a.cut(a.d(2), -1) or
              {"c": a.sizes[2] - 1}, "MODIFIED", "2 FILE_SIZE {D2} {c} 1")
    yield row("data: emptied", "small", lambda a, w: a.cut(a.d(2), 0), "MODIFIED",
              "2 FILE_SIZE {D2} 0 {z2}")
    yield row("data: one byte is left", "small", lambda a, w: a.cut(a.d(2), 1) or
              {"c": a.sizes[2] - 1}, "MODIFIED", "2 FILE_SIZE {D2} 1 {c}")
    yield row("chunks: cut at a border", "big", lambda a, w: a.cut(a.d(1), CHUNK) or
              {"c": a.sizes[1] - CHUNK}, "MODIFIED", f"1 FILE_SIZE {{D1}} {CHUNK} {{c}}")
    yield row("chunks: cut and flipped before", "big",
              lambda a, w: a.flip(a.d(1), 9) or a.cut(a.d(1), CHUNK + 1) or
              {"c": a.sizes[1] - CHUNK - 1}, "MODIFIED", f"1 CHUNK_HASH {{D1}} 0 {CHUNK}",
              f"1 FILE_SIZE {{D1}} {CHUNK + 1} {{c}}")
    yield row("chunks: appended and flipped before", "big",
              lambda a, w: a.flip(a.d(1), CHUNK) or a.append(a.d(1), b"xx"), "MODIFIED",
              f"1 CHUNK_HASH {{D1}} {CHUNK} {CHUNK}", "1 FILE_SIZE {D1} {z1} 2")
    yield row("data: a huge sparse file", "small", huge_data, "MODIFIED",
              "2 CHUNK_HASH {D2} 0 {z2}", "2 FILE_SIZE {D2} {z2} {huge}")


def huge_data(a, w):
    a.become(a.d(2), "sparse")
    return {"huge": (1 << 40) - a.sizes[2]}


def files_gone():
    yield row("removed: data", "small", lambda a, w: a.remove(a.d(2)), "INCOMPLETE",
              "2 FILE_MISSING {D2}")
    yield row("removed: data, no head", "small", lambda a, w: a.remove(a.d(2)), "INCOMPLETE",
              "2 FILE_MISSING {D2}", anchors=("genesis", "none"))
    yield row("removed: the signature", "small", lambda a, w: a.remove(a.s(2)), "INCOMPLETE",
              "2 FILE_MISSING {S2}")
    yield row("removed: the signature of the last", "small", lambda a, w: a.remove(a.s(4)),
              "INCOMPLETE", "4 FILE_MISSING {S4}")
    yield row("removed: the signature, no head", "small", lambda a, w: a.remove(a.s(2)),
              "INCOMPLETE", "2 FILE_MISSING {S2}", anchors="genesis",
              notices=NOT_REACHED)
    yield row("removed: a manifest", "small", lambda a, w: a.remove(a.m(2)), "INCOMPLETE",
              "2 SEGMENT_MISSING -", notices=["UNLISTED_FILE {D2}", "UNLISTED_FILE {S2}"])
    yield row("removed: the last manifest", "small", lambda a, w: a.remove(a.m(4)), "INCOMPLETE",
              "4 HEAD_MISSING -", notices=["UNLISTED_FILE {D4}", "UNLISTED_FILE {S4}"])
    yield row("removed: manifest and signature", "small", lambda a, w: a.remove(a.m(1), a.s(1)),
              "INCOMPLETE", "1 SEGMENT_MISSING -", notices=["UNLISTED_FILE {D1}"])
    yield row("removed: data and signature", "small", lambda a, w: a.remove(a.d(3), a.s(3)),
              "INCOMPLETE", "3 FILE_MISSING {D3}", "3 FILE_MISSING {S3}")
    yield row("removed: data of one, a flip in another", "small",
              lambda a, w: a.remove(a.d(3)) or a.flip(a.d(1), 3), "MODIFIED",
              "1 CHUNK_HASH {D1} 0 {z1}", "3 FILE_MISSING {D3}")


# Behind a break that no head bridges, what follows cannot be checked.
NOT_REACHED = ["UNLISTED_FILE {%s%d}" % (k, n) for n in (3, 4) for k in "DMS"] + ["UNLISTED_FILE {D2}"]


def bytes_of_manifest():
    sign = "2 SIGNATURE {M2}"
    data = ["UNLISTED_FILE {D2}"]
    for where, edit in {
        "the first byte": lambda a, w: a.flip(a.m(2), 0),
        "a byte of the middle": lambda a, w: a.flip(a.m(2), 900),
        "the line feed": lambda a, w: a.flip(a.m(2), -1),
        "a space appended": lambda a, w: a.append(a.m(2), b" "),
        "a line feed appended": lambda a, w: a.append(a.m(2), b"\n"),
        "the line feed cut": lambda a, w: a.cut(a.m(2), -1),
        "half of it cut": lambda a, w: a.cut(a.m(2), 1000),
        "emptied": lambda a, w: a.cut(a.m(2), 0),
        "another size of the data": lambda a, w: a.edit(a.m(2), b'"size":', b'"size":1'),
        "another sequence": lambda a, w: a.edit(a.m(2), b'"sequence":2', b'"sequence":7'),
        "another next key": lambda a, w: a.edit(a.m(2), b'"next_key":"', b'"next_key":"0'),
        "replaced by garbage": lambda a, w: a.put(a.m(2), b"\0\xff garbage"),
        "replaced by deep JSON": lambda a, w: a.put(a.m(2), b"[" * 100000),
    }.items():
        yield row(f"manifest: {where}", "small", edit, "MODIFIED", sign, notices=data)
    yield row("manifest: the last one, a byte", "small", lambda a, w: a.flip(a.m(4), 900),
              "MODIFIED", "4 SIGNATURE {M4}", notices=["UNLISTED_FILE {D4}"])
    yield row("manifest: the first one, a byte", "small", lambda a, w: a.flip(a.m(1), 900),
              "MODIFIED", "1 SIGNATURE {M1}", notices=["UNLISTED_FILE {D1}"])
    yield row("manifest: two neighbours", "small",
              lambda a, w: a.flip(a.m(2), 900) or a.flip(a.m(3), 900), "MODIFIED",
              "2 SIGNATURE {M2}", "3 CHAIN {M3}", notices=["UNLISTED_FILE {D2}", "UNLISTED_FILE {D3}"])
    yield row("manifest: a byte, no head", "small", lambda a, w: a.flip(a.m(2), 900), "MODIFIED",
              sign, anchors="genesis", notices=NOT_REACHED)
    yield row("manifest: a byte, neither genesis nor head", "small",
              lambda a, w: a.flip(a.m(2), 900), "MODIFIED", sign, anchors="none", notices=NOT_REACHED)
    yield row("manifest: huge", "small", lambda a, w: a.become(a.m(2), "sparse"), "MODIFIED",
              "2 LIMIT {M2}", notices=data)


def bytes_of_signature():
    sign = "2 SIGNATURE {S2}"
    for where, edit in {
        "the first byte": lambda a, w: a.flip(a.s(2), 0),
        "the last byte": lambda a, w: a.flip(a.s(2), 63),
        "a byte cut": lambda a, w: a.cut(a.s(2), 63),
        "a byte appended": lambda a, w: a.append(a.s(2), b"x"),
        "emptied": lambda a, w: a.cut(a.s(2), 0),
        "zeros": lambda a, w: a.put(a.s(2), bytes(64)),
        "of another segment": lambda a, w: a.dup(a.s(1), a.s(2)),
        "of another archive": lambda a, w: a.put(a.s(2), open(w["other"].path(w["other"].s(2)), "rb").read()),
        "hex instead of bytes": lambda a, w: a.put(a.s(2), open(a.path(a.s(2)), "rb").read().hex().encode()),
        "the same, S beyond the group's order": add_order,
        "huge": lambda a, w: a.become(a.s(2), "sparse"),
    }.items():
        yield row(f"signature: {where}", "small", edit, "MODIFIED", sign)
    yield row("signature: two swapped", "small", lambda a, w: a.swap(a.s(2), a.s(3)), "MODIFIED",
              sign, "3 SIGNATURE {S3}")
    yield row("signature: a byte, no head", "small", lambda a, w: a.flip(a.s(2), 5), "MODIFIED",
              "2 SIGNATURE {M2}", anchors="genesis", notices=NOT_REACHED)


def add_order(a, w):
    """The classic malleability: S + L is another signature that a lax verifier takes."""
    was = open(a.path(a.s(2)), "rb").read()
    s = int.from_bytes(was[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    a.put(a.s(2), was[:32] + s.to_bytes(32, "little"))


def other_types():
    for what in ("link", "dangling", "loop", "fifo", "directory", "socket") + \
            (("device",) if os.getuid() == 0 else ()):
        yield row(f"type: data is a {what}", "small", lambda a, w, t=what: a.become(a.d(2), t),
                  "MODIFIED", "2 FILE_TYPE {D2}")
        yield row(f"type: a manifest is a {what}", "small",
                  lambda a, w, t=what: a.become(a.m(2), t), "MODIFIED", "2 FILE_TYPE {M2}",
                  notices=["UNLISTED_FILE {D2}"])
        yield row(f"type: a signature is a {what}", "small",
                  lambda a, w, t=what: a.become(a.s(2), t), "MODIFIED", "2 FILE_TYPE {S2}")
        yield row(f"type: the genesis is a {what}", "small",
                  lambda a, w, t=what: a.become("genesis.json", t), "MODIFIED",
                  "0 FILE_TYPE genesis.json", anchors="given")
    yield row("type: the year is a link to itself elsewhere", "small",
              lambda a, w: a.become("2025", "link"), "INCOMPLETE", "1 SEGMENT_MISSING -",
              "2 SEGMENT_MISSING -", "3 SEGMENT_MISSING -", "4 HEAD_MISSING -",
              notices=["UNLISTED_FILE 2025"])
    yield row("type: a hard link to the file itself", "small", hard_link, "VERIFIED")


def hard_link(a, w):
    a.become(a.d(2), "link")
    os.remove(a.path(a.d(2)))
    os.link(os.path.abspath(a.place) + ".kept", a.path(a.d(2)))


def genesis():
    wrong = "0 WRONG_GENESIS genesis.json"
    for where, edit in {
        "a byte": lambda a, w: a.flip("genesis.json", 300),
        "the first byte": lambda a, w: a.flip("genesis.json", 0),
        "the line feed cut": lambda a, w: a.cut("genesis.json", -1),
        "emptied": lambda a, w: a.cut("genesis.json", 0),
        "garbage": lambda a, w: a.put("genesis.json", b"garbage\n"),
        "of another archive": lambda a, w: a.take(w["other"], ["genesis.json", "genesis.sig"]),
    }.items():
        yield row(f"genesis: {where}", "small", edit, "MODIFIED", wrong, anchors="given")
    yield row("genesis: huge", "small", lambda a, w: a.become("genesis.json", "sparse"),
              "MODIFIED", "0 LIMIT genesis.json", anchors="given")
    for where, edit in {
        "a byte": lambda a, w: a.flip("genesis.sig", 3),
        "a byte cut": lambda a, w: a.cut("genesis.sig", 63),
        "emptied": lambda a, w: a.cut("genesis.sig", 0),
        "a byte appended": lambda a, w: a.append("genesis.sig", b"\n"),
    }.items():
        yield row(f"genesis.sig: {where}", "small", edit, "MODIFIED", "0 SIGNATURE genesis.sig",
                  anchors=KNOWN + ("genesis", "none"))
    yield row("genesis: removed", "small", lambda a, w: a.remove("genesis.json"), "INCOMPLETE",
              "0 FILE_MISSING genesis.json", anchors="given")
    yield row("genesis.sig: removed", "small", lambda a, w: a.remove("genesis.sig"), "INCOMPLETE",
              "0 FILE_MISSING genesis.sig", anchors=KNOWN + ("genesis", "none"))
    yield row("genesis: both removed", "small",
              lambda a, w: a.remove("genesis.json", "genesis.sig"), "INCOMPLETE",
              "0 FILE_MISSING genesis.json", anchors="given")
    yield row("genesis: a byte, genesis not known", "small",
              lambda a, w: a.edit("genesis.json", b'"layout":1', b'"layout":2'), "MODIFIED",
              "0 SIGNATURE genesis.sig", anchors="none")


def rows():
    for part in (untouched, bytes_of_data, sizes_of_data, files_gone, bytes_of_manifest,
                 bytes_of_signature, other_types, genesis):
        yield from part()
