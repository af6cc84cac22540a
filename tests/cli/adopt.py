# SPDX-License-Identifier: BSD-2-Clause
"""An archive whose keys were in the memory of a writer that was killed is continued by another one,
which takes over what its journal vouches for: for writers killed at calls all over their work; and
the taking over itself killed, or failing, at its k-th call that changes or syncs a file.
adopt.py COUNT SECONDS: so many cases, the same each time and spread over all; 0 0 is all."""
import json
import os
import shutil
import subprocess
import sys

from crashlab import PROGRAM, RECOVERER, TIMEOUT, attempt, need, report, share_out, spread, verdict
from journallab import LiveLab, said

ROWS = 24


def live(lab):
    return lab.live(1, ROWS, "wait", "memory")


def go_on(lab):
    return [PROGRAM, "init", "--continues", lab.archive, "--state", lab.state, f"{lab.run_dir}/next"]


def prepare(lab):
    """The calls that the writer makes, and those that continuing makes of one that was killed."""
    os.makedirs(lab.run_dir, exist_ok=True)
    lab.save("new")
    done, lines = lab.logged(live(lab))
    need(done.returncode == 0 and said(done, "durable") == ROWS + 1, done.stderr.decode())
    calls = {int(x[0]): x[1:] for x in lines}
    # Two segments are open, the table of the first is half made.
    at = [k for k, x in calls.items() if x[0] == "write" and "00000001.flows.parquet" in x[2]][1]
    kill(lab, at)
    lab.save("open")
    done, lines = lab.logged(go_on(lab))
    need(done.returncode == 0, done.stderr.decode())
    return calls, {int(x[0]): x[1:] for x in lines}


def kill(lab, at):
    lab.load("new")
    done = lab.run(live(lab), at, "kill")
    need(done.returncode == -9, f"exit {done.returncode}: {done.stderr.decode()}")
    return said(done, "durable")


def manifests(lab, archive):
    out = {}
    for path, data in lab.files().items():
        if path.startswith(f"{archive}/19") and path.endswith(".manifest.json"):
            m = json.loads(data)
            out[m["sequence"]] = m
    return out


def numbers(lab, archive):
    done = subprocess.run([PROGRAM, "show", "-q", "--state", lab.state, "-o", "csv", "--columns",
                           "first_frame", f"{lab.run_dir}/{archive}"], capture_output=True,
                          timeout=TIMEOUT)
    need(done.returncode == 0, f"show {archive}: {done.stderr.decode()}")
    return [int(x) for x in done.stdout.split()[1:]]


def octets(lab, archive):
    """Of the files that were kept beside the tables, in order."""
    paths = [p for p in lab.files() if p.startswith(f"{archive}/19") and p.endswith(".octets.txt")]
    text = b"".join(lab.files()[p] for p in sorted(paths, key=lambda p: p.rsplit("-", 1)[1]))
    return [int(x.split()[-1]) for x in text.decode().splitlines()]


def verify(lab, archive):
    done = subprocess.run([PROGRAM, "verify", "--deep", "--json", "--state", lab.state,
                           f"{lab.run_dir}/{archive}"], capture_output=True, timeout=TIMEOUT)
    need(done.stdout.startswith(b"{"), done.stderr.decode())
    return json.loads(done.stdout)


def older_files(lab):
    return {p: d for p, d in lab.files().items() if p.startswith("archive/")}


def check(lab, durable):
    """Both verify; every row that was durable is sealed once, in order, and its octets are."""
    new = verify(lab, "next")
    need(new["verdict"] == "VERIFIED" and new["continues"]["report"]["verdict"] == "VERIFIED",
         f"{new['verdict']}, older {new['continues']['report']['verdict']}")
    rows = numbers(lab, "archive") + numbers(lab, "next")
    need(rows == list(range(1, len(rows) + 1)), f"rows {rows}")
    need(len(rows) >= durable - 1, f"{len(rows)} rows, {durable - 1} were durable")
    kept = octets(lab, "archive") + octets(lab, "next")
    need(kept == list(range(1, len(kept) * 4 + 1, 4)) and 4 * len(kept) >= durable - 1,
         f"octets of {kept}")
    head = new["continues"]["sequence"]
    sealed = sorted(manifests(lab, "next").items())
    told = [r for _, m in sealed for r in m["recovery"] if r["action"] == "adopted"]
    need([r["sequence"] for r in told] == list(range(head + 1, head + 1 + len(told))),
         f"adopted {[r['sequence'] for r in told]} behind {head}")
    for r, (_, m) in zip(told, sealed):
        names = {f["name"].split(".", 1)[1] for f in r["files"]}
        need("statements.part" in names and ("flows.ipfix.part" in names or m["rows"] == 0),
             f"files {names}")
    return len(told)


def writer_killed(lab, k):
    durable = kill(lab, k)
    before = older_files(lab)
    done = lab.run(go_on(lab))
    text = done.stderr.decode()
    if done.returncode == 2 and "genesis.json" in text and not os.path.exists(
            f"{lab.archive}/genesis.json"):
        return 0
    need(done.returncode == 0, f"continuing: {text}")
    after = older_files(lab)
    # A seal that had been signed is finished; else nothing is touched.
    if not any(p.endswith(".manifest.sig.part") for p in before):
        need({**before, "archive/open/lock": b""} == {**after, "archive/open/lock": b""} or
             manifests(lab, "archive"), "the older archive has changed")
    return check(lab, durable)


def taking_over(lab, k, mode):
    """Interrupted at k, and ended by whoever opens the new archive next."""
    lab.load("open")
    rows = ROWS + 1
    done = lab.run(go_on(lab), k, mode)
    need(done.returncode == (-9 if mode == "kill" else 2) or (mode != "kill" and
         done.returncode == 0), f"exit {done.returncode}: {done.stderr.decode()}")
    if os.path.exists(f"{lab.run_dir}/next/genesis.json"):
        done = lab.run([RECOVERER, lab.state, f"{lab.run_dir}/next"])
        need(done.returncode == 0, f"recovery: {done.stderr.decode()}")
    else:
        done = lab.run(go_on(lab))
        need(done.returncode == 0, f"again: {done.stderr.decode()}")
    need(check(lab, 0) == 2, "not both were taken over")
    before = lab.files()
    done = lab.run([RECOVERER, lab.state, f"{lab.run_dir}/next"])
    need(done.returncode == 0 and lab.files() == before, "a second recovery changes something")
    return rows


def work(root, tasks, seconds):
    lab = LiveLab(root)
    prepare(lab)

    def one(k, what):
        if what == "writer":
            return {what: 1, "segments adopted": writer_killed(lab, k)}
        taking_over(lab, k, what)
        return {what: 1}

    result = attempt(tasks, seconds, one, lambda k, what: f"{what} at {k}")
    shutil.rmtree(root)
    return result


def main():
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    lab = LiveLab(f"{os.getcwd()}/count")
    writer, over = prepare(lab)
    shutil.rmtree(lab.root)
    tasks = [(k, "writer") for k in writer] + \
        [(k, mode) for mode in ("kill", "eio", "enospc+") for k, call in over.items()
         if mode != "enospc+" or call[0] in ("create", "write", "fsync", "rename")]
    counts, failures = share_out(work, spread(tasks, count), seconds)
    adopted = counts.pop("segments adopted", 0)
    total = sum(counts.values())
    report("adopt" if count else "adopt-all",
           f"{total} crashes and faults of {len(writer)} calls of a writer with keys in memory and "
           f"{len(over)} of the archive that continues it; {adopted} segments adopted; invariants "
           f"broken: {len(failures)}")
    return verdict(failures, total >= min(count, 8) and adopted > 0)


if __name__ == "__main__":
    sys.exit(main())
