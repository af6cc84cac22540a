# SPDX-License-Identifier: BSD-2-Clause
"""The k-th allocation fails, once or from there on, in a live writer with its seals, in a seal, in
recovery and in the verifier: each ends by itself, says so, gives no other verdict than that it could
not finish, and leaves what the next run recovers.
memory.py COUNT SECONDS: so many cases, the same each time and spread over all; 0 0 is all."""
import os
import shutil
import sys

from crash import decided
from crashlab import BUILD, PROGRAM, RECOVERER, attempt, need, report, share_out, spread, verdict
from journallab import LiveLab, LiveLine, said

SHIM = f"{BUILD}/tests/cli/memshim.so"
ROWS = 12


def commands(lab):
    """Name: what comes before (a state), the command, and what it may exit with."""
    return {"live": ("new", lab.live(1, ROWS, "wait"), (0, 1)),
            "close": ("sealed", [PROGRAM, "close", "--state", lab.state, lab.archive], (0, 2)),
            "recover": ("open", [RECOVERER, lab.state, lab.archive], (0, 1)),
            "recover -n": ("open", [PROGRAM, "recover", "-n", "--json", "--state", lab.state,
                                    lab.archive], (0, 2)),
            "verify": ("open", [PROGRAM, "verify", "-j", "1", "--state", lab.state, lab.archive],
                       (0, 2)),
            "verify --deep": ("sealed", [PROGRAM, "verify", "--deep", "-j", "1", "--state", lab.state,
                                         lab.archive], (0, 2))}


def short_of(lab, command, **env):
    return lab.run(command, preload=SHIM, **env)


def prepare(lab):
    """The states, and how many allocations each command makes."""
    os.makedirs(lab.run_dir, exist_ok=True)
    done = lab.run([PROGRAM, "init", "--state", lab.state, lab.archive])
    need(done.returncode == 0, f"init: {done.stderr.decode()}")
    lab.save("new")
    _, lines = lab.logged(lab.live(1, ROWS, "wait"))
    lab.save("sealed")
    # Two segments are open: the first is complete, its table half made.
    at = [int(x[0]) for x in lines if x[1] == "write" and "00000001.flows.parquet" in x[3]][1]
    lab.load("new")
    done = lab.run(lab.live(1, ROWS, "wait"), at, "kill")
    need(done.returncode == -9, "the writer was not killed")
    lab.save("open")
    counts = {}
    for name, (state, command, _) in commands(lab).items():
        lab.load(state)
        path = f"{lab.root}/count"
        done = short_of(lab, command, MEM_COUNT=path)
        need(done.returncode == 0, f"{name}: {done.stderr.decode()}")
        with open(path, encoding="ascii") as f:
            counts[name] = int(f.read())
    return counts


def one(lab, name, k, on):
    state, command, codes = commands(lab)[name]
    lab.load(state)
    line = LiveLine(lab)
    line.look()
    more = {"MEM_ALL": "1"} if on else {}
    done = short_of(lab, command, MEM_AT=str(k), **more)
    text = (done.stdout + done.stderr).decode(errors="replace")
    need(done.returncode in codes + (99,), f"exit {done.returncode}: {text}")
    need(done.returncode in (0, 99) or text.strip(), "it says nothing")
    if name.startswith("verify") and done.returncode != 99:
        verdict = done.stdout.split()[0].decode() if done.stdout else "ERROR"
        need(verdict == ("VERIFIED" if done.returncode == 0 else "ERROR"), f"verdict {verdict}")
    line.durable = said(done, "durable")
    finished = decided(line.crashed())
    line.check_recovered(line.recover())
    line.check_settled()
    line.check_rows(strict=False)
    line.go_on(deep_only=True)
    line.check_declared(finished)
    return done.returncode == 99


def work(root, tasks, seconds):
    lab = LiveLab(root)
    prepare(lab)
    result = attempt(tasks, seconds,
                     lambda name, k, on: {"libraries": one(lab, name, k, on), name: 1},
                     lambda name, k, on: f"{name}, allocation {k}{' and all that follow' if on else ''}")
    shutil.rmtree(root)
    return result


def main():
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    lab = LiveLab(f"{os.getcwd()}/count")
    calls = prepare(lab)
    shutil.rmtree(lab.root)
    tasks = [(name, k, on) for name, n in calls.items() for k in range(1, n + 1)
             for on in (False, True)]
    counts, failures = share_out(work, spread(tasks, count), seconds)
    crashes = counts.pop("libraries", 0)
    total = sum(counts.values())
    report("memory" if count else "memory-all",
           f"{total} failed allocations of " + ", ".join(f"{n} ({name})" for name, n in calls.items())
           + f", {crashes} of which crashed libcrypto or jansson; invariants broken: {len(failures)}")
    return verdict(failures, total >= min(count, 8) and total > 0)


if __name__ == "__main__":
    sys.exit(main())
