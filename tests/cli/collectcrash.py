# SPDX-License-Identifier: BSD-2-Clause
"""A collector over a capture that turns its segment four times, killed by each call that changes or
syncs a file: what recovery seals is the beginning of what there was, its tables are what its
datagrams say, and the next run goes on with its templates.
collectcrash.py COUNT SECONDS: so many of the kills, spread over all, and no longer; 0: all."""
import glob
import json
import os
import shutil
import subprocess
import sys
import time

from crashlab import PROGRAM, SHIM, spread

CARRY = os.path.join(os.environ["NFSEAL_SOURCE"], "tests", "cli", "carry.py")
FLOWS = 12  # of in.pcap; after.pcap has one more


def need(holds, text):
    if not holds:
        raise SystemExit("FAILED: " + text)


def run(*command, at=0, mode="kill", log=None):
    env = dict(os.environ, LD_PRELOAD=SHIM, CRASH_DIRS=os.path.realpath("run"), CRASH_AT=str(at), CRASH_MODE=mode)
    env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0"
    if log:
        env["CRASH_LOG"] = log
    return subprocess.run(command, env=env, capture_output=True, timeout=120)


def collect(name, **more):
    return run(PROGRAM, "collect", "-q", "-r", name, "-w", "run/archive", "--state", "run/state", "-t", "10", **more)


def ports():
    done = subprocess.run([PROGRAM, "show", "-q", "run/archive", "--state", "run/state", "-o", "ndjson"],
                          capture_output=True)
    need(done.returncode == 0, f"show: {done.stderr}")
    return [json.loads(line)["dst_port"] for line in done.stdout.decode().splitlines()]


def verify(what):
    done = subprocess.run([PROGRAM, "verify", "--deep", "--json", "--state", "run/state", "run/archive"],
                          capture_output=True)
    v = json.loads(done.stdout)
    told = [f for s in v["segments"] for f in s["findings"]] + [n for n in v["notices"] if n["code"] == "DERIVATION"]
    need(v["verdict"] == "VERIFIED" and not told, f"{what}: {v['verdict']} {told[:3]}")


def case(k, mode):
    shutil.rmtree("run", ignore_errors=True)
    os.mkdir("run")
    done = collect("in.pcap", at=k, mode=mode)
    if done.returncode == 0:
        return  # its thread that seals makes some calls more or less
    need(done.returncode == -9, f"call {k}: exit {done.returncode}: {done.stderr}")
    if not os.path.exists("run/archive/genesis.json"):
        return
    done = run(PROGRAM, "recover", "--state", "run/state", "run/archive")
    need(done.returncode in (0, 3), f"call {k}: recover: {done.returncode} {done.stderr}")
    verify(f"{mode} at call {k}, recovered")
    there = ports()
    # the third waits for its template, which comes with the eighth
    come = sorted(there + ([3] if len(there) > 2 and 8 not in there else []))
    need(come == list(range(1, len(come) + 1)), f"call {k}: flows {there} are no beginning")
    done = collect("after.pcap")
    need(done.returncode == 0, f"call {k}: going on: {done.returncode} {done.stderr}")
    verify(f"{mode} at call {k}, gone on")
    # its data come without their template: they are decoded if that was durable
    segments = sorted(glob.glob("run/archive/*/*/*/*.manifest.json"))
    last = json.load(open(segments[-1], encoding="utf-8"))
    if there:
        need(last["rows"] == 1 and last["losses"]["sets_waiting"] <= 1, f"call {k}: after {there} it waits for its template")


def main():
    count, seconds = int(sys.argv[1]), float(sys.argv[2])
    began = time.monotonic()
    # 4001 sends its template in the third segment only
    script = ("1000 4000 9 100000 T O S=10 D=2; 1001 4001 9 100000 D=1; 1012 4000 9 100001 D=2; "
              "1022 4000 9 100002 D=2; 1023 4001 9 100001 T D=1; 1034 4000 9 100003 S=20 D=1; "
              "1035 4001 9 100002 D=1; 1044 4000 9 100004 D=2")
    subprocess.run([sys.executable, CARRY, "pcap", "in.pcap", script], check=True)
    subprocess.run([sys.executable, CARRY, "pcap", "after.pcap", "1060 4000 9 100005 D=1"], check=True)
    os.mkdir("run")
    done = collect("in.pcap", log="log")
    need(done.returncode == 0, f"{done.stderr}")
    need(len(ports()) == FLOWS, f"flows: {ports()}")
    verify("no crash")
    with open("log", encoding="utf-8") as f:
        calls = [line.split("\t")[:2] for line in f]
    cases = [(int(k), "kill") for k, _ in calls] + [(int(k), "torn") for k, call in calls if call == "write"]
    cases = spread(cases, count) if count else cases
    done = 0
    for k, mode in cases:
        if seconds and time.monotonic() - began > seconds:
            break
        case(k, mode)
        done += 1
    need(done > 0, "no time for any")
    print(done, "of", len(cases), "kills,", len(calls), "calls")


main()
