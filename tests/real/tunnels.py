# SPDX-License-Identifier: BSD-2-Clause
"""Captures with tunnels or fragments: the accounting identities with every combination of tunnel
and fragment options (each capture has some of them, all of them together have all), an archive of
both layers that verifies, and the layers against each other: with --tunnels both there are exactly
the flows of inner that a tunnel carries, and those of outer."""

import collections
import itertools
import json

from real import Account, Run, captures, each, index

CARRIERS = {"gre", "erspan", "vxlan", "geneve", "gtp", "teredo", "ayiya", "l2tp", "mpls", "pppoes",
            "vxlan_gpe", "nsh", "pwethheuristic", "etherip"}
WHICH = ("inner", "outer", "both")
OPTIONS = list(itertools.product(WHICH, ("0", "30"), ("1", "16384"), ((), ("--uniflow",)),
                                 ((), ("--key", "ports,vlan,tunnel"))))
EACH = 8  # of these for each capture; 7 and 48 have no common divisor
KNOWN = {
    ("tcpdump/various_gre.pcap", "flows inside that differ"):
        (2, "GRE keepalives: without the outer layer what is inside and a plain packet are one flow"),
}


def interesting(hierarchy):
    """Whether there is a tunnel, IP in IP, or what may be a fragment: plain data behind IP."""
    above = []
    for level, name, *_ in hierarchy:
        above = above[:level]
        if name in CARRIERS or name in ("ip", "ipv6") and {"ip", "ipv6"} & set(above):
            return True
        if name == "data" and above and above[-1] in ("ip", "ipv6"):
            return True
        above.append(name)
    return False


def command(which, wait, most, uniflow, key):
    return ("--tunnels", which, "--fragment-wait", wait, "--max-fragments", most, *uniflow, *key)


def rows(run, wanted):
    return collections.Counter(json.dumps(f, sort_keys=True) for f in run.flows if wanted(f))


def in_tunnel(f):
    return "tunnel_src_ip" in f


def judge(account, name, runs):
    for options, run in runs:
        account.equal(name, f"status {' '.join(options)}", 0, run.status)
        account.equal(name, f"identities {' '.join(options)}", [], list(run.identities()))


def compare_layers(account, name, inner, outer, both):
    account.equal(name, "verdict", "VERIFIED", both.verdict)
    for what, run, wanted in (("inside", inner, in_tunnel), ("outside", outer, lambda f: True)):
        picked = in_tunnel if what == "inside" else lambda f: not in_tunnel(f)
        one, other = rows(run, wanted), rows(both, picked)
        account.equal(name, f"flows {what} that differ", 0, ((one - other) + (other - one)).total())
    read = both.summary["packets"]
    account.equal(name, "packets read", read, outer.summary["packets"])
    account.equal(name, "packets read inside", read, inner.summary["packets"])


def main():
    directory = captures("packets")
    account = Account(KNOWN)
    names = [name for name, _, _, facts in index(directory)
             if facts["tshark_rc"] == 0 and interesting(facts["hierarchy"])]
    work = [(name, command(*OPTIONS[(i * EACH + k) * 7 % len(OPTIONS)]))
            for i, name in enumerate(names) for k in range(EACH)]
    runs = each(lambda w: (w, Run([directory / w[0]], *w[1])), work)
    for name, group in itertools.groupby(runs, key=lambda r: r[0][0]):
        judge(account, name, [(options, run) for (_, options), run in group])
    layers = each(lambda name: [Run([directory / name], "--tunnels", which, verify=which == "both")
                                for which in WHICH], names)
    for name, three in zip(names, layers):
        compare_layers(account, name, *three)
    account.close(least=1900)


main()
