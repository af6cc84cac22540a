# SPDX-License-Identifier: BSD-2-Clause
"""Every crash and fault of an init, seal, rotate, close cycle: the k-th call that changes or
syncs a file kills the program or fails, then recovery, then the invariants; and every kill of
the recovery that follows a kill.  crash.py COUNT SECONDS: so many cases, the same each time
and spread over all, and no longer than that; 0 is all of them, and without a limit."""
import copy
import os
import shutil
import sys

from crashlab import (Broken, Lab, Line, RECOVERER, attempt, need, new_states, report, share_out,
                      spread, verdict)

NAMES = ("init", "seal", "rotate", "close")
NO_SPACE = ("create", "write", "fsync", "rename", "link", "mkdir", "close")
MODES = {"kill": None, "torn": ("write",), "short": ("write",), "eio": None, "eio+": None,
         "enospc": NO_SPACE, "enospc+": NO_SPACE, "kill-link": None,
         "kill twice": None}


def extra(mode):
    return {"CRASH_NO_RENAMEAT2": "1"} if mode == "kill-link" else {}


def prepare(lab):
    """The state before each command, and the calls that each makes, with rename and without."""
    calls = {}
    os.makedirs(lab.run_dir, exist_ok=True)
    for i, command in enumerate(lab.cycle()):
        lab.save(f"before{i}")
        for link in ("kill-link", "kill"):
            lab.load(f"before{i}")
            done, lines = lab.logged(command, **extra(link))
            need(done.returncode == 0, f"{command}: {done.stderr.decode()}")
            calls[i, link == "kill-link"] = {int(x[0]): x[1] for x in lines}
    lab.save("after")
    return calls


def strike(lab, i, k, mode):
    """The fault; the history so far."""
    lab.load(f"before{i}")
    line = Line(lab)
    line.look()
    done = lab.run(lab.cycle()[i], k, mode.split("-")[0], **extra(mode))
    text = done.stderr.decode()
    if mode in ("kill", "torn", "kill-link"):
        need(done.returncode == -9, f"exit {done.returncode}: {text}")
    elif mode == "short":
        need(done.returncode == 0, f"exit {done.returncode}: {text}")
    else:
        need(done.returncode in (0, 2), f"exit {done.returncode}: {text}")
        need(done.returncode == 0 or text.startswith("nfseal "), f"no message: {text}")
    line.crashed()
    if done.returncode == 0:
        head = f"head    {line.view.anchor['sequence']}:{line.view.anchor['manifest_sha256']}"
        out = (done.stdout + done.stderr).decode()
        need(head[8:] in out, f"exit 0, but {head} is not in: {out}")
    return line


def decided(view):
    """The seal that recovery has to finish."""
    p = view.prepared
    if p is None or "sequence" not in p or p["sequence"] != view.anchor["sequence"] + 1:
        return None
    return p["sequence"]


def settle(line, finished, **more):
    line.check_recovered(line.recover(**more))
    line.check_settled()
    line.go_on()
    line.check_declared(finished)


def first_level(lab, i, k, mode):
    line = strike(lab, i, k, mode)
    finished = decided(line.view)
    line.check_meantime()
    settle(line, finished, **extra(mode))
    return 1


def second_level(lab, i, k, only):
    """After the kill at k, a kill of recovery at each j; or at one, in turn."""
    line = strike(lab, i, k, "kill")
    finished = decided(line.view)
    lab.save("crash")
    _, lines = lab.logged([RECOVERER, lab.state, lab.archive])
    count = 0
    every = sorted(new_states({int(x[0]): x[1] for x in lines}))
    if only and lines:
        every = [every[(7 * k + i) % len(every)]]
    for j in every:
        lab.load("crash")
        again = copy.deepcopy(line.__dict__)
        again["lab"] = lab
        history = Line(lab)
        history.__dict__.update(again)
        done = history.recover(at=j, mode="kill")
        need(done.returncode == -9, f"recovery's {j}: exit {done.returncode}")
        history.crashed()
        try:
            settle(history, finished)
        except Broken as e:
            raise Broken(f"and recovery's call {j} {lines[j - 1][1:]}: {e}") from e
        count += 1
    return count


def work(root, tasks, seconds):
    lab = Lab(root)
    calls = prepare(lab)

    def one(i, k, mode, once):
        if mode == "kill twice":
            return {mode: second_level(lab, i, k, once)}
        return {mode: first_level(lab, i, k, mode)}

    def name(i, k, mode, _once):
        return f"{NAMES[i]} {mode} at {k} ({calls[i, mode == 'kill-link'].get(k)})"

    result = attempt(tasks, seconds, one, name)
    shutil.rmtree(root)
    return result


def main():
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    lab = Lab(f"{os.getcwd()}/count")
    calls = prepare(lab)
    shutil.rmtree(lab.root)
    tasks = [(i, k, mode, count > 0) for mode, only in MODES.items() for i in range(len(NAMES))
             for k, call in calls[i, mode == "kill-link"].items()
             if (only is None or call in only) and
             (mode not in ("kill", "kill twice") or k in new_states(calls[i, False]))]
    counts, failures = share_out(work, spread(tasks, count), seconds)
    total = sum(counts.values())
    report("crash" if count else "crash-all",
           f"{total} crashes and faults of {len(calls[0, False])}+{len(calls[1, False])}+"
           f"{len(calls[2, False])}+{len(calls[3, False])} calls (init+seal+rotate+close): " +
           ", ".join(f"{n} {mode}" for mode, n in counts.items()) +
           f"; invariants broken: {len(failures)}")
    return verdict(failures, total >= min(count, 20) and total > 0)


if __name__ == "__main__":
    sys.exit(main())
