# SPDX-License-Identifier: BSD-2-Clause
"""Kills at random moments, by the clock and not by the call, while others load the machine.
kills.py COUNT SECONDS: so many, and no longer than that (0: as long as it takes)."""
import os
import random
import shutil
import subprocess
import sys
import time

from crash import decided
from crashlab import Lab, Line, attempt, need, report, share_out, verdict

KILLS_PER_ARCHIVE = 40


def one_kill(lab, line, longest):
    """A run, killed or not, its recovery, and the next run."""
    child = subprocess.Popen(lab.capture("two", "-q", "-t", "5"), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, longest))
    child.kill()
    killed = child.wait() == -9
    finished = decided(line.crashed())
    line.check_recovered(line.recover())
    line.check_settled()
    if finished is not None:
        # What follows declares it.
        need(lab.run(lab.capture("more", "-q")).returncode == 0, "the next run fails")
        line.look()
        line.check_declared(finished)
    return killed


def one_archive(lab, kills):
    """A history of many kills, told and verified at its end."""
    shutil.rmtree(lab.run_dir, ignore_errors=True)
    os.mkdir(lab.run_dir)
    begun = time.monotonic()
    need(lab.run(lab.capture("two", "-q", "-t", "5")).returncode == 0, "the first run fails")
    longest = 1.2 * (time.monotonic() - begun)
    line = Line(lab)
    line.look()
    killed = runs = 0
    while killed < kills:
        killed += one_kill(lab, line, longest)
        runs += 1
        need(runs < 100 * kills, f"only {killed} of {runs} runs were killed before their end")
    line.go_on()
    line.check_declared(None)
    return runs


def work(root, tasks, seconds):
    lab = Lab(root)

    def one(seed, kills):
        random.seed(seed)
        return {"runs": one_archive(lab, kills), "killed": kills}

    result = attempt(tasks, seconds, one, lambda seed, _kills: f"seed {seed}")
    shutil.rmtree(root)
    return result


def archives_of(count):
    """So many kills as tasks, each a seed and the kills of one archive."""
    size = min(KILLS_PER_ARCHIVE, max(1, count // 8))
    return [(n, size) for n in range((count + size - 1) // size)]


def main():
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    counts, failures = share_out(work, archives_of(count), seconds)
    report("kills" if seconds else "kills-all",
           f"{counts['killed']} kills at a random moment, in {counts['runs']} runs; "
           f"invariants broken: {len(failures)}")
    return verdict(failures, counts["killed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
