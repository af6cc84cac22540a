# SPDX-License-Identifier: BSD-2-Clause
"""Kills of a live writer at random moments, by the clock and not by the call, while it writes and
its thread seals.  livekills.py COUNT SECONDS: so many, and no longer than that (0: no limit)."""
import os
import random
import shutil
import subprocess
import sys
import time

from crash import decided
from crashlab import PROGRAM, attempt, need, report, share_out, verdict
from journallab import LiveLab, LiveLine, said
from kills import archives_of

LONGEST = 0.25


def one_kill(lab, line):
    """A live run that is killed in the midst of it, and its recovery."""
    first = line.expected + 1
    child = subprocess.Popen(lab.live(first, 1000000, segment=random.choice((1, 3, 20))),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(random.uniform(0, LONGEST))
    child.kill()
    child.stdout, out = None, child.stdout.read()
    text = child.stderr.read().decode()
    need(child.wait() == -9, f"it ended by itself: {text}")
    line.durable = max(line.durable, said(subprocess.CompletedProcess([], 0, out), "durable"))
    finished = decided(line.crashed())
    line.check_meantime()
    line.check_recovered(line.recover())
    line.check_settled()
    line.check_rows(strict=False)
    if finished is not None:
        line.finished.append(finished)


def one_archive(lab, kills):
    """A history of many kills, told and verified at its end."""
    shutil.rmtree(lab.run_dir, ignore_errors=True)
    os.mkdir(lab.run_dir)
    done = lab.run([PROGRAM, "init", "--state", lab.state, lab.archive])
    need(done.returncode == 0, f"init: {done.stderr.decode()}")
    line = LiveLine(lab)
    line.expected = 0
    line.finished = []
    line.look()
    for _ in range(kills):
        one_kill(lab, line)
    line.go_on()
    for finished in line.finished:
        line.check_declared(finished)
    return line.expected


def work(root, tasks, seconds):
    lab = LiveLab(root)

    def one(seed, kills):
        random.seed(seed)
        return {"rows": one_archive(lab, kills), "kills": kills}

    result = attempt(tasks, seconds, one, lambda seed, _kills: f"seed {seed}")
    shutil.rmtree(root)
    return result


def main():
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    counts, failures = share_out(work, archives_of(count), seconds)
    report("livekills" if count < 1000 else "livekills-all",
           f"{counts['kills']} kills of a live writer at a random moment, {counts['rows']} rows that "
           f"were durable and are sealed; invariants broken: {len(failures)}")
    return verdict(failures, counts["kills"] > 0)


if __name__ == "__main__":
    sys.exit(main())
