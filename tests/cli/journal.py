# SPDX-License-Identifier: BSD-2-Clause
"""Every crash and fault of a live segment's cycle (put, durable, rotate, seal, ratchet): the k-th
call that changes or syncs a file kills the writer or fails; and every kill and fault of the
recovery that follows a kill.  Then the invariants: what was durable is sealed, and nothing else.
journal.py COUNT SECONDS: so many cases, the same each time and spread over all; 0 0 is all."""
import copy
import os
import shutil
import sys

from crash import NO_SPACE, decided
from crashlab import (Broken, PROGRAM, RECOVERER, attempt, need, new_states, report, share_out, spread,
                      verdict)
from journallab import LiveLab, LiveLine, said

ROWS = 24
# In "kill free" the sealing thread runs beside the writer: two segments are open, both with rows.
MODES = {"kill": None, "kill free": None, "torn": ("write",), "short": ("write",), "eio": None,
         "enospc": NO_SPACE, "enospc+": NO_SPACE, "kill twice": None, "kill, eio": None,
         "kill, enospc": None}


def command(lab, mode):
    options = ("close",) if mode == "kill free" else ("wait",)
    return lab.live(1, ROWS, *options)


def prepare(lab):
    """An archive with its genesis; the calls that the cycle makes."""
    os.makedirs(lab.run_dir, exist_ok=True)
    done = lab.run([PROGRAM, "init", "--state", lab.state, lab.archive])
    need(done.returncode == 0, f"init: {done.stderr.decode()}")
    lab.save("before")
    calls = {}
    for mode in ("kill", "kill free"):
        lab.load("before")
        done, lines = lab.logged(command(lab, mode))
        need(done.returncode == 0 and said(done, "durable") == ROWS + 1, done.stderr.decode())
        calls[mode] = {int(x[0]): x[1] for x in lines}
    return calls


def strike(lab, k, mode):
    """The fault; the history so far."""
    lab.load("before")
    line = LiveLine(lab)
    line.look()
    first = mode.split(",")[0].split()[0]
    done = lab.run(command(lab, mode), k, first)
    text = done.stderr.decode()
    if first in ("kill", "torn"):
        need(done.returncode == -9 or (mode == "kill free" and done.returncode == 0),
             f"exit {done.returncode}: {text}")
    elif first == "short":
        need(done.returncode == 0, f"exit {done.returncode}: {text}")
    else:
        need(done.returncode == 0 or (done.returncode == 1 and "liver: " in text),
             f"exit {done.returncode}: {text}")
    line.durable = said(done, "durable")
    line.crashed()
    return line


def settle(line, finished):
    line.check_recovered(line.recover())
    line.check_settled()
    line.check_rows()
    line.go_on()
    line.check_declared(finished)


def first_level(lab, k, mode):
    line = strike(lab, k, mode)
    finished = decided(line.view)
    line.check_meantime()
    settle(line, finished)
    return 1


def second_level(lab, k, mode, only):
    """After the kill at k, a kill or a fault of recovery at each j; or at one, in turn."""
    line = strike(lab, k, mode)
    fault = {"kill twice": "kill", "kill, eio": "eio", "kill, enospc": "enospc+"}[mode]
    finished = decided(line.view)
    lab.save("crash")
    _, lines = lab.logged([RECOVERER, lab.state, lab.archive])
    every = range(1, len(lines) + 1)
    if fault == "kill":
        every = sorted(new_states({int(x[0]): x[1] for x in lines}))
    if only and lines:
        every = [every[7 * k % len(every)]]
    for j in every:
        lab.load("crash")
        again = copy.deepcopy({n: v for n, v in line.__dict__.items() if n != "lab"})
        history = LiveLine(lab)
        history.__dict__.update(again)
        done = history.recover(at=j, mode=fault)
        need(done.returncode == -9 if fault == "kill" else done.returncode in (0, 1),
             f"recovery's {j}: exit {done.returncode}")
        finished_now = finished or decided(history.view)
        history.crashed()
        try:
            settle(history, finished_now)
        except Broken as e:
            raise Broken(f"and recovery's call {j} {lines[j - 1][1:]}: {e}") from e
    return len(every)


def work(root, tasks, seconds):
    lab = LiveLab(root)
    calls = prepare(lab)

    def one(k, mode, once):
        if mode in ("kill twice", "kill, eio", "kill, enospc"):
            return {mode: second_level(lab, k, mode, once)}
        return {mode: first_level(lab, k, mode)}

    def name(k, mode, _once):
        return f"{mode} at {k} ({calls['kill free' if mode == 'kill free' else 'kill'].get(k)})"

    result = attempt(tasks, seconds, one, name)
    shutil.rmtree(root)
    return result


def main():
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    lab = LiveLab(f"{os.getcwd()}/count")
    calls = prepare(lab)
    shutil.rmtree(lab.root)
    tasks = [(k, mode, count > 0) for mode, only in MODES.items()
             for k, call in calls["kill free" if mode == "kill free" else "kill"].items()
             if (only is None or call in only) and
             (mode.split(",")[0] not in ("kill", "kill twice") or k in new_states(calls["kill"]))]
    counts, failures = share_out(work, spread(tasks, count), seconds)
    total = sum(counts.values())
    report("journal" if count else "journal-all",
           f"{total} crashes and faults of {len(calls['kill'])} calls (put, durable, rotate, seal, "
           "ratchet): " + ", ".join(f"{n} {mode}" for mode, n in counts.items()) +
           f"; invariants broken: {len(failures)}")
    return verdict(failures, total >= min(count, 8) and total > 0)


if __name__ == "__main__":
    sys.exit(main())
