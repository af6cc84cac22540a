# SPDX-License-Identifier: BSD-2-Clause
"""Rows: properly signed bytes that break the format, by whoever has all keys.  The second of
three segments is written wrong; the first and the third are as they should be, and the third
is proven by the head.  See files.py for what a row is."""
import json

from world import Forge, canonical, sha
from files import row

WEAK = ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "00" * 31 + "80",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "01" + "00" * 30 + "80", "ec" + "ff" * 31, "ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f",
        "ff" * 32, "f0" + "ff" * 30 + "7f"]
GIVEN = ["--state", "none", "--genesis", "{G}", "--head", "{H}"]


def forge(tweak=None, genesis=None, third=None, **more):
    """A base: three segments of our own, the second (or the genesis, the third) tweaked."""
    def make(w, place):
        f = Forge(place, w["small"])
        f.genesis(genesis)
        f.segment()
        f.segment(tweak, **more)
        f.segment(third)
    return make


def text(old, new, count=1):
    """A tweak of the bytes."""
    def tweak(value):
        was = canonical(value)
        old_bytes = old.encode() if isinstance(old, str) else old
        assert old_bytes in was, (old, was)
        return was.replace(old_bytes, new if isinstance(new, bytes) else new.encode(), count)
    return tweak


def put(**values):
    def tweak(value):
        value.update(values)
    return tweak


def drop(key):
    def tweak(value):
        del value[key]
    return tweak


def named(name, **more):
    def tweak(m):
        m["files"][0].update(name=name, **more)
    return tweak


def is_wrong(name, tweak, code, **more):
    """The second manifest breaks a rule: its own finding, its data is nobody's."""
    return row("forged: " + name, forge(tweak), None, "MALFORMED", f"2 {code} {{M2}}",
               anchors="given", notices=["UNLISTED_FILE {D2}"], **more)


def canonical_form():
    for name, tweak in {
        "a space after a comma": text(",", ", "),
        "a space at the end": lambda m: canonical(m)[:-1] + b" \n",
        "no line feed": lambda m: canonical(m)[:-1],
        "two line feeds": lambda m: canonical(m) + b"\n",
        "CR LF": lambda m: canonical(m)[:-1] + b"\r\n",
        "a byte order mark": lambda m: b"\xef\xbb\xbf" + canonical(m),
        "something behind the end": lambda m: canonical(m) + b"x",
        "a NUL behind the end": lambda m: canonical(m) + b"\0",
        "a second document": lambda m: canonical(m) * 2,
        "two keys in another order": lambda m: dict(reversed(m.items())),
        "a float": lambda m: canonical(m).replace(
            b'"rows":%d' % m["rows"], b'"rows":%d.0' % m["rows"]),
        "an exponent": lambda m: canonical(m).replace(b'"rows":%d' % m["rows"],
                                                      b'"rows":%de0' % m["rows"]),
        "minus zero": text('"evicted":0', '"evicted":-0'),
        "an escape that is not needed": text('"kind":"files"', r'"kind":"\u0066iles"'),
        "an escaped slash": text('small.pcap', r'\/small.pcap'),
        "a control character in a string": text("small.pcap", "small\tpcap"),
        "bytes that are no UTF-8": text("small.pcap", b"small\xff.pcap"),
        "an overlong encoding": text("small.pcap", b"small\xc0\xafpcap"),
        "half a surrogate pair": text("small.pcap", r"small\ud800pcap"),
        "an escaped NUL": text("small.pcap", r"small\u0000pcap"),
        "a number of 2^53": lambda m: canonical(m).replace(b'"rows":%d' % m["rows"],
                                                           b'"rows":9007199254740992'),
        "a number beyond 2^64": lambda m: canonical(m).replace(
            b'"rows":%d' % m["rows"], b'"rows":99999999999999999999999'),
        "a small number as text": lambda m: canonical(m).replace(b'"rows":%d' % m["rows"],
                                                                 b'"rows":"%d"' % m["rows"]),
        "a leading zero in text": lambda m: canonical(m).replace(
            b'"rows":%d' % m["rows"], b'"rows":"09007199254740993"'),
        "no JSON": lambda m: b"not JSON\n",
        "an empty text": lambda m: b"\n",
        "an unclosed object": lambda m: canonical(m)[:-2],
        "NaN": text('"evicted":0', '"evicted":NaN'),
        "a comment": text('{"format"', '/**/{"format"'),
    }.items():
        yield is_wrong(name, tweak, "NON_CANONICAL")
    yield is_wrong("upper-case hex", lambda m: put(previous=m["previous"].upper())(m), "SCHEMA")
    yield is_wrong("a key twice", text('"rows":', '"rows":0,"rows":'), "DUPLICATE_KEY")
    yield is_wrong("an inner key twice", text('"evicted":0', '"evicted":0,"evicted":0'),
                   "DUPLICATE_KEY")
    yield is_wrong("the first key twice", text('{"format"', '{"format":"x","format"'), "DUPLICATE_KEY")


def schema():
    for key in ("sequence", "previous", "files", "next_key", "losses", "expired", "libzstd"):
        yield is_wrong(f"{key} is missing", drop(key), "SCHEMA")
    for name, tweak in {
        "an unknown key": put(more=1),
        "no object": lambda m: b"[]\n",
        "a negative number": put(rows=-1),
        "text for a number": put(rows="many"),
        "a number for text": put(libzstd=7),
        "null for a number": put(rows=None),
        "an array for an object": put(source=[]),
        "an id that is too short": put(archive="00"),
        "a hash that is no hex": put(previous="g" * 64),
        "a name with a slash": named("../20251123T080002Z-00000002.flows.parquet"),
        "an absolute name": named("/etc/passwd"),
        "a name of two dots": named(".."),
        "an empty name": named(""),
        "a name with a control character": named("20251123T080002Z-00000002.flo\x1bws"),
        "a name with a direction override": named("20251123T080002Z-00000002.\u202eteuqrap"),
        "a name of another sequence": named("20251123T080002Z-00000003.flows.parquet"),
        "a name that is the manifest's": named("20251123T080002Z-00000002.manifest.json"),
        "a name with a hidden suffix": named("20251123T080002Z-00000002..flows"),
        "a stem that is no time": named("x-00000002.flows.parquet"),
        "a file twice": lambda m: m["files"].append(m["files"][0]),
        "files out of order": lambda m: m["files"].insert(0, dict(m["files"][0],
                                        name="20251123T080002Z-00000002.zzz")),
        "chunks for a small file": lambda m: m["files"][0].update(chunks=["0" * 64]),
        "no chunks for a large file": lambda m: m["files"][0].update(size=2 << 20),
        "a size of 2^64 - 1 without chunks": lambda m: m["files"][0].update(
            size="18446744073709551615"),
        "an attachment's name with a slash": put(attachments=[dict(
            role="x", name="a/b", size=1, sha256="0" * 64)]),
        "an attachment's name with dots": put(attachments=[dict(
            role="x", name="..", size=1, sha256="0" * 64)]),
        "it expires itself": put(expired=[dict(sequence=2, manifest_sha256="0" * 64, reason="")]),
        "it expires a later one": put(expired=[dict(sequence=9, manifest_sha256="0" * 64, reason="")]),
        "it expires the genesis": put(expired=[dict(sequence=0, manifest_sha256="0" * 64, reason="")]),
    }.items():
        yield is_wrong(name, tweak, "SCHEMA")
    for name, tweak in {
        "a format version to come": put(format="nfseal-manifest/2"),
        "a genesis in a manifest's place": put(format="nfseal-genesis/1"),
        "a block statement in a manifest's place": put(format="nfseal-block/1"),
    }.items():
        yield is_wrong(name, tweak, "VERSION")


def limits():
    deep = "[" * 40 + "]" * 40
    for name, tweak in {
        "nested deeply": text('"attachments":[]', '"attachments":' + deep),
        "a name of 300 octets": named("20251123T080002Z-00000002." + "a" * 300),
        "a text of 10000 octets": text("small.pcap", "s" * 10000),
        "300 reasons": lambda m: [m[k]["rejected"].update({f"r{i}": 0 for i in range(300)})
                                  for k in ("packets", "wire_bytes")] and None,
        "11000 options": put(options=[dict(name="o", value=None)] * 11000),
        "400000 values": put(options=[dict(name="o", value=None)] * 130000),
    }.items():
        yield is_wrong(name, tweak, "LIMIT")
    # Too large to be held, but not to be judged: signed and wrong, or not signed at all.
    huge = text('"options":[', '"options":[' + " " * (100 << 20))
    yield is_wrong("9 MB", text("small.pcap", "s" * (9 << 20)), "LIMIT")
    yield is_wrong("100 MB", huge, "LIMIT")
    yield row("forged: 100 MB, then a byte of it", forge(huge), lambda a, w: a.flip(a.m(2), 50 << 20),
              "MODIFIED", "2 LIMIT {M2}", anchors="given", notices=["UNLISTED_FILE {D2}"])
    yield row("forged: 100 MB, then a byte of its signature", forge(huge), lambda a, w: a.flip(a.s(2), 7),
              "MODIFIED", "2 SIGNATURE {S2}", "2 LIMIT {M2}", anchors="given",
              notices=["UNLISTED_FILE {D2}"])
    yield row("manifest: 100 MB appended", "small", lambda a, w: a.append(a.m(2), b" " * (100 << 20)),
              "MODIFIED", "2 LIMIT {M2}", anchors="given", notices=["UNLISTED_FILE {D2}"])


def counts():
    for name, tweak in {
        "packets": lambda m: m["packets"].update(read=m["packets"]["read"] + 1),
        "wire bytes": lambda m: m["wire_bytes"].update(metered=0),
        "IP bytes": lambda m: m["ip_bytes"].update(emitted=m["ip_bytes"]["emitted"] - 1),
        "flow packets": lambda m: m["flow_packets"].update(carried_in=1),
        "flows": lambda m: m["flows"].update(carried_out=5),
        "rows": lambda m: put(rows=m["rows"] + 1)(m),
        "a sum beyond 2^64": lambda m: m["flows"].update(
            carried_in="18446744073709551615", carried_out="18446744073709551615",
            started=m["flows"]["started"] + 1, emitted=m["flows"]["emitted"] + 1),
    }.items():
        yield row("forged: counts of " + name, forge(tweak), None, "MALFORMED", "2 COUNTS {M2}",
                  anchors="given")
    yield row("forged: counts of the table", forge(other_table), None, "VERIFIED", anchors="given")
    yield row("forged: counts of the table, --deep", forge(other_table), None, "MALFORMED",
              *["2 COUNTS {D2}"] * 2, anchors="given", options=["--deep"])


def other_table(m):
    """The sums agree with each other, and not with the table."""
    m["rows"] += 1
    m["flows"]["emitted"] += 1
    m["flows"]["started"] += 1


def keys():
    for key in WEAK:
        yield row(f"forged: a weak next key, {key[:4]}..{key[-2:]}", forge(put(next_key=key)), None,
                  "MALFORMED", "2 WEAK_KEY {M2}", anchors="given", notices=["UNLISTED_FILE {D2}"])
    for n, whose in ((0, "the genesis'"), (1, "the first's"), (2, "its own")):
        def reuse(w, place, n=n):
            f = Forge(place, w["small"])
            f.genesis()
            f.segment()
            f.segment(put(next_key=f.public(n)))
            f.segment(seed=f.seeds[n])
        yield row(f"forged: {whose} key is named again", reuse, None, "MALFORMED",
                  "2 WEAK_KEY {M2}", anchors="given")
    yield row("forged: a chain that goes on under the identity point", identity, None, "MALFORMED",
              "2 WEAK_KEY {M2}", anchors="given", notices=["UNLISTED_FILE {D2}"])


def identity(w, place):
    """R = S*B holds for any text under the key 01 00...: openssl pkeyutl accepts it."""
    f = Forge(place, w["small"])
    f.genesis()
    f.segment()
    f.segment(put(next_key=WEAK[1]))
    f.segment()
    base = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")
    with open(f"{place}/20251123T080003Z-00000003.manifest.sig", "wb") as out:
        out.write(base + (1).to_bytes(32, "little"))


def place_in_chain():
    for name, tweak in {
        "another archive's id": put(archive="0" * 32),
        "another predecessor": put(previous="0" * 64),
    }.items():
        yield row("forged: " + name, forge(tweak), None, "MODIFIED", "2 CHAIN {M2}", anchors="given")
    yield row("forged: another sequence", forge(lambda m: put(sequence=9, files=[])(m)), None,
              "MODIFIED", "2 CHAIN {M2}", anchors="given", notices=["UNLISTED_FILE {D2}"])
    yield row("forged: a segment behind the closing one", forge(put(next_key=None)), None,
              "MODIFIED", "3 CHAIN {M3}", anchors="given")
    yield row("forged: a clock that goes back is a notice", forge(
        put(sealed=dict(time="-5", clock="unknown"))), None, "VERIFIED", anchors="given",
        notices=["TIME_REGRESSION {M2}"])
    yield row("forged: clocks of 1970, 2038 and 2106", forge(
        put(opened=dict(time="0", clock="unknown"), sealed=dict(time="2147483648000000000", clock="unknown")),
        third=put(sealed=dict(time="4294967296000000000", clock="synchronised"))), None, "VERIFIED",
        anchors="given")
    yield row("forged: what a text says is escaped", forge(put(findings=[dict(
        code="more", file="\x1b[31m\u202e", offset=None, text="\x07\r\nVERIFIED")])), None, "VERIFIED",
        anchors="given", notices=["GAP {M2}"])
    yield row("forged: recovery is a notice", forge(put(recovery=[dict(
        action="quarantined", sequence=2, **{"from": "1", "to": "2"}, files=[], text="t")])), None,
        "VERIFIED", anchors="given", notices=["RECOVERED {M2}", "GAP {M2}"])
    for name, here, verdict, finding in (
            ("there", b"stamp", "VERIFIED", []),
            ("absent", None, "INCOMPLETE", ["2 FILE_MISSING stamp.tsr"]),
            ("other bytes", b"stamP", "MODIFIED", ["2 CHUNK_HASH stamp.tsr 0 5"])):
        yield row("forged: an attachment of an unknown role, " + name, forge(put(attachments=[dict(
            role="moon", name="stamp.tsr", size=5, sha256=sha(b"stamp"))])),
            lambda a, w, h=here: a.put("stamp.tsr", h) if h else None, verdict, *finding,
            anchors="given")
    yield row("forged: expired and removed", expiring, lambda a, w: a.remove(*a.all(1)), "VERIFIED",
              anchors="given", notices=["EXPIRED -"])
    yield row("forged: expired, its data removed", expiring, lambda a, w: a.remove(a.d(1)),
              "VERIFIED", anchors="given", notices=["EXPIRED {D1}"])
    yield row("forged: expired, its data changed", expiring, lambda a, w: a.flip(a.d(1), 4),
              "MODIFIED", "1 CHUNK_HASH {D1} 0 {z1}", anchors="given")
    yield row("forged: expired, another one removed", expiring, lambda a, w: a.remove(*a.all(2)),
              "INCOMPLETE", "2 SEGMENT_MISSING -", anchors="given")


def expiring(w, place):
    f = Forge(place, w["small"])
    f.genesis()
    f.segment()
    f.segment()
    f.segment(lambda m: put(expired=[dict(sequence=1, manifest_sha256=sha(f.texts[1]),
                                          reason="retention")])(m))


def genesis_format():
    all_there = ("given", "genesis")
    for name, tweak, code in (
            ("a version to come", put(format="nfseal-genesis/2"), "VERSION"),
            ("other algorithms", put(algorithms=dict(hash="sha512", signature="ed25519", chunk=1048576)),
             "VERSION"),
            ("a space", lambda g: canonical(g).replace(b",", b", ", 1), "NON_CANONICAL"),
            ("a key twice", text('"layout":', '"layout":1,"layout":'), "DUPLICATE_KEY"),
            ("an unknown key", put(more=1), "SCHEMA"),
            ("a layout to come", put(layout=9), "SCHEMA"),
            ("nested deeply", put(continues=json.loads("[" * 40 + "]" * 40)), "LIMIT"),
            ("no JSON", lambda g: b"hello\n", "NON_CANONICAL"),
            ("a weak key", put(key=WEAK[1]), "WEAK_KEY"),
            ("a weak next key", put(next_key=WEAK[0]), "WEAK_KEY"),
            ("its key named again", lambda g: put(next_key=g["key"])(g), "WEAK_KEY")):
        yield row("forged genesis: " + name, forge(genesis=tweak), None, "MALFORMED",
                  f"0 {code} genesis.json", anchors="given")
    for anchors in ("given", "genesis", "none"):
        yield row(f"forged genesis: 100 MB, {anchors}", forge(genesis=lambda g: canonical(g)[:-1] +
                  b" " * (100 << 20)), None,
                  "MODIFIED" if anchors == "none" else "MALFORMED", "0 LIMIT genesis.json",
                  *(["1 CHAIN {M1}"] if anchors != "given" else []), anchors=anchors, notices=None)
    yield row("forged genesis: a version to come, genesis not known",
              forge(genesis=put(format="nfseal-genesis/2")), None, "MALFORMED",
              "0 VERSION genesis.json", "1 CHAIN {M1}", anchors="none", notices=None)
    yield row("forged genesis: it continues another archive", forge(genesis=put(continues=dict(
        archive="0" * 32, genesis="0" * 64, sequence=7, manifest_sha256="0" * 64))), None, "VERIFIED",
        anchors="given")


def rows():
    yield row("forged: nothing is wrong", forge(), None, "VERIFIED", anchors="given",
              options=["--deep"])
    for part in (canonical_form, schema, limits, counts, keys, place_in_chain, genesis_format):
        yield from part()
