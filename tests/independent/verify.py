#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A second verifier, written from nfseal-archive(5) alone: Python's standard library, and
the openssl command for Ed25519.  verify.py ARCHIVE [--genesis HEX] [--head SEQ:HEX]
prints the verdict and its findings and exits as the page says."""
import hashlib, json, os, re, stat, subprocess, sys, tempfile

EXITS = dict(VERIFIED=0, UNANCHORED=3, UNTRUSTED=6, ERROR=2, INCOMPLETE=4, MALFORMED=5,
             MODIFIED=1, FORKED=1)  # from the best to the worst
VERDICT_OF = dict(CHUNK_HASH="MODIFIED", FILE_SIZE="MODIFIED", FILE_MISSING="INCOMPLETE",
    FILE_TYPE="MODIFIED", SIGNATURE="MODIFIED", CHAIN="MODIFIED", WEAK_KEY="MALFORMED",
    NON_CANONICAL="MALFORMED", DUPLICATE_KEY="MALFORMED", SCHEMA="MALFORMED",
    VERSION="MALFORMED", SEGMENT_MISSING="INCOMPLETE", HEAD_MISSING="INCOMPLETE",
    FORK="FORKED", WRONG_GENESIS="MODIFIED", COUNTS="MALFORMED", LIMIT="MALFORMED", IO="ERROR")
LARGE = 128 << 20  # above that a document is not looked at
CHUNK, P, ORDER = 1 << 20, 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
SMALL = {int.from_bytes(bytes.fromhex(h), "little") for h in (
    "00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}


class Refused(Exception):
    """args[0] is the finding's code."""


# --- canonical JSON: types are functions that raise Refused("SCHEMA")

def need(condition):
    if not condition:
        raise Refused("SCHEMA")

def text(limit=8192):
    def check(v):
        need(isinstance(v, str) and len(v.encode()) <= limit and "\0" not in v)
    return check

def name(v):
    need(isinstance(v, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", v))

def integer(v):
    if isinstance(v, str):
        need(re.fullmatch(r"[1-9][0-9]{15,19}", v) and 2**53 <= int(v) < 2**64)
    else:
        need(type(v) is int and 0 <= v < 2**53)

def time(v):
    need(isinstance(v, str) and re.fullmatch(r"0|-?[1-9][0-9]{0,18}", v) and abs(int(v)) < 2**63)

def boolean(v):
    need(type(v) is bool)

def digits(n):
    return lambda v: need(isinstance(v, str) and re.fullmatch(r"[0-9a-f]{%d}" % n, v))

def or_null(kind):
    return lambda v: v is None or kind(v)

def array(kind, limit=10000):
    def check(v):
        need(isinstance(v, list) and len(v) <= limit)
        for x in v:
            kind(x)
    return check

def obj(**keys):
    def check(v):
        need(isinstance(v, dict) and set(v) == set(keys))
        if list(v) != list(keys):
            raise Refused("NON_CANONICAL")
        for k, kind in keys.items():
            kind(v[k])
    return check

def counts(v):
    need(isinstance(v, dict) and len(v) <= 256)
    for k in v:
        name(k), integer(v[k])

SHA, KEY, ID = digits(64), digits(64), digits(32)
CLOCK = obj(time=time, clock=name)
SOFTWARE = obj(name=text(255), version=text(255), build=text(255))
TALLY = obj(read=integer, metered=integer, rejected=counts)
SUM = obj(carried_in=integer, metered=integer, emitted=integer, carried_out=integer)
GENESIS = obj(format=text(), archive=ID, created=CLOCK,
    algorithms=obj(hash=text(), signature=text(), chunk=integer), key=KEY, next_key=KEY,
    key_storage=name, layout=integer, software=SOFTWARE,
    continues=or_null(obj(archive=ID, genesis=SHA, sequence=integer, manifest_sha256=SHA)))
MANIFEST = obj(format=text(), archive=ID, sequence=integer, previous=SHA, opened=CLOCK,
    sealed=CLOCK, interval=obj(**{"from": or_null(time), "to": or_null(time)}),
    first_flow=or_null(time), last_flow=or_null(time),
    source=obj(kind=name, inputs=array(obj(name=text(), size=integer, sha256=or_null(SHA),
        container=or_null(integer), capture=boolean, format=or_null(text(255)),
        packets=integer))),
    options=array(obj(name=name, value=or_null(text()))), interrupted=boolean, rows=integer,
    packets=TALLY, wire_bytes=TALLY, ip_bytes=SUM, flow_packets=SUM,
    flows=obj(carried_in=integer, started=integer, emitted=integer, carried_out=integer),
    losses=counts,
    findings=array(obj(code=name, file=or_null(text()), offset=or_null(integer), text=text())),
    files=array(obj(name=text(255), size=integer, sha256=SHA, chunks=array(SHA, 250000))),
    next_key=or_null(KEY), key_storage=name,
    recovery=array(obj(**{"action": name, "sequence": or_null(integer), "from": or_null(time),
        "to": or_null(time), "files": array(obj(name=text(), size=integer,
        sha256=or_null(SHA))), "text": text()})),
    decoder=obj(version=text(255), elements=SHA), libzstd=text(255), software=SOFTWARE,
    attachments=array(obj(role=name, name=text(255), size=integer, sha256=SHA)),
    expired=array(obj(sequence=integer, manifest_sha256=SHA, reason=text())))

def weak(key):
    y = int.from_bytes(bytes.fromhex(key), "little") % 2**255
    return y >= P or y in SMALL

def pairs(items):
    if len({k for k, _ in items}) != len(items):
        raise Refused("DUPLICATE_KEY")
    return dict(items)

def no_float(_):
    raise Refused("NON_CANONICAL")

def parse(data, kind, form, limit):
    if len(data) > limit:
        raise Refused("LIMIT")
    try:
        v = json.loads(data.decode(), object_pairs_hook=pairs, parse_float=no_float,
                       parse_constant=no_float)
        json.dumps(v, ensure_ascii=False).encode()  # half a surrogate pair is no character
    except (ValueError, RecursionError):
        raise Refused("NON_CANONICAL")
    need(isinstance(v, dict))
    if v.get("format") != form:
        raise Refused("VERSION")
    kind(v)
    if (json.dumps(v, separators=(",", ":"), ensure_ascii=False) + "\n").encode() != data:
        raise Refused("NON_CANONICAL")
    for k in ("key", "next_key"):
        if v.get(k) is not None and weak(v[k]):
            raise Refused("WEAK_KEY")
    return v

def parse_genesis(data):
    v = parse(data, GENESIS, "nfseal-genesis/1", 65536)
    if v["algorithms"] != dict(hash="sha256", signature="ed25519", chunk=CHUNK):
        raise Refused("VERSION")
    need(v["layout"] <= 8)
    if v["key"] == v["next_key"]:
        raise Refused("WEAK_KEY")
    return v

def parse_manifest(data):
    m = parse(data, MANIFEST, "nfseal-manifest/1", 8 << 20)
    n = int(m["sequence"])
    stems, names = set(), [f["name"] for f in m["files"]]
    need(n >= 1 and names == sorted(set(names)))
    for f in m["files"]:
        found = re.fullmatch(r"(\d{8}T\d{6}Z-(\d{8,}))\.([a-z0-9][a-z0-9.]{0,63})", f["name"])
        need(found and found[2] == "%08d" % n)
        need(found[3] not in ("manifest.json", "manifest.sig"))
        stems.add(found[1])
        size = int(f["size"])
        need(len(f["chunks"]) == (-(-size // CHUNK) if size > CHUNK else 0))
    need(len(stems) <= 1)
    need(list(m["packets"]["rejected"]) == list(m["wire_bytes"]["rejected"]))
    attached = [a["name"] for a in m["attachments"]]
    need(attached == sorted(set(attached)))
    for a in m["attachments"]:
        need(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", a["name"]))
    for i, x in enumerate(m["source"]["inputs"]):
        need(x["container"] is None or int(x["container"]) < i)
    for e in m["expired"]:
        need(1 <= int(e["sequence"]) < n)
    return m

def balanced(m):
    tally = lambda t: int(t["read"]) == int(t["metered"]) + sum(map(int, t["rejected"].values()))
    total = lambda s, second: (int(s["carried_in"]) + int(s[second]) ==
                               int(s["emitted"]) + int(s["carried_out"]))
    return (tally(m["packets"]) and tally(m["wire_bytes"]) and total(m["ip_bytes"], "metered") and
            total(m["flow_packets"], "metered") and total(m["flows"], "started") and
            int(m["flow_packets"]["metered"]) == int(m["packets"]["metered"]) +
            int(m["losses"].get("metered_twice", 0)) and
            int(m["rows"]) == int(m["flows"]["emitted"]))


# --- files and signatures

def read(path, limit):
    """The bytes of a regular file, or Refused with what stands there instead."""
    try:
        st = os.lstat(path)
        if not stat.S_ISREG(st.st_mode):
            raise Refused("FILE_TYPE")
        with open(path, "rb") as f:
            return f.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Refused("FILE_MISSING")
    except OSError:
        raise Refused("IO")

def signed(key, data, signature):
    if weak(key) or len(signature) != 64 or not data:
        return False
    if not 0 < int.from_bytes(signature[32:], "little") < ORDER:
        return False
    with tempfile.TemporaryDirectory() as d:
        put = lambda n, b: open(os.path.join(d, n), "wb").write(b)
        put("key", bytes.fromhex("302a300506032b6570032100" + key))
        put("text", data)
        put("sig", signature)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
            "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "sig"], cwd=d,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Candidate:
    def __init__(self, path):
        self.path, self.data, self.signature, self.trouble = path, b"", b"", None
        try:
            self.data = read(path, LARGE)
            if len(self.data) > LARGE:
                self.data, self.trouble = b"", "LIMIT"
        except Refused as r:
            self.trouble = r.args[0]
        try:
            self.signature = read(path[:-len(".json")] + ".sig", 64)
        except Refused as r:
            self.trouble = self.trouble or r.args[0]
        if not self.trouble and len(self.signature) != 64:
            self.trouble = "SIGNATURE"
        self.sha256 = sha256(self.data)
        said = re.match(rb'\{"format":"nfseal-manifest/1","archive":"([0-9a-f]{32})",'
                        rb'"sequence":(\d{1,19}),"previous":"([0-9a-f]{64})"', self.data)
        named = re.search(r"-(\d{1,19})\.manifest\.json$", path)
        self.archive = said and said[1].decode()
        self.sequence = int(said[2]) if said else 0
        self.previous = said and said[3].decode()
        self.named = int(named[1]) if named else 0


class Verifier:
    def __init__(self, archive, genesis, head):
        self.archive, self.genesis, self.head = archive, genesis, head
        self.findings, self.verdicts, self.keys = [], set(), []
        self.missing, self.absent_files, self.expired, self.hashes = [], [], {}, {}
        self.candidates = []
        for place, dirs, files in os.walk(archive):
            if place == archive:
                dirs[:] = [d for d in dirs if d not in ("open", "quarantine")]
            for f in sorted(files + dirs):
                if f.endswith(".manifest.json"):
                    self.candidates.append(Candidate(os.path.join(place, f)))

    def find(self, code, where, verdict=None):
        self.findings.append("%s %s" % (code, where))
        self.verdicts.add(verdict or VERDICT_OF[code])

    def check_genesis(self):
        """(archive id, next key, hash) as far as they can be believed."""
        path = os.path.join(self.archive, "genesis.json")
        try:
            data = read(path, LARGE)
        except Refused as r:
            if r.args[0] == "FILE_MISSING" and not self.genesis and not self.candidates:
                self.find("VERSION", "genesis.json")
            else:
                self.find(r.args[0], "genesis.json")
            return None, None, self.genesis
        try:
            signature = read(os.path.join(self.archive, "genesis.sig"), 64)
        except Refused as r:
            signature = None
            self.find(r.args[0], "genesis.sig")
        try:
            g = parse_genesis(data)
        except Refused as r:
            g, code = None, r.args[0]
        if self.genesis and sha256(data) != self.genesis:
            self.find("WRONG_GENESIS", "genesis.json")
            if not g or not signature or not signed(g["key"], data, signature):
                return None, None, self.genesis
        elif g is None:
            self.find(code, "genesis.json", None if self.genesis or code != "LIMIT" else "MODIFIED")
            return None, None, self.genesis
        elif signature is not None and not signed(g["key"], data, signature):
            self.find("SIGNATURE", "genesis.sig")
        self.keys += [g["key"], g["next_key"]]
        return g["archive"], g["next_key"], sha256(data)

    def backward(self):
        """{sequence: hash} that the known head proves."""
        proven = {}
        if not self.head:
            return proven
        n, h = self.head
        while n > 0:
            proven[n] = h
            here = [c for c in self.candidates if c.sha256 == h and c.data]
            try:
                h = parse_manifest(here[0].data)["previous"] if here else None
            except Refused:
                h = None
            if h is None:
                break
            n -= 1
        return proven

    def check_file(self, n, directories, f):
        troubles = []
        for d in directories:
            try:
                data = read(os.path.join(d, f["name"]), int(f["size"]))
                if len(data) != int(f["size"]):
                    raise Refused("FILE_SIZE")
                if sha256(data) != f["sha256"]:
                    raise Refused("CHUNK_HASH")
                return
            except Refused as r:
                troubles.append(r.args[0])
        if troubles[0] == "FILE_MISSING":
            self.absent_files.append((n, f["name"]))
        else:
            self.find(troubles[0], f["name"])

    def accept(self, n, copies, archive, previous):
        """A manifest that is proven; what it says of the next: (key, hash, closed)."""
        c = copies[0]
        self.hashes[n] = c.sha256
        if self.head and self.head[0] == n and self.head[1] != c.sha256:
            self.find("CHAIN", c.path)
        try:
            m = parse_manifest(c.data)
        except Refused as r:
            self.find(r.args[0], c.path)
            return None, c.sha256, False
        if ((archive and m["archive"] != archive) or int(m["sequence"]) != n or
                (previous and m["previous"] != previous)):
            self.find("CHAIN", c.path)
        if not balanced(m):
            self.find("COUNTS", c.path)
        if m["next_key"] in self.keys:
            self.find("WEAK_KEY", c.path)
        self.keys += [m["next_key"]] if m["next_key"] else []
        for e in m["expired"]:
            self.expired[int(e["sequence"])] = e["manifest_sha256"]
        for f in m["files"] + m["attachments"]:
            self.check_file(n, [os.path.dirname(x.path) for x in copies], f)
        return m["next_key"], c.sha256, m["next_key"] is None

    def blame(self, n, key, archive, claimants):
        for c in claimants:
            if c.trouble:
                self.find(c.trouble, c.path, "MODIFIED" if c.trouble == "LIMIT" else None)
            elif key is None and (not c.archive or archive in (None, c.archive)):
                self.find("CHAIN", c.path, "ERROR")
            else:
                self.find("SIGNATURE", c.path)
        if not claimants:
            self.missing.append(n)

    def walk(self):
        if not os.path.isdir(self.archive):
            self.find("VERSION" if os.path.exists(self.archive) else "IO", self.archive)
            return
        archive, key, previous = self.check_genesis()
        if previous == self.genesis or self.genesis is None or key:
            self.hashes[0] = previous
        if self.findings and not self.genesis:
            previous = None
        proven, closed, n = self.backward(), False, 0
        top = self.head[0] if self.head else 0
        while True:
            n += 1
            mine = [c for c in self.candidates if n in (c.sequence, c.named)]
            valid = [c for c in mine if key and signed(key, c.data, c.signature)]
            if n in proven:
                valid.sort(key=lambda c: c.sha256 != proven[n])
                if not valid or valid[0].sha256 != proven[n]:
                    by_hash = [c for c in mine if c.sha256 == proven[n]]
                    if by_hash and key:
                        self.find("FILE_MISSING" if by_hash[0].trouble == "FILE_MISSING"
                                  else "SIGNATURE", by_hash[0].path)
                    valid = by_hash + valid
            if valid:
                if closed:
                    self.find("CHAIN", valid[0].path)
                if len({c.sha256 for c in valid}) > 1:
                    self.find("FORK", valid[0].path)
                copies = [c for c in valid if c.sha256 == valid[0].sha256]
                key, previous, closed = self.accept(n, copies, archive, previous)
            elif n <= top:
                others = [c for c in mine if not (c.sequence not in (0, n) and
                          c.sequence in self.hashes and archive in (None, c.archive))]
                self.blame(n, key, archive, others)
                key = previous = None
            else:
                if not self.head and not closed:
                    self.end(n, key, archive, previous, mine)
                return

    def end(self, n, key, archive, previous, mine):
        """Without a head: the end, or a hole?"""
        if any(c.previous == previous or (c.sequence in (0, n) and c.archive in (None, archive))
               for c in mine):
            self.blame(n, key, archive, mine)
        elif any(c.sequence > n and c.archive == archive for c in self.candidates):
            self.find("SEGMENT_MISSING", n)

    def verdict(self):
        self.walk()
        for n in self.missing:
            if n not in self.expired:
                self.find("HEAD_MISSING" if self.head and n == self.head[0]
                          else "SEGMENT_MISSING", n)
        for n, where in self.absent_files:
            if self.expired.get(n) != self.hashes.get(n) or n not in self.expired:
                self.find("FILE_MISSING", where)
        last = max(self.hashes, default=0)
        closed = last > 0 and self.closed(last)
        if not self.genesis:
            self.verdicts.add("UNTRUSTED")
        if not closed and (not self.head or self.head[0] < last):
            self.verdicts.add("UNANCHORED")
        order = list(EXITS)
        return max(self.verdicts, key=order.index, default="VERIFIED")

    def closed(self, n):
        for c in self.candidates:
            if c.sha256 == self.hashes[n]:
                try:
                    return parse_manifest(c.data)["next_key"] is None
                except Refused:
                    return False
        return False


def main(args):
    given = {"--genesis": None, "--head": None}
    paths = []
    while args:
        a = args.pop(0)
        if a in given:
            given[a] = args.pop(0)
        else:
            paths.append(a)
    head = given["--head"] and given["--head"].split(":")
    v = Verifier(paths[0], given["--genesis"], head and (int(head[0]), head[1]))
    verdict = v.verdict()
    print(verdict)
    for f in v.findings:
        print(" ", f)
    return EXITS[verdict]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
