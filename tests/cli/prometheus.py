# SPDX-License-Identifier: BSD-2-Clause
"""A strict reader of the Prometheus text format, version 0.0.4: prints NAME{LABELS} VALUE in a canonical form.

Fails on what Prometheus refuses, and on what its documentation asks of writers: HELP and TYPE once and before the
samples, each metric in one group, no sample twice, counters that end in _total."""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
SAMPLE = re.compile(r"(%s)(?:\{(.*)\})? (-?[0-9.eE+-]+|NaN|[+-]Inf)$" % NAME)


def labels(text):
    out, at = {}, 0
    while at < len(text):
        m = LABEL.match(text, at)
        assert m, "labels: " + text
        assert m[1] not in out, "label twice: " + text
        out[m[1]] = m[2].replace("\\\\", "\0").replace('\\"', '"').replace("\\n", "\n").replace("\0", "\\")
        at = m.end()
    return out


def read(path):
    raw = open(path, "rb").read()
    text = raw.decode("utf-8")
    assert text.endswith("\n"), "no line feed at the end"
    kinds, helped, done, current, samples = {}, set(), set(), None, {}
    for line in text[:-1].split("\n"):
        m = re.match(r"# (HELP|TYPE) (%s) (.+)$" % NAME, line)
        if m:
            if m[2] != current:
                assert m[2] not in done, m[2] + " in two groups"
                if current:
                    done.add(current)
                current = m[2]
            if m[1] == "HELP":
                assert m[2] not in helped, m[2] + ": HELP twice"
                helped.add(m[2])
            else:
                assert m[2] not in kinds and m[3] in ("counter", "gauge"), line
                kinds[m[2]] = m[3]
                assert (m[3] == "counter") == m[2].endswith("_total"), m[2]
            continue
        m = SAMPLE.match(line)
        assert m, "no sample: " + line
        assert m[1] == current and m[1] in kinds and m[1] in helped, "outside of its group: " + line
        key = (m[1], tuple(sorted(labels(m[2] or "").items())))
        assert key not in samples, "twice: " + line
        samples[key] = float(m[3])
        assert samples[key] >= 0, line
    return samples


if __name__ == "__main__":
    for (name, pairs), value in read(sys.argv[1]).items():
        print("%s{%s} %.15g" % (name, ",".join("%s=%s" % p for p in pairs), value))
