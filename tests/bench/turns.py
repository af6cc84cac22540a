#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""turns.py [-r RUNS] [-n ITEMS] [-q TEXT=A/B]... NAME|PREPARE|COMMAND|OUTPUT... - times commands in turn.

A B C A B C ...: on a machine that others use too only ratios of one run mean something.  PREPARE
runs before each run and is not timed; the size of OUTPUT is told.  The first spec is the base of the
ratios, which are medians of the pairs.  ITEMS gives a rate in millions a second.  Each quotient -q says
how much faster A is than B, where both were run; in processor time, too, which on a machine that is
not idle is the fairer measure of what one core does.  With BENCH_NICE all commands alike run at that
priority (of the autogroup, else of the process), for a machine that others use, too."""
import argparse, glob, os, statistics, subprocess, sys, time

parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument('-r', type=int, default=3)
parser.add_argument('-n', type=float, default=0)
parser.add_argument('-q', action='append', default=[])
parser.add_argument('spec', nargs='+')
args = parser.parse_args()
jobs = [dict(zip(('name', 'prepare', 'command', 'output'), s.split('|', 3)), runs=[]) for s in args.spec]


def size_of(path):
    if os.path.isdir(path):
        return sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(path) for f in fs)
    return os.path.getsize(path) if os.path.exists(path) else 0


def prefer():
    """In the child: its priority, which only root may raise."""
    nice = os.environ.get('BENCH_NICE')
    if nice:
        os.setsid()
        try:
            with open(f'/proc/{os.getpid()}/autogroup', 'w') as f:
                f.write(nice)
        except OSError:
            pass
        os.setpriority(os.PRIO_PROCESS, 0, int(nice))


def run(job):
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    if job['prepare']:
        subprocess.run(job['prepare'], shell=True, **quiet)
    start = time.monotonic()
    child = subprocess.Popen('exec ' + job['command'], shell=True, preexec_fn=prefer, **quiet)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    child.returncode = 0
    if os.waitstatus_to_exitcode(status) != 0:
        job['failed'] = True
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


for turn in range(args.r + 1):
    for job in jobs:
        result = run(job)
        if turn > 0:  # the first warms the caches
            job['runs'].append(result)
            job['bytes'] = sum(size_of(p) for p in glob.glob(job['output'])) if job['output'] else 0

def seconds(job, of=0):
    return [r[of] for r in job['runs']]


def faster(a, b, of=0):
    """How much faster a is than b: the median of the turns; of=2: in processor time."""
    return statistics.median(y / x for x, y in zip(seconds(a, of), seconds(b, of)))


print(f"{'what':28} {'ratio':>7} {'rate':>8} {'MiB':>6} {'bytes out':>12}")
for job in jobs:
    rate = f"{args.n / statistics.median(seconds(job)) / 1e6:.2f}" if args.n else '-'
    failed = ' FAILED' if job.get('failed') else ''
    print(f"{job['name'] + failed:28} {faster(job, jobs[0]):7.2f} {rate:>8} "
          f"{max(r[1] for r in job['runs']):6.0f} {job['bytes']:12d}")
named = {job['name']: job for job in jobs}
for text, pair in (q.split('=', 1) for q in args.q):
    a, b = pair.split('/')
    if a in named and b in named and not (named[a].get('failed') or named[b].get('failed')):
        print(f"  {text}: {faster(named[a], named[b]):.2f} "
              f"(processor time: {faster(named[a], named[b], 2):.2f})")
sys.exit(any(job.get('failed') for job in jobs))
