#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A second reader of custody logs, written from nfseal-archive(5), CUSTODY, alone: Python's standard library, and
the openssl command for Ed25519.  custody.py LOG prints the number of entries and the head's hash, or what is wrong
with which line, and exits 0 or 1."""
import hashlib, json, re, subprocess, sys, tempfile


KEYS = ["format", "sequence", "previous", "time", "user", "host", "action", "cut", "cut_sha256", "key", "document",
        "signature"]


def signed(key, text, signature):
    der = bytes.fromhex("302a300506032b6570032100") + key
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("k", der), ("t", text), ("s", signature)):
            open(f"{d}/{name}", "wb").write(data)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey",
                               f"{d}/k", "-in", f"{d}/t", "-sigfile", f"{d}/s"], capture_output=True).returncode == 0


def main(path):
    before, n = "0" * 64, 0
    data = open(path, "rb").read()
    for line in data[:data.rfind(b"\n") + 1].splitlines(keepends=True):
        n += 1
        end = re.fullmatch(rb'(.*),"signature":"([0-9a-f]{128})"\}\n', line, re.S)
        if end is None:
            return f"line {n}: no signature at its end"
        try:
            entry = json.loads(line)
            key, place = bytes.fromhex(entry["key"]), (entry["format"], entry["sequence"], entry["previous"])
        except (ValueError, KeyError, TypeError) as e:
            return f"line {n}: {e!r}"
        if list(entry) != KEYS or type(entry["sequence"]) is not int or type(entry["document"]) is not dict:
            return f"line {n}: no entry"
        if (entry["cut"] == 0) != (entry["cut_sha256"] is None):
            return f"line {n}: what was cut off"
        if not signed(key, end[1] + b"}\n", bytes.fromhex(end[2].decode())):
            return f"line {n}: signature"
        if place != ("nfseal-custody/1", n, before):
            return f"line {n}: not in its place"
        before = hashlib.sha256(line).hexdigest()
    print(n, before)


sys.exit(main(sys.argv[1]))
