# SPDX-License-Identifier: BSD-2-Clause
"""Rows: several faults at once.  See files.py for what a row is."""
import os

from world import Archive
from chain import fork
from files import row
from forged import forge, put


def rows():
    """Of several verdicts the worst wins, and everything is listed."""
    def hide(name):
        return lambda a, w: os.chmod(a.path(name.format(**a.tokens())), 0)

    def both(*edits):
        def edit(a, w):
            for e in edits:
                e(a, w)
        return edit
    counts = forge(lambda m: m["packets"].update(read=m["packets"]["read"] + 1))
    weak = forge(put(next_key="01" + "00" * 31))
    yield row("worst: MALFORMED before INCOMPLETE", counts, lambda a, w: a.remove(a.d(1)), "MALFORMED",
              "1 FILE_MISSING {D1}", "2 COUNTS {M2}", anchors="given")
    yield row("worst: MODIFIED before MALFORMED", counts, lambda a, w: a.flip(a.d(3), 9), "MODIFIED",
              "2 COUNTS {M2}", "3 CHUNK_HASH {D3} 0 {z3}", anchors="given")
    yield row("worst: one segment, MALFORMED and its own data changed", counts,
              lambda a, w: a.flip(a.d(2), 9), "MODIFIED", "2 COUNTS {M2}", "2 CHUNK_HASH {D2} 0 {z2}",
              anchors="given")
    yield row("worst: a weak key, the head removed", weak, lambda a, w: a.remove(*a.all(3)), "MALFORMED",
              "2 WEAK_KEY {M2}", "3 HEAD_MISSING -", anchors="given", notices=["UNLISTED_FILE {D2}"])
    yield row("worst: FORKED before MODIFIED", lambda w, place: fork(w, place),
              lambda a, w: a.flip(a.d(1), 9) or fork_beside(a), "FORKED", "1 CHUNK_HASH {D1} 0 {z1}",
              "3 FORK {M3}", "3 FORK {b}", anchors="given")
    yield row("worst: INCOMPLETE before ERROR", "small", both(hide("{D2}"), lambda a, w: a.remove(a.d(3))),
              "INCOMPLETE", "2 IO {D2}", "3 FILE_MISSING {D3}", user=True)
    yield row("worst: ERROR before UNTRUSTED", "small", hide("{D2}"), "ERROR", "2 IO {D2}", user=True,
              anchors="none")
    yield row("worst: ERROR before UNANCHORED", "small", hide("{D2}"), "ERROR", "2 IO {D2}", user=True,
              anchors="genesis")
    yield row("worst: INCOMPLETE before UNTRUSTED", "small", lambda a, w: a.remove(a.d(2)), "INCOMPLETE",
              "2 FILE_MISSING {D2}", anchors="none")
    yield row("worst: all kinds at once", "small", all_kinds, "MODIFIED", "1 CHUNK_HASH {D1} 0 {z1}",
              "2 FILE_MISSING {D2}", "3 SIGNATURE {S3}", "4 FILE_SIZE {D4} {c} 3")


def all_kinds(a, w):
    a.flip(a.d(1), 9)
    a.remove(a.d(2))
    a.flip(a.s(3), 9)
    a.cut(a.d(4), -3)
    return {"c": a.sizes[4] - 3}


def fork_beside(a):
    y = Archive("fork.y")
    a.take(y, y.all(3), lambda f: "y/" + os.path.basename(f))
    return {"b": "y/" + os.path.basename(y.m(3))}
