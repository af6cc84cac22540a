# SPDX-License-Identifier: BSD-2-Clause
"""Hostile input: every file below malformed/ ends in time and in bounded memory with exit status
0, 2, 3 or 5, never by a signal; the identities hold for what was read; an archive that was made
verifies; and the packets before the damage are as many as capinfos reads.

What libarchive's own tests hold uuencoded is read as it is and decoded."""

import binascii
import pathlib
import resource
import tempfile

import real
from real import Account, Run, captures, each, facts

STATUSES = (0, 2, 3, 5)
MEMORY = 1 << 30  # of address space; a sanitizer's shadow needs more

KNOWN = {
}


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def sanitized():
    program = pathlib.Path(real.NFSEAL).read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


def uudecoded(path, directory):
    """The file that the uuencoded one at path holds."""
    out = bytearray()
    inside = False
    for line in path.read_bytes().splitlines():
        if line.startswith(b"begin "):
            inside = True
        elif line == b"end":
            break
        elif inside:
            # some encoders leave off blanks at the end of a line
            octets = (line[0] - 32) & 63
            whole = line + b" " * (1 + (octets + 2) // 3 * 4 - len(line))
            out += binascii.a2b_uu(whole[:1 + (octets + 2) // 3 * 4])
    decoded = pathlib.Path(directory) / path.name.removesuffix(".uu")
    decoded.write_bytes(out)
    return decoded


def judge(account, name, known, run):
    account.equal(name, "exit status in 0, 2, 3, 5", True, run.status in STATUSES)
    if run.status not in STATUSES:
        account.complaints.append(f"{name}: exit status {run.status}: {run.messages[-300:]}")
    if run.summary is None:
        account.equal(name, "a word of why", True, bool(run.messages.strip()))
    else:
        account.equal(name, "identities", [], list(run.identities()))
    account.equal(name, "verdict", True, run.verdict in ("VERIFIED", None))
    if run.status in (0, 3):
        account.equal(name, "an archive", "VERIFIED", run.verdict)
    if known.get("capinfos"):
        read = run.summary["packets"]["read"] if run.summary else 0
        account.equal(name, "packets", int(known["capinfos"]["Number of packets"]), read)


def main():
    directory = captures("malformed")
    account = Account(KNOWN)
    with tempfile.TemporaryDirectory() as scratch:
        files = [(str(path.relative_to(directory)), path) for path in sorted(directory.glob("**/*"))
                 if path.is_file() and not path.name.endswith((".facts.json", ".tsv"))]
        files += [(name + ", decoded", uudecoded(path, scratch))
                  for name, path in files if name.endswith(".uu")]
        bound = None if sanitized() else limit
        runs = each(lambda file: Run([file[1]], verify=True, before=bound), files)
    for (name, path), run in zip(files, runs):
        described = path.with_name(path.name + ".facts.json").is_file()
        judge(account, name, facts(path) if described else {}, run)
    account.close(least=4 * 400)


main()
