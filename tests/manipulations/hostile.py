#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Archives made to attack who verifies them: whatever they hold, nfseal verify ends with a
verdict, in bounded time and memory, writes nothing, and prints nothing but text.  Which verdict
a manipulation gives is the table's business (run.py); here it must only not be a good one."""
import concurrent.futures, json, multiprocessing, os, re, signal, subprocess, sys, threading, time

from world import NFSEAL, Archive, Forge, canonical, capture, read, run, write

SECONDS = 10  # of processor time
HANGS = 120   # of the clock's, on a machine with other work
MIB = 64
SANITIZED = re.search(r"/(asan|tsan|fuzz)/", NFSEAL)
BAD = {"MODIFIED", "FORKED", "MALFORMED", "INCOMPLETE", "ERROR"}
ANY = BAD | {"VERIFIED"}
EXITS = dict(VERIFIED=0, MODIFIED=1, FORKED=1, ERROR=2, UNANCHORED=3, INCOMPLETE=4, MALFORMED=5,
             UNTRUSTED=6)
# C0 but the line feed, DEL, C1, and what turns the direction of text or hides in it.
UNPRINTABLE = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
EVIL = "\x1b]0;x\x07\x1b[2J\u202egnp.exe\u2066\u200b\r\x9b31m"
failures, runs, worst_rss, worst_time = [], 0, 0, 0.0


def listing(place):
    out = {}
    for top, dirs, names in os.walk(place):
        for name in dirs + names:
            path = os.path.join(top, name)
            st = os.lstat(path)
            out[path] = (st.st_mode, st.st_size, st.st_mtime_ns, st.st_ctime_ns, st.st_ino)
    return out


def fail(what, why):
    failures.append(f"{what}: {why}")
    print(f"FAILED: {what}: {why}")


def measured(argv):
    """(exit status, maximal resident MiB, seconds), ended when it hangs; output goes to files, so
    that nothing waits for a pipe."""
    with open("out", "wb") as out, open("err", "wb") as err:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    timer = threading.Timer(HANGS, lambda: os.kill(process.pid, signal.SIGKILL))
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


# A process of its own, forked while we are small: a child's maximum counts from its parent's.
starter = concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork"))


def verify(what, argv, allowed):
    """One run; its verdict."""
    global runs, worst_rss, worst_time
    runs += 1
    code, rss, seconds = starter.submit(measured, argv).result()
    worst_time = max(worst_time, seconds)
    worst_rss = max(worst_rss, rss)
    out = read("out").decode("utf-8", "surrogateescape")
    err = read("err").decode("utf-8", "surrogateescape")
    verdict = json.loads(out)["verdict"] if "--json" in argv and code >= 0 else out.split(" ")[0]
    if code < 0 or verdict not in allowed or EXITS[verdict] != code:
        fail(what, f"exit {code}, {verdict[:40]!r}: {err[:300]}")
    if seconds > SECONDS and not SANITIZED:
        fail(what, f"{seconds:.1f} s")
    if rss > MIB and not SANITIZED:
        fail(what, f"{rss:.0f} MiB")
    if "--json" not in argv and (found := UNPRINTABLE.search(out + err)):
        fail(what, f"unescaped {found[0]!r}")
    if "--json" in argv and re.search("[\0-\x09\x0b-\x1f\x7f]", out):
        fail(what, "control characters in JSON")
    return verdict


def check(what, a, allowed=BAD, still=True, user=None, ways=([], ["--json", "--deep"])):
    before = listing(a.place) if still else None  # else it changes while we look, too
    argv = [NFSEAL, "verify", "--state", "none", "--genesis", a.genesis, "--head", a.heads[a.last]]
    if user:
        argv = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] + argv
    verdicts = {verify(what + " " + " ".join(more), argv + [*more, a.place], allowed)
                for more in ways}
    if len(verdicts) != 1 and still:
        fail(what, f"two verdicts: {verdicts}")
    if still and listing(a.place) != before:
        fail(what, "the archive was changed")


# --- what stands in a file's place

def strange_files(sealed):
    kinds = ["link", "dangling", "loop", "fifo", "directory", "socket", "sparse"]
    kinds += ["device"] if os.geteuid() == 0 else []
    for name in (sealed.d(2), sealed.m(2), sealed.s(2), "genesis.json", "genesis.sig"):
        for kind in kinds:
            a = sealed.copy(f"strange-{kind}")
            a.become(name, kind)
            check(f"{kind} for {name}", a)
            run("rm", "-rf", a.place)


def strange_places(sealed):
    a = sealed.copy("deep")
    here = os.open(a.place, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    # os.walk would not come back from there: nothing is compared.
    verify("3000 directories deep", [NFSEAL, "verify", "--state", "none", "--genesis", a.genesis,
           "--head", a.heads[a.last], a.place], ANY)
    run("rm", "-rf", a.place)
    a = sealed.copy("names")
    for i, name in enumerate((EVIL, "-n", "*", "a\nb", "..x", "\xff" * 60, "x" * 255, "%s%n")):
        write(a.path(name), b"x")
        os.mkdir(a.path(f"{name[:200]}{i}"))
        write(a.path(f"{name[:200]}{i}/{name[:200]}.manifest.json"), read(a.path(a.m(2)))[:100])
    write(os.fsencode(a.place) + b"/\xff\xfe\x9b.manifest.json", b"{")
    check("odd names", a, {"VERIFIED"})
    a = sealed.copy("planted")
    text = read(a.path(a.m(2)))
    for i in range(20000):
        name = a.path(f"p{i}-00000002.manifest.json")
        with open(name, "wb") as f:
            f.write(text.replace(b'"rows":', b'"rows":%d' % (i + 1), 1))
        os.link(a.path(a.s(2)), name[:-5] + ".sig")
    check("20,000 planted manifests", a, {"VERIFIED"}, ways=[[]])
    a.remove(a.m(2))
    check("20,000 planted manifests and none that is right", a, ways=[["--json"]])


def unreadable(sealed):
    a = sealed.copy("unreadable")
    user = "65534" if os.geteuid() == 0 else None
    os.chmod(".", 0o755)
    os.chmod(os.path.dirname(a.path(a.m(2))), 0)
    check("a directory that cannot be read", a, {"ERROR", "INCOMPLETE"}, user=user)
    os.chmod(os.path.dirname(a.path(a.m(2))), 0o755)
    os.chmod(a.path(a.d(2)), 0)
    check("a file that cannot be read", a, {"ERROR"}, user=user)


# --- properly signed

def signed(what, model, tweak=None, genesis=None, allowed=BAD):
    """Three segments by whoever has all keys, the second or the genesis tweaked."""
    f = Forge(f"signed-{runs}", model)
    f.genesis(genesis)
    f.segment()
    f.segment(tweak)
    f.segment()
    a = f.archive()
    check(what, a, allowed)
    run("rm", "-rf", a.place)


def put(**values):
    return lambda m: m.update(values)


def edit(old, new):
    def tweak(m):
        text = canonical(m)
        assert old in text, old
        return text.replace(old, new, 1)
    return tweak


def big(filler, size=8 << 20):
    """A signed text of the largest size, or above it, with that in an option's place."""
    def tweak(m):
        text = canonical(m)
        room = size - len(text)
        return text.replace(b'"options":[', b'"options":[' + filler * (room // len(filler)), 1)
    return tweak


def signed_texts(model):
    signed("a manifest of 100 MB", model, big(b" ", 100 << 20))
    signed("a genesis of 100 MB", model, genesis=lambda g: canonical(g) + b" " * (100 << 20))
    signed("10,000 deep", model, edit(b'"options":[', b'"options":[' + b"[" * 10000 + b"]" * 10000 + b","))
    for filler in (b"[", b'{"a":', b"0,", b'"a",', b'{},', b"\\", b'"', b"\0", b'"\\u0041",', b"\xff"):
        signed(f"8 MiB of {filler}", model, big(filler))
    signed("100,000 keys", model, edit(b'"losses":{', b'"losses":{' + b"".join(b'"k%d":0,' % i for i in range(100000))))
    signed("100,000 times one key", model, edit(b'"losses":{', b'"losses":{' + b'"k":0,' * 100000))
    for number in (b"9007199254740992", b"18446744073709551616", b"1e999999", b"-0", b"-1", b"0.0", b"00",
                   b'"9007199254740991"', b'"18446744073709551616"', b"9" * 1000000, b"NaN", b'"x"', b"[]"):
        signed(f"rows {number[:30]}", model, edit(b'"rows":', b'"rows":' + number + b',"x":'))
        signed(f"a size of {number[:30]}", model, edit(b'"size":', b'"size":' + number + b',"x":'))
    for old, new in ((b'{"format"', b'\xef\xbb\xbf{"format"'), (b"}\n", b"}\r\n"), (b"}\n", b"}"),
                     (b'"rows"', b'"r\\u006fws"'), (b'"options":[]', b'"options": []'),
                     (b'"software":{"name":"', b'"software":{"name":"\\ud800'),
                     (b'"software":{"name":"', b'"software":{"name":"\\u0000'),
                     (b'"software":{"name":"', b'"software":{"name":"\xc0\x80'),
                     (b'"rows":', b'"rows":0,"rows":')):
        if old in canonical(json.loads(read(model.path(model.m(1))))):
            signed(f"{new[:40]}", model, edit(old, new))
    signed("UTF-16", model, lambda m: canonical(m).decode().encode("utf-16"))
    signed("nothing", model, lambda m: b"\n")


def signed_names(model):
    for name in ("../../../etc/passwd", "/etc/passwd", "..", ".", "", EVIL, "genesis.json", "a/b", "x" * 5000):
        signed(f"a file {name[:30]!r}", model, lambda m: m["files"][0].update(name=name))
        signed(f"an attachment {name[:30]!r}", model, put(attachments=[
            {"role": "time", "name": name, "size": 1, "sha256": "0" * 64}]))
    signed("texts that drive a terminal", model, put(interrupted=True, findings=[
        {"code": "x", "file": EVIL, "offset": None, "text": EVIL * 20}], recovery=[
        {"action": "sealed", "sequence": 1, "from": None, "to": None, "files": [], "text": EVIL}]),
        allowed={"VERIFIED"})
    signed("10,000 files that are not there", model, put(attachments=[
        {"role": "time", "name": f"a{i}", "size": 1 << 40, "sha256": "0" * 64} for i in range(10000)]))
    signed("10,000 findings", model, put(findings=[
        {"code": "x", "file": None, "offset": i, "text": EVIL * 8} for i in range(10000)]), allowed={"VERIFIED"})
    signed("100,000 chunks", model, lambda m: m["files"][0].update(size=1 << 60, chunks=["0" * 64] * 100000))


def one_file_often(model):
    """The same large file, listed ten thousand times, is not hashed ten thousand times."""
    f = Forge("often", model)
    f.genesis()
    f.segment(put(attachments=[{"role": "time", "name": "big", "size": 64 << 20, "sha256": "0" * 64}] * 10000))
    write("often/big", b"")
    os.truncate("often/big", 64 << 20)
    check("one file listed 10,000 times", f.archive())
    run("rm", "-rf", "often")


# --- while it is read

def changing(sealed):
    a = sealed.copy("changing")
    path = a.path(a.d(2))
    was = read(path)
    stop = threading.Event()

    def grow():
        with open(path, "ab") as f:
            while not stop.is_set():
                f.write(b"x" * 65536)
                f.flush()
                if f.tell() > 1 << 28:
                    f.truncate(len(was))

    def replace():
        while not stop.is_set():
            for data in (was, was[:-1], b""):
                write("other", data)
                os.rename("other", path)
            os.unlink(path)
            os.mkfifo(path)
            os.unlink(path)
            os.symlink("/dev/zero", path)

    for what in (grow, replace):
        stop.clear()
        thread = threading.Thread(target=what, daemon=True)  # a failure here must not wait for it
        thread.start()
        for _ in range(5):
            check(f"a file in the hands of {what.__name__}", a, ANY, still=False)
        stop.set()
        thread.join()
        os.unlink(path)
        write(path, was)
    check("and as it was", a, {"VERIFIED"})


def confined(sealed):
    """Landlock, where the kernel has it, before the first byte is read."""
    if SANITIZED or subprocess.run(["strace", "-V"], capture_output=True).returncode != 0:
        return print("skip: no strace, or a sanitizer's build")
    argv = ["strace", "-f", "-o", "trace", "-e", "trace=all", NFSEAL, "verify", "--state", "none", sealed.place]
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    trace = read("trace").decode()
    made = re.search(r"landlock_create_ruleset\(NULL, 0, .*= (-?\d+)", trace) or re.search(r"syscall_0x1bc\(.*= (-?\d+|\?)", trace)
    if not made or made[1].startswith("-"):
        return print("skip: this kernel has no Landlock")
    on = re.search(r"(landlock_restrict_self|syscall_0x1be)\(.*= 0$", trace, re.M)
    opened = trace.find(f'"{sealed.place}/genesis.json"')
    if not on or on.start() > opened or opened < 0:
        fail("Landlock", "not in force when the genesis is opened")
    late = trace[on.end():] if on else ""
    if found := re.search(r"O_WRONLY|O_RDWR|O_CREAT|execve|unlink|rename|mkdir|socket\(", late):
        fail("Landlock", f"{found[0]} after it")


def main():
    capture("in.pcap", [40, 40, 40], 1)
    run(NFSEAL, "capture", "-q", "-r", "in.pcap", "-w", "sealed", "-t", "60s", "--state", "state")
    sealed = Archive("sealed")
    assert sealed.last >= 3
    check("untouched", sealed, {"VERIFIED"})
    for group in (strange_files, strange_places, unreadable, signed_texts, signed_names, one_file_often,
                  changing, confined):
        began = time.monotonic()
        group(sealed)
        print(f"{group.__name__}: {time.monotonic() - began:.1f} s")
    print(f"{runs} runs, at most {worst_rss:.0f} MiB and {worst_time:.1f} s of processor time, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
