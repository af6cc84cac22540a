# SPDX-License-Identifier: BSD-2-Clause
"""Archives to be manipulated: sealed by nfseal from captures made here, or written here with
keys of our own, and the ways to damage them.  Only Python's library and the openssl command."""
import hashlib, json, os, random, shutil, socket, struct, subprocess

CHUNK = 1 << 20
NFSEAL = os.environ["NFSEAL"]
FLOWS = "flows.parquet"


def run(*argv, check=True):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.decode()}")
    return done


def sha(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


# --- captures

def packet(second, rng):
    """One Ethernet frame with a UDP datagram between two hosts that nobody else talks to."""
    udp = struct.pack("!HHHH", rng.randrange(1024, 65536), 53, 8 + 4, 0) + b"seal"
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + rng.randbytes(8)
    frame = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + udp
    head = struct.pack("<IIII", second, rng.randrange(1000000), len(frame), len(frame))
    return head + frame


def capture(path, flows, seed):
    """flows: how many begin in each minute."""
    rng = random.Random(seed)
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
    for minute, n in enumerate(flows):
        out += [packet(1763884800 + 60 * minute + i * 60 // n, rng) for i in range(n)]
    write(path, b"".join(out))


# --- keys

def der(seed):
    return bytes.fromhex("302e020100300506032b657004220420") + seed


class Keys:
    """Ed25519 by the openssl command."""
    public_of = {}

    @classmethod
    def public(cls, seed):
        if seed not in cls.public_of:
            write("key.der", der(seed))
            out = run("openssl", "pkey", "-inform", "DER", "-in", "key.der", "-pubout",
                      "-outform", "DER").stdout
            cls.public_of[seed] = out[-32:].hex()
        return cls.public_of[seed]

    @staticmethod
    def sign(seed, data):
        write("key.der", der(seed))
        write("text", data)
        run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", "key.der", "-keyform", "DER",
            "-in", "text", "-out", "text.sig")
        return read("text.sig")

    @staticmethod
    def make(text):
        return hashlib.sha256(text.encode()).digest()


def canonical(value):
    return (json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


# --- an archive, whoever wrote it

class Archive:
    def __init__(self, place):
        self.place = place
        self.learn()

    def learn(self):
        """Where the files of each sequence lie, as they were sealed."""
        self.stems = {}
        for top, _, names in os.walk(self.place):
            for name in names:
                if name.endswith(".manifest.json"):
                    stem = os.path.relpath(os.path.join(top, name), self.place)[:-len(".manifest.json")]
                    self.stems[int(stem.rsplit("-", 1)[1])] = stem
        self.last = max(self.stems, default=0)
        self.genesis = sha(read(self.path("genesis.json")))
        self.heads = {n: f"{n}:{sha(read(self.path(self.m(n))))}" for n in self.stems}
        self.heads[0] = "0:" + self.genesis
        self.sizes = {n: os.path.getsize(self.path(self.d(n))) for n in self.stems
                      if os.path.exists(self.path(self.d(n)))}

    def copy(self, place):
        shutil.copytree(self.place, place, symlinks=True)
        twin = object.__new__(Archive)
        twin.__dict__.update(self.__dict__, place=place)
        return twin

    def path(self, name):
        return os.path.join(self.place, name)

    def d(self, n):
        return self.stems[n] + "." + FLOWS

    def m(self, n):
        return self.stems[n] + ".manifest.json"

    def s(self, n):
        return self.stems[n] + ".manifest.sig"

    def all(self, n):
        return [self.d(n), self.m(n), self.s(n)]

    def tokens(self):
        """What the table's texts may name, in braces."""
        t = {"G": self.genesis, "H": self.heads[self.last], "P": self.place}
        for n in self.stems:
            t |= {f"D{n}": self.d(n), f"M{n}": self.m(n), f"S{n}": self.s(n), f"H{n}": self.heads[n]}
            if n in self.sizes:
                z = self.sizes[n]
                tail = (z - 1) // CHUNK * CHUNK
                t |= {f"z{n}": z, f"t{n}": tail, f"r{n}": z - tail}
        t["H0"] = self.heads[0]
        return t

    # --- damage

    def flip(self, name, *offsets, bit=1):
        with open(self.path(name), "r+b") as f:
            for at in offsets:
                f.seek(at, 2 if at < 0 else 0)
                was = f.read(1)[0]
                f.seek(-1, 1)
                f.write(bytes([was ^ bit]))

    def append(self, name, data):
        with open(self.path(name), "ab") as f:
            f.write(data)

    def cut(self, name, size):
        os.truncate(self.path(name), size if size >= 0 else os.path.getsize(self.path(name)) + size)

    def edit(self, name, old, new):
        data = read(self.path(name))
        assert old in data, (name, old)
        write(self.path(name), data.replace(old, new, 1))

    def remove(self, *names):
        for name in names:
            os.remove(self.path(name))

    def swap(self, a, b):
        a, b = self.path(a), self.path(b)
        os.rename(a, a + ".swap")
        os.rename(b, a)
        os.rename(a + ".swap", b)

    def move(self, old, new):
        os.makedirs(os.path.dirname(self.path(new)) or ".", exist_ok=True)
        os.rename(self.path(old), self.path(new))

    def dup(self, old, new):
        write(self.path(new), read(self.path(old)))

    def put(self, name, data):
        write(self.path(name), data)

    def take(self, other, names, to=None):
        """Files of another archive, over those of the same name or under `to`."""
        for name in names:
            write(self.path(to(name) if to else name), read(other.path(name)))

    def become(self, name, what):
        """Something else in a file's place; its content is kept beside the archive."""
        path = self.path(name)
        kept = os.path.abspath(self.place) + ".kept"
        run("rm", "-rf", kept)
        os.rename(path, kept)
        if what == "link":
            os.symlink(kept, path)
        elif what == "dangling":
            os.symlink(kept + ".not", path)
        elif what == "loop":
            os.symlink(os.path.basename(path), path)
        elif what == "fifo":
            os.mkfifo(path)
        elif what == "directory":
            os.mkdir(path)
        elif what == "socket":
            here = os.getcwd()
            os.chdir(os.path.dirname(path))
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(os.path.basename(path))
            os.chdir(here)
        elif what == "sparse":
            write(path, b"")
            os.truncate(path, 1 << 40)
        elif what == "device":
            os.mknod(path, 0o20666, os.makedev(1, 5))  # zero


# --- an archive by our own hand

class Forge:
    """Segments with our own keys, made of a sealed one's text and table."""

    def __init__(self, place, model):
        self.place, self.model = place, model
        self.id = sha(place.encode())[:32]
        self.seeds = [Keys.make(f"{place} {i}") for i in range(12)]
        self.count = 0
        self.texts = []

    def public(self, n):
        return Keys.public(self.seeds[n])

    def genesis(self, tweak=None, seed=None):
        g = json.loads(read(self.model.path("genesis.json")))
        g |= {"archive": self.id, "key": self.public(0), "next_key": self.public(1)}
        self.seal("genesis", g, tweak, self.seeds[0] if seed is None else seed)

    def segment(self, tweak=None, seed=None):
        n = self.count = self.count + 1
        m = json.loads(read(self.model.path(self.model.m(1))))
        name = f"20251123T0800{n:02}Z-{n:08}"
        m |= {"archive": self.id, "sequence": n, "previous": sha(self.texts[-1]),
              "next_key": self.public(n + 1)}
        m["files"] = [dict(m["files"][0], name=f"{name}.{FLOWS}")]
        write(os.path.join(self.place, f"{name}.{FLOWS}"), read(self.model.path(self.model.d(1))))
        self.seal(name + ".manifest", m, tweak, self.seeds[n] if seed is None else seed)

    def seal(self, name, value, tweak, seed):
        """tweak changes the value, or returns another, or the bytes to sign."""
        other = tweak(value) if tweak else None
        text = other if isinstance(other, bytes) else canonical(value if other is None else other)
        write(os.path.join(self.place, name + ".json"), text)
        write(os.path.join(self.place, name + ".sig"), Keys.sign(seed, text))
        self.texts.append(text)

    def archive(self):
        return Archive(self.place)
