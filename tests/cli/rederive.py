# SPDX-License-Identifier: BSD-2-Clause
"""rederive.py MODEL PLACE CHANGE...: the archive MODEL, signed again by a thief of all its keys as
PLACE, with changes of its segments' files and texts:
    N.SUFFIX=FILE   the file of segment N with this suffix is a copy of that one
    N:KEY=JSON      so is a value of its manifest; KEY may be losses.NAME or decoder.NAME
Prints --genesis and --head for verify."""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.environ["NFSEAL_SOURCE"], "tests", "manipulations"))
from world import Keys, canonical, read, sha, write  # noqa: E402

model, place, *changes = sys.argv[1:]
shutil.copytree(model, place)
manifests = {}
for top, _, names in os.walk(place):
    for name in names:
        if name.endswith(".manifest.json"):
            manifests[json.loads(read(os.path.join(top, name)))["sequence"]] = os.path.join(top, name)
seeds = [Keys.make(f"rederive {i}") for i in range(len(manifests) + 2)]
genesis = json.loads(read(os.path.join(place, "genesis.json")))
genesis |= {"key": Keys.public(seeds[0]), "next_key": Keys.public(seeds[1])}
last = canonical(genesis)
write(os.path.join(place, "genesis.json"), last)
write(os.path.join(place, "genesis.sig"), Keys.sign(seeds[0], last))
fingerprint = sha(last)
for n, path in sorted(manifests.items()):
    m = json.loads(read(path))
    for change in changes:
        what, _, value = change.partition("=")
        if what.startswith(f"{n}."):
            for f in m["files"]:
                if f["name"].endswith(what[len(str(n)):]):
                    data = read(value)
                    assert len(data) <= 1 << 20
                    write(os.path.join(os.path.dirname(path), f["name"]), data)
                    f |= {"size": len(data), "sha256": sha(data), "chunks": []}
        elif what.startswith(f"{n}:"):
            *outer, key = what[len(str(n)) + 1:].split(".")
            (m[outer[0]] if outer else m)[key] = json.loads(value)
    m |= {"previous": sha(last), "next_key": Keys.public(seeds[n + 1])}
    last = canonical(m)
    write(path, last)
    write(path[:-4] + "sig", Keys.sign(seeds[n], last))
print("--genesis", fingerprint, "--head", f"{max(manifests)}:{sha(last)}")
