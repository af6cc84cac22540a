# SPDX-License-Identifier: BSD-2-Clause
"""A capture of what the cases of the other tests send, each case an exporter of its own."""
import importlib
import sys

import exportlab


class Sent(Exception):
    pass


def main():
    datagrams = []

    def collected(sent):
        raise Sent(sent)

    for number, name in enumerate(("options", "lists", "events", "exporters", "netgraph")):
        exportlab.CASES.clear()
        module = importlib.import_module(name)
        module.Collected = collected
        for port, case in enumerate(exportlab.CASES):
            if "flood" in case.__name__:
                continue
            try:
                case()
            except Sent as what:
                for one in what.args[0]:
                    one = one if isinstance(one, tuple) else exportlab.datagram(one)
                    datagrams.append((one[0], 1700000000 + len(datagrams) / 10, one[2],
                                      1 + (one[3] + 1000 * number + 7 * port) % 65000, one[4], one[5]))
    exportlab.write_capture(sys.argv[1], datagrams)


main()
