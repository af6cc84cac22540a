# SPDX-License-Identifier: BSD-2-Clause
"""Community IDs against the specification's own baselines, with its two seeds: every flow of its
captures has the ID that the baseline has for such a packet, and every ID of the baseline is some
flow's, but for messages of ICMP that have no flow of their own here."""

import json

from real import FOREVER, Account, Run, captures

SEEDS = {"baseline_deflt.json": ("--community-id",), "baseline_seed1.json": ("--community-id=1",)}
ICMP = (1, 58)

# nfseal has one flow for all that two hosts tell each other by ICMP; its ID is that of the first
# packet.
LATER = "a solicitation in the other direction of a flow whose first packet is one as well"
KNOWN = {(name, "IDs of the baseline"): (1, LATER) for name in SEEDS}


def key(entry):
    return (entry["proto"], entry["saddr"], entry["daddr"], entry.get("sport"), entry.get("dport"))


def packet(flow):
    """A flow's first packet as the baselines write it, without ICMP's second number."""
    if flow["protocol"] in ICMP:
        return (flow["protocol"], flow["src_ip"], flow["dst_ip"], flow["icmp_type"])
    return (flow["protocol"], flow["src_ip"], flow["dst_ip"], flow.get("src_port"),
            flow.get("dst_port"))


def by_packet(baseline):
    """packet() -> second number -> ID: ICMP's is the code, or the type of the answer."""
    table = {}
    for entry in baseline:
        k = key(entry)
        if entry["proto"] in ICMP:
            k = k[:4]
        table.setdefault(k, {})[entry.get("dport")] = entry["communityid"]
    return table


def expected(table, flow):
    ids = table.get(packet(flow), {})
    if flow["protocol"] in ICMP and flow["icmp_code"] not in ids and len(ids) == 1:
        return next(iter(ids.values()))
    return ids.get(flow["icmp_code"] if flow["protocol"] in ICMP else flow.get("dst_port"))


def main():
    directory = captures("packets") / "community-id-spec"
    account = Account(KNOWN)
    for name, options in SEEDS.items():
        baseline = json.loads((directory / name).read_text())
        table = by_packet(baseline)
        missing = {entry["communityid"] for entry in baseline}
        for path in sorted(directory.glob("*.pcap*")):
            if path.name.endswith(".json"):
                continue
            run = Run([path], *options, *FOREVER)
            for flow in run.flows:
                account.equal(f"{name} {path.name}", f"{packet(flow)}",
                              expected(table, flow), flow.get("community_id"))
                missing.discard(flow.get("community_id"))
            account.equal(path.name, "exit status", 0, run.status)
        account.equal(name, "IDs of the baseline", 0, len(missing))
    account.close(70)


main()
