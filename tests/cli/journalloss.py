# SPDX-License-Identifier: BSD-2-Clause
"""Power losses under a live segment: as powerloss.py, of a live writer's run (put, durable, rotate,
seal, close) and of such that were killed and recovered.  What the state says to be durable is.
journalloss.py COUNT SECONDS: so many states of each kind, the same each time; 0 0 is all."""
import json
import sys

from crash import decided
from crashlab import Broken, PROGRAM, need
from journallab import LiveLab, LiveLine
from powerloss import conclude, killed_runs, part, promised

ROWS, SEGMENT_ROWS = 16, 8


def promised_rows(disk, t):
    """By the last record of open segments that is durable in the state."""
    rows = 0
    statements = {}
    for op in disk.ops:
        if op.kind == "data" and op.at <= t and b'"format":"nfseal-block/1"' in op.data:
            for text in op.data.split(b"\n")[0::2]:
                if text:
                    s = json.loads(text)
                    statements[s["sequence"], s["index"]] = s["rows"]
    for op in disk.ops:
        if op.kind != "set" or not op.name.endswith(".durable") or op.durable is None or \
           op.durable > t:
            continue
        text = b"".join(o.data for o in disk.ops if o.kind == "data" and o.node == op.target)
        for known in json.loads(text)["open"]:
            n = SEGMENT_ROWS * (known["sequence"] - 1)
            rows = max(rows, n + statements[known["sequence"], known["index"]])
    return rows


def examine(lab, disk, t):
    archive, head, texts = promised(disk, t)
    line = LiveLine(lab)
    line.durable = promised_rows(disk, t) + 1
    view = line.crashed()
    need(archive is None or view.id == archive, f"archive {view.id} instead of {archive}")
    need(view.anchor is None or view.anchor["sequence"] >= head, "the head is lost")
    finished = decided(line.view)
    line.check_meantime()
    line.check_recovered(line.recover())
    line.check_settled()
    if line.view.anchor is not None:
        line.check_rows()
    line.go_on(deep_only=True)
    line.check_declared(finished, again=True)
    for sequence, text in texts.items():
        need(text in line.view.files.values(), f"segment {sequence} was decided and is lost")


def runs(lab, everything):
    """As powerloss.runs."""
    init = [PROGRAM, "init", "--state", lab.state, lab.archive]
    live = lab.live(1, ROWS, "wait", "close")

    def whole():
        return sum((lab.logged(c)[1] for c in (init, live)), []), 0

    return whole, [(f"live killed at {k}", run)
                   for k, run in killed_runs(lab, init, live, everything)]


def work(root, tasks, seconds):
    return part(LiveLab(root), "live", runs, examine, tasks, seconds)


if __name__ == "__main__":
    try:
        sys.exit(conclude(work, "journalloss", " under a live segment"))
    except Broken as e:
        sys.exit(str(e))
