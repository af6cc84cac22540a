# SPDX-License-Identifier: BSD-2-Clause
"""ng_netflow(4) of FreeBSD: its datagrams, quirk by quirk; run by netgraph.sh.

Whole seconds times 1000 as uptime, FIRST and LAST; the FIB as source id and engine id; the
templates 256 and 259 always together, in a datagram with data, every 600 s of uptime only.
"""
import struct

from exportlab import (Collected, case, datagram, flowset, has, ip, main, same, template, v5, v5_record, v9)

TAIL = [(10, 2), (14, 2), (2, 4), (1, 4), (24, 4), (23, 4), (22, 4), (21, 4), (7, 2), (11, 2), (6, 1),
        (4, 1), (5, 1), (16, 4), (17, 4), (9, 1), (13, 1)]
TEMPLATES = flowset(0, template(256, [(8, 4), (12, 4), (15, 4)] + TAIL) +
                    template(259, [(27, 16), (28, 16), (62, 16)] + TAIL))


def record(src, dst, hop, packets, octets, first, last, sport=1024, dport=80, flags=0x1b, protocol=6,
           in_if=1, out_if=2, masks=(24, 16)):
    return ip(src) + ip(dst) + ip(hop) + struct.pack(
        ">HHIIIIIIHHBBBIIBB", in_if, out_if, packets, octets, 0, 0, first, last, sport, dport, flags,
        protocol, 0, 0, 0, *masks)


def four(packets=10, octets=1000, first=5000000, last=5000000, **more):
    return record("10.0.0.1", "10.0.0.2", "10.0.0.254", packets, octets, first, last, **more)


def six(packets=20, octets=2000, first=5000000, last=5000000, **more):
    return record("2001:db8::1", "2001:db8::2", "fe80::1", packets, octets, first, last, **more)


def message(*sets, templates=False, records=1, uptime=5000000, seconds=1700000000, sequence=0, fib=0):
    return v9(*((TEMPLATES,) if templates else ()), *sets, count=records + 2 * templates, uptime=uptime,
              seconds=seconds, sequence=sequence, source=fib)


@case
def layout():
    """one template flowset of 172 octets, records of 57 and 93, flowsets padded by up to 3 octets"""
    same(len(TEMPLATES), 172, "template flowset")
    same((len(four()), len(six())), (57, 93), "records")
    for count in range(1, 5):
        got = Collected([message(flowset(256, four() * count), flowset(259, six()), flowset(256, four()),
                                 templates=True, records=count + 2)])
        same(got.column("packets"), [10] * count + [20, 10], f"{count} records")
        same(got.exporter["malformed"], {}, "malformed")


@case
def zeros_behind_the_in_counters_win_nothing():
    """OUT_PKTS and OUT_BYTES are 0 and come after the IN pair: no counter, and no reverse one"""
    row = Collected([message(flowset(256, four(packets=7, octets=700)), templates=True)]).row
    has(row, packets=7, bytes=700, rev_packets=None, rev_bytes=None, src_as=0, dst_as=0, tcp_flags=0x1b,
        next_hop="10.0.0.254", in_if=1, out_if=2, src_port=1024, dst_port=80, protocol=6)
    same(row["other"], {"postOctetDeltaCount": 0, "postPacketDeltaCount": 0}, "other")


@case
def masks_of_the_other_family_in_the_template_of_ipv6():
    """elements 9 and 13 where 29 and 30 belong"""
    has(Collected([message(flowset(259, six(masks=(64, 48))), templates=True)]).row,
        src_ip="2001:db8::1", dst_ip="2001:db8::2", next_hop="fe80::1", src_mask=64, dst_mask=48)


@case
def templates_come_after_ten_minutes():
    """a box that is up for less than 600 s sends data alone; all of it is decoded when they come"""
    got = Collected([datagram(message(flowset(256, four(packets=n)), uptime=1000 * n, sequence=n // 60 - 1,
                                      seconds=1700000000 + n, templates=n >= 600), at=1700000000.25 + n)
                     for n in range(60, 661, 60)])
    same(got.column("packets"), [600] + list(range(60, 600, 60)) + [660], "flows")
    same(got.summary["records"]["late"], 9, "late")
    same(got.summary["records"]["waiting"], 0, "waiting")
    same((got.exporter["missed"], got.exporter["restarts"]), (0, 0), "ledger")


@case
def a_template_in_every_datagram():
    """settemplate { packets=0 }"""
    got = Collected([message(flowset(256, four()), templates=True, sequence=n) for n in range(20)])
    same((len(got.rows), got.exporter["templates"], got.exporter["malformed"]), (20, 40, {}), "rows")


@case
def clocks_of_whole_seconds():
    """times are multiples of a second; a flow within one lasts no time"""
    has(Collected([message(flowset(256, four(first=4999000, last=4999000)), templates=True)]).row,
        flow_start="2023-11-14T22:13:19.000000Z", flow_end="2023-11-14T22:13:19.000000Z")


@case
def a_boot_time_that_jitters_is_no_restart():
    """NetFlow 5: unix_nsecs is finer than the uptime, so that the boot time wanders by up to a second"""
    sent = []
    for n in range(40):
        at = 1700000000 + n * 0.7
        sent.append(datagram(v5([v5_record("10.0.0.1", "10.0.0.2")], uptime=int(at - 1699000000) * 1000,
                                seconds=int(at), nanos=int(at % 1 * 10**9), sequence=n), at=at))
    got = Collected(sent)
    same((len(got.rows), got.exporter["restarts"], got.exporter["missed"]), (40, 0, 0), "ledger")


@case
def an_uptime_that_wraps_is_no_restart():
    """after 49.7 days"""
    got = Collected([datagram(message(flowset(256, four()), templates=True, sequence=n,
                                      uptime=(2**32 - 3000 + 1000 * n) % 2**32 // 1000 * 1000,
                                      seconds=1700000000 + n), at=1700000000.0 + n) for n in range(8)])
    same((got.exporter["restarts"], got.exporter["missed"]), (0, 0), "ledger")


@case
def each_fib_has_its_sequence_and_its_templates():
    """several FIBs of a node: several source ids from one socket"""
    sent = [message(flowset(256, four(packets=1 + fib)), templates=n == 0, sequence=n, fib=fib)
            for n in range(5) for fib in (0, 1, 7)]
    got = Collected(sent)
    same([(e["domain"], e["messages"], e["records"], e["missed"], e["restarts"]) for e in got.exporters],
         [(0, 5, 5, 0, 0), (1, 5, 5, 0, 0), (7, 5, 5, 0, 0)], "domains")
    same(sorted(set(zip(got.column("observation_domain"), got.column("packets")))), [(0, 1), (1, 2), (7, 8)], "rows")
    # NetFlow 5: the FIB is the engine's id; numbers count flows, each FIB's its own
    got = Collected([v5([v5_record("10.0.0.1", "10.0.0.2")] * 3, sequence=3 * n, engine=(0, fib))
                     for n in range(4) for fib in (0, 3)])
    same([(e["domain"], e["records"], e["missed"]) for e in got.exporters], [(0, 12, 0), (3, 12, 0)], "engines")


@case
def the_node_made_anew_is_a_restart_without_a_reboot():
    """ngctl shutdown, mkpeer: numbers from 0, the uptime goes on; no four billion lost flows"""
    sent = [message(flowset(256, four()), templates=n in (0, 50), sequence=n % 50, uptime=5000000 + 1000 * n)
            for n in range(60)]
    got = Collected(sent)
    same((len(got.rows), got.exporter["restarts"], got.exporter["missed"]), (60, 1, 0), "NetFlow 9")
    got = Collected([v5([v5_record("10.0.0.1", "10.0.0.2")] * 30, sequence=30 * (n % 50), uptime=5000000 + 1000 * n)
                     for n in range(60)])
    same((got.exporter["restarts"], got.exporter["missed"]), (1, 0), "NetFlow 5")


@case
def datagrams_of_several_processors_change_places():
    order = [0, 1, 3, 2, 4, 6, 7, 5, 8, 9]
    got = Collected([message(flowset(256, four()), templates=True, sequence=n) for n in order])
    ledger = got.exporter
    same((len(got.rows), ledger["missed"] - ledger["filled"], ledger["late"], ledger["restarts"], ledger["duplicates"]),
         (10, 0, 2, 0, 0), "ledger")


@case
def both_hooks_at_once():
    """export and export9 connected: each flow twice, told apart by its protocol"""
    five = [v5([v5_record("10.0.0.1", "10.0.0.2", packets=10, octets=1000)], uptime=5000000, sequence=n) for n in range(3)]
    nine = [message(flowset(256, four()), templates=n == 0, sequence=n) for n in range(3)]
    got = Collected([one for pair in zip(five, nine) for one in pair])
    same(got.column("export_protocol"), [5, 9] * 3, "protocols")
    same([(e["protocol"], e["records"], e["missed"]) for e in got.exporters], [("netflow5", 3, 0), ("netflow9", 3, 0)],
         "ledger")


@case
def records_may_be_hours_old():
    """a partial datagram stays until it is full: there is no timer"""
    row = Collected([message(flowset(256, four(first=2000000, last=2003000)), templates=True, uptime=20000000)]).row
    has(row, flow_start="2023-11-14T17:13:20.000000Z", flow_end="2023-11-14T17:13:23.000000Z")


@case
def datagrams_as_full_as_they_get():
    """24 records of IPv4, 21 beside templates, 14 of IPv6; 30 in NetFlow 5"""
    got = Collected([message(flowset(256, four() * 21), templates=True, records=21),
                     message(flowset(256, four() * 24), records=24, sequence=1),
                     message(flowset(259, six() * 14), records=14, sequence=2),
                     v5([v5_record("10.0.0.1", "10.0.0.2")] * 30)])
    same([e["records"] for e in got.exporters], [59, 30], "records")
    same([e["malformed"] for e in got.exporters], [{}, {}], "malformed")


@case
def ports_that_are_not_there_are_zero():
    """ICMP, later fragments, all fragments of IPv6: ports 0, and nothing is made of them"""
    row = Collected([message(flowset(256, four(protocol=1, sport=0, dport=0, flags=0)), templates=True)]).row
    has(row, src_port=0, dst_port=0, protocol=1, tcp_flags=0)


@case
def counters_in_the_wrong_half():
    """COUNTERS_64: eight octets filled by htonl(); the value stands as it came, and is suspected"""
    wide = [(field, 8 if field in (1, 2) else size) for field, size in TAIL]
    fields = [(8, 4), (12, 4), (15, 4)] + wide
    head = four()[:12] + struct.pack(">HH", 1, 2)
    body = head + struct.pack(">QQ", 10 << 32, 1000 << 32) + four()[24:]
    got = Collected([v9(flowset(0, template(256, fields)), flowset(256, body), count=2)])
    has(got.row, packets=10 << 32, bytes=1000 << 32)
    same(got.exporter["malformed"], {"counter": 1}, "malformed")
    # and plain ones are not
    body = head + struct.pack(">QQ", 10, 1000) + four()[24:]
    got = Collected([v9(flowset(0, template(256, fields)), flowset(256, body), count=2)])
    same(got.exporter["malformed"], {}, "malformed")


@case
def no_sampling():
    has(Collected([v5([v5_record("10.0.0.1", "10.0.0.2")], sampling=0)]).row, sampling_interval=None)


if __name__ == "__main__":
    main()
