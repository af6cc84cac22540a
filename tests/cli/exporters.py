# SPDX-License-Identifier: BSD-2-Clause
"""Exporters as they are: what the wild does to headers, sets, templates and times; run by exporters.sh."""
import struct

from exportlab import (FLOW, V, Collected, be, case, datagram, flow, flowset, has, ip, ipfix, main,
                       options9, options10, same, template, templates9, templates10, text, v5, v5_record,
                       v9, variable)

PLAIN = templates9((256, FLOW))
TIMED = FLOW + [(22, 4), (21, 4)]
AT = "2023-11-14T22:13:"  # 1700000000 is 22:13:20


def malformed(got):
    return [e["malformed"] for e in got.exporters]


@case
def one_port_several_protocols():
    """told by their content, a ledger each"""
    sflow = struct.pack(">II4sIIII", 5, 1, ip("192.0.2.1"), 0, 1, 1000, 0)
    got = Collected([v5([v5_record("10.0.0.1", "10.0.0.2")]), v9(PLAIN, flowset(256, flow()), count=2),
                     ipfix(templates10((256, FLOW)), flowset(256, flow())), sflow])
    same(sorted(e["protocol"] for e in got.exporters), ["ipfix", "netflow5", "netflow9", "sflow"], "protocols")
    same(got.column("export_protocol"), [5, 9, 10], "rows")


@case
def several_messages_in_a_datagram():
    """twelve of NetFlow 5, and IPFIX messages, one behind the other"""
    twelve = b"".join(v5([v5_record("10.0.0.1", "10.0.0.2", packets=n)] * 2, sequence=2 * n) for n in range(12))
    got = Collected([twelve])
    same(got.column("packets"), [n for n in range(12) for _ in range(2)], "packets")
    same((got.exporter["messages"], got.exporter["missed"], malformed(got)), (12, 0, [{}]), "ledger")
    got = Collected([ipfix(templates10((256, FLOW)), flowset(256, flow(packets=1))) +
                     ipfix(flowset(256, flow(packets=2)), sequence=1)])
    same((got.column("packets"), malformed(got)), ([1, 2], [{}]), "IPFIX")


@case
def several_messages_of_netflow9_in_a_datagram():
    """they do not say how long they are: the next one's header stands where a set would"""
    one = v9(PLAIN, flowset(256, flow(packets=1)), count=2)
    two = v9(flowset(256, flow(packets=2)), sequence=1, seconds=1700000001)
    got = Collected([one + two, v9(flowset(256, flow(packets=3)), sequence=2)])
    same((got.column("packets"), malformed(got), got.exporter["messages"], got.exporter["missed"]),
         ([1, 2, 3], [{}], 3, 0), "messages")
    # a set with that id and another clock is a set
    got = Collected([one + v9(flowset(256, flow()), seconds=5)])
    same((len(got.rows), got.exporter["messages"], malformed(got)[0].get("set_id", 0) +
          malformed(got)[0].get("set_length", 0) > 0), (1, 1, True), "no message")


@case
def options_templates_of_netflow9_in_ipfix():
    """a converter kept the counts in octets: more scopes than fields"""
    got = Collected([ipfix(flowset(3, struct.pack(">HHH", 260, 4, 8) + struct.pack(">HHHHHH", 1, 4, 42, 4, 41, 4)),
                           flowset(260, be(0, 4) + be(5, 4) + be(6, 4)))])
    same(got.exporter["options"]["facts"], {"exportedFlowRecordTotalCount": 5, "exportedMessageTotalCount": 6}, "facts")
    got = Collected([ipfix(flowset(3, struct.pack(">HHH", 260, 1, 2) + struct.pack(">HH", 1, 4)))])
    same(malformed(got), [{"template": 1}], "malformed")


@case
def counts_of_netflow5_that_are_not_there():
    """a header announces 163, or 55582, and 30 are there"""
    for count in (163, 55582):
        got = Collected([v5([v5_record("10.0.0.1", "10.0.0.2")] * 30, count=count, sequence=30 * n) for n in range(3)])
        same((len(got.rows), malformed(got), got.exporter["missed"]), (90, [{"count": 3}], 0), count)


@case
def counts_of_netflow9():
    """records and templates, or sets: right; neither: a finding and no bound"""
    sets = (PLAIN, flowset(256, flow() * 5))
    for count, wanted in ((6, {}), (2, {}), (3, {"count": 1}), (0, {"count": 1}), (65535, {"count": 1})):
        got = Collected([v9(*sets, count=count)])
        same((len(got.rows), malformed(got)), (5, [wanted]), count)


@case
def data_before_their_template():
    got = Collected([v9(flowset(256, flow(packets=1))), v9(flowset(256, flow(packets=2)), sequence=1),
                     v9(PLAIN, flowset(256, flow(packets=3)), count=2, sequence=2)])
    same(sorted(got.column("packets")), [1, 2, 3], "packets")
    same((got.summary["records"]["late"], got.summary["records"]["waiting"]), (2, 0), "late")


@case
def a_template_that_never_comes():
    got = Collected([ipfix(templates10((256, FLOW)), flowset(300, flow()), flowset(256, flow())),
                     ipfix(flowset(256, flow()), sequence=2)])
    same((len(got.rows), malformed(got), got.summary["records"]["waiting"], got.exporter["uncounted"],
          got.exporter["missed"]), (2, [{"no_template": 1}], 1, 1, 0), "ledger")


@case
def withdrawals():
    """one by one; all data templates by id 2; all options templates by id 3 (RFC 7011 section 8.1)"""
    both = templates10((256, FLOW), (257, FLOW))
    single = flowset(2, struct.pack(">HH", 256, 0))
    everything = flowset(2, struct.pack(">HH", 2, 0))
    options = options10(258, [(149, 4)], [(34, 4)])
    for withdrawal, left in ((single, [257]), (everything, [])):
        got = Collected([ipfix(both, options, withdrawal), ipfix(flowset(256, flow(sport=256))),
                         ipfix(flowset(257, flow(sport=257))), ipfix(flowset(258, be(0, 4) + be(9, 4)))])
        same((got.column("src_port"), got.exporter["withdrawals"], got.exporter["option_records"]), (left, 1, 1), left)
    got = Collected([ipfix(both, options, flowset(3, struct.pack(">HH", 3, 0))), ipfix(flowset(257, flow())),
                     ipfix(flowset(258, be(0, 4) + be(9, 4)))])
    same((len(got.rows), got.exporter["option_records"], malformed(got)), (1, 0, [{"no_template": 1}]), "options")
    # one that was never defined, and in a template set of two octets more
    got = Collected([ipfix(flowset(2, struct.pack(">HH", 299, 0)))])
    same(malformed(got), [{"no_template": 1}], "never defined")


@case
def redefined_under_the_same_id():
    """with a withdrawal between, without one, as an options template, and back"""
    swapped = [(7, 2), (11, 2), (8, 4), (12, 4), (4, 1), (2, 4), (1, 4)]
    other = struct.pack(">HH", 7, 8) + ip("10.0.0.1") + ip("10.0.0.2") + struct.pack(">BII", 6, 1, 2)
    got = Collected([v9(templates9((256, FLOW)), flowset(256, flow(sport=1)), count=2),
                     v9(templates9((256, swapped)), flowset(256, other), count=2, sequence=1),
                     v9(options9(256, [(1, 4)], [(34, 4)]), flowset(256, be(0, 4) + be(5, 4)), count=2, sequence=2),
                     v9(templates9((256, FLOW)), flowset(256, flow(sport=9)), count=2, sequence=3)])
    same((got.column("src_port"), got.exporter["option_records"], malformed(got)), ([1, 7, 9], 1, [{}]), "rows")


@case
def two_domains_of_one_socket_are_two_spaces():
    swapped = [(7, 2), (11, 2), (8, 4), (12, 4)]
    got = Collected([v9(templates9((256, FLOW)), source=1, count=1), v9(templates9((256, swapped)), source=2, count=1),
                     v9(flowset(256, flow(sport=11)), source=1, sequence=1),
                     v9(flowset(256, struct.pack(">HH", 22, 0) + ip("10.0.0.1") + ip("10.0.0.2")), source=2, sequence=1)])
    same(list(zip(got.column("observation_domain"), got.column("src_port"))), [(1, 11), (2, 22)], "rows")


@case
def several_exporters_behind_one_address():
    """NAT: told apart by their ports"""
    got = Collected([datagram(v9(templates9((256, FLOW)), count=1, sequence=5), sport=1), datagram(
        v9(templates9((256, [(7, 2), (11, 2)])), count=1, sequence=7000), sport=2),
        datagram(v9(flowset(256, flow(sport=3)), sequence=6), sport=1),
        datagram(v9(flowset(256, be(4, 2) + be(5, 2)), sequence=7001), sport=2)])
    same(list(zip(got.column("exporter_port"), got.column("src_port"))), [(1, 3), (2, 4)], "rows")
    same([e["missed"] for e in got.exporters], [0, 0], "missed")


@case
def sequences_in_the_protocols_own_unit():
    """softflowd: NetFlow 9 counts datagrams, IPFIX data records, modulo 2^32; NetFlow 5 flows"""
    nine = [v9(PLAIN, flowset(256, flow() * 3), count=4, sequence=(2**32 - 2 + n) % 2**32) for n in range(5)]
    ten = [ipfix(templates10((256, FLOW)), flowset(256, flow() * 3), sequence=(2**32 - 4 + 3 * n) % 2**32) for n in range(5)]
    five = [v5([v5_record("10.0.0.1", "10.0.0.2")] * 3, sequence=(2**32 - 4 + 3 * n) % 2**32) for n in range(5)]
    got = Collected(nine + ten + five)
    same([(e["missed"], e["restarts"], e["gaps"]) for e in got.exporters], [(0, 0, 0)] * 3, "whole")
    got = Collected(nine[:2] + nine[3:] + ten[:2] + ten[3:] + five[:2] + five[3:])
    same([(e["missed"], e["gaps"]) for e in got.exporters], [(1, 1), (3, 1), (3, 1)], "one lost of each")


@case
def uptime_in_seconds():
    """SonicWall: sysUptime in seconds, FIRST and LAST in milliseconds, also when these have wrapped"""
    for up in (600, 5000, 400000, 4200000, 5000000, 100000000):
        first, last = ((1000 * up - back) % 2**32 for back in (12000, 2000))
        got = Collected([v9(templates9((256, TIMED)), flowset(256, flow() + be(first, 4) + be(last, 4)), count=2,
                            uptime=up)])
        has(got.row, flow_start=AT + "08.000000Z", flow_end=AT + "18.000000Z")
        same(malformed(got), [{"uptime": 1}], up)
    # milliseconds stay milliseconds: a box just booted, one whose uptime wrapped, a flow ahead of its header
    for up, first, last, start, end in (
            (3000, 1000, 2000, "18", "19"), (61000, 1000, 60000, "20", "59"), (5000, 2**32 - 5000, 4000, "10", "19"),
            (5000, 4000, 6000, "19", "21")):
        got = Collected([v9(templates9((256, TIMED)), flowset(256, flow() + be(first, 4) + be(last, 4)), count=2, uptime=up)])
        if up == 61000:
            has(got.row, flow_start="2023-11-14T22:12:20.000000Z", flow_end=AT + "19.000000Z")
        else:
            has(got.row, flow_start=f"{AT}{start}.000000Z", flow_end=f"{AT}{end}.000000Z")
        same(malformed(got), [{}], up)


def ntp(seconds, fraction):
    return be((seconds + 2208988800) % 2**32, 4) + be(round(fraction * 2**32), 4)


@case
def times_in_every_form():
    forms = (
        ([(150, 4), (151, 4)], be(1700000001, 4) + be(1700000002, 4), "21.000000Z", "22.000000Z"),
        ([(152, 8), (153, 8)], be(1700000001250, 8) + be(1700000002500, 8), "21.250000Z", "22.500000Z"),
        ([(154, 8), (155, 8)], ntp(1700000001, 0.25) + ntp(1700000002, 0.5), "21.250000Z", "22.500000Z"),
        ([(156, 8), (157, 8)], ntp(1700000001, 0.25) + ntp(1700000002, 0.5), "21.250000Z", "22.500000Z"),
        ([(158, 4), (159, 4)], be(3000000, 4) + be(1500000, 4), "17.000000Z", "18.500000Z"),
        ([(160, 8), (22, 4), (21, 4)], be(1699999000000, 8) + be(1001250, 4) + be(1002500, 4), "21.250000Z", "22.500000Z"),
        ([(322, 4)], be(1700000001, 4), "21.000000Z", "21.000000Z"),
        ([(323, 8)], be(1700000001250, 8), "21.250000Z", "21.250000Z"),
        ([(324, 8)], ntp(1700000001, 0.25), "21.250000Z", "21.250000Z"),
        ([(325, 8)], ntp(1700000001, 0.25), "21.250000Z", "21.250000Z"),
    )
    for fields, value, start, end in forms:
        row = Collected([ipfix(templates10((256, FLOW + fields)), flowset(256, flow() + value))]).row
        has(row, flow_start=AT + start, flow_end=AT + end)
        if fields[0][0] in (156, 325):
            has(row, flow_start_ns=1700000001250000000)
    row = Collected([v9(templates9((256, TIMED)), flowset(256, flow() + be(999000, 4) + be(999500, 4)), count=2)]).row
    has(row, flow_start=AT + "19.000000Z", flow_end=AT + "19.500000Z")
    has(Collected([v5([v5_record("10.0.0.1", "10.0.0.2", first=999000, last=999500)], nanos=250000000)]).row,
        flow_start=AT + "19.250000Z", flow_end=AT + "19.750000Z")


@case
def counts_where_ntp_is_asked():
    """nanoseconds and microseconds since 1970, as some exporters have it; VPP's times keep their second"""
    nanos, micros = [(156, 8), (157, 8)], [(154, 8), (155, 8)]
    start, end = 1699999999123456789, 1700000000000000001
    for extra, octets, want in (
            (nanos, be(start, 8) + be(end, 8), ("22:13:19.123456", "22:13:20.000000")),
            (micros, be(start // 1000, 8) + be(end // 1000, 8), ("22:13:19.123456", "22:13:20.000000")),
            (nanos, ntp(1699999999, 0.123456789) + ntp(1700000000, 0), ("22:13:19.123456", "22:13:20.000000")),
            (nanos, ntp(1699999999, 500000000 / 2**32) + ntp(1700000000, 0), ("22:13:19.116415", "22:13:20.000000"))):
        for more in ([], [(12232, V, 9)]):  # by the plan for fixed fields, and field by field
            row = Collected([ipfix(templates10((256, FLOW + extra + more)),
                                   flowset(256, flow() + octets + (variable(b"x") if more else b"")))]).row
            same((row["flow_start"][11:26], row["flow_end"][11:26]), want, octets.hex())
    has(Collected([ipfix(templates10((256, FLOW + nanos)), flowset(256, flow() + be(start, 8) + be(end, 8)))]).row,
        flow_start_ns=start, flow_end_ns=end)


@case
def zeros_in_one_pair_and_the_truth_in_another():
    fields = [(150, 4), (151, 4), (152, 8), (153, 8), (154, 8), (155, 8)]
    wanted = {"flow_start": AT + "21.000000Z", "flow_end": AT + "22.000000Z"}
    seconds = be(1700000001, 4) + be(1700000002, 4)
    millis = be(1700000001000, 8) + be(1700000002000, 8)
    micros = ntp(1700000001, 0) + ntp(1700000002, 0)
    for values in ((seconds, bytes(16), bytes(16)), (bytes(8), millis, bytes(16)), (bytes(8), bytes(16), micros),
                   (seconds, millis, bytes(16))):
        has(Collected([ipfix(templates10((256, FLOW + fields)), flowset(256, flow() + b"".join(values)))]).row, **wanted)
    row = Collected([v9(templates9((256, TIMED + [(152, 8), (153, 8)])),
                        flowset(256, flow() + bytes(8) + millis), count=2)]).row
    has(row, **wanted)


@case
def fields_without_octets():
    """a template field of length 0"""
    row = Collected([v9(templates9((256, FLOW[:3] + [(61, 0)] + FLOW[3:])), flowset(256, flow(dport=77)), count=2)]).row
    has(row, dst_port=77, direction=None)


@case
def variable_lengths():
    """both forms, in enterprise elements and as the last field too"""
    fields = [(8, 4), (460, V), (999, V, 54321), (12, 4), (83, V)]
    value = ip("10.0.0.1") + variable(b"host") + variable(b"\xab" * 300) + ip("10.0.0.2") + variable(b"last", long=True)
    value += ip("10.0.0.3") + variable(b"", long=True) + variable(b"") + ip("10.0.0.4") + variable(b"x" * 254)
    got = Collected([ipfix(templates10((256, fields)), flowset(256, value))])
    same(got.column("dst_ip"), ["10.0.0.2", "10.0.0.4"], "addresses")
    has(got.rows[0], http_host="host", other={"54321/999": "ab" * 300, "interfaceDescription": "last"})
    has(got.rows[1], other={"54321/999": "", "interfaceDescription": "x" * 254})


@case
def reduced_sizes():
    """RFC 7011 section 6.2: counters in 1 to 7 octets"""
    for size in range(1, 9):
        fields = [(8, 4), (12, 4), (2, size), (1, size), (10, min(size, 4))]
        row = Collected([ipfix(templates10((256, fields)), flowset(256, ip("10.0.0.1") + ip("10.0.0.2") + be(7, size) +
                                                                   be(200, size) + be(9, min(size, 4))))]).row
        has(row, packets=7, bytes=200, in_if=9)


@case
def padding():
    """none, up to seven octets, not zero; zeros of any length in NetFlow 9 (PAN-OS)"""
    for count in range(8):
        got = Collected([v9(PLAIN, flowset(256, flow() * 2 + bytes(count), pad=1), flowset(256, flow()), count=4)])
        same((len(got.rows), malformed(got)), (3, [{}]), count)
    got = Collected([v9(PLAIN, flowset(256, flow() + b"\0\0\1", pad=1), flowset(256, flow()), count=3)])
    same((len(got.rows), malformed(got)), (2, [{"padding": 1}]), "not zero")
    for count in (21, 22, 100, 1000):
        got = Collected([v9(PLAIN, flowset(256, flow() * 2 + bytes(count), pad=1), flowset(256, flow()), count=4)])
        same((len(got.rows), malformed(got)), (3, [{"padding": 1}]), count)
    # zeros at the message's end are no set; nor is a set of zeros alone a flow
    got = Collected([v9(PLAIN, flowset(256, flow()), bytes(12), count=2)])
    same((len(got.rows), malformed(got)), (1, [{}]), "at the end")
    got = Collected([v9(PLAIN, flowset(256, bytes(100)), flowset(256, flow()), count=2)])
    same((len(got.rows), malformed(got)), (1, [{"padding": 1}]), "a set of zeros")
    # in IPFIX it would be shorter than a record: a record of zeros is one, and counts
    got = Collected([ipfix(templates10((256, FLOW)), flowset(256, flow() + bytes(21), pad=1))])
    same(got.column("packets"), [1, 0], "IPFIX")


@case
def template_sets_with_padding():
    """also behind options templates, whose lengths in NetFlow 9 are octets"""
    got = Collected([v9(flowset(0, template(256, FLOW) + bytes(6), pad=1),
                        flowset(1, struct.pack(">HHH", 257, 4, 4) + struct.pack(">HHHH", 1, 4, 34, 4) + b"\0\0", pad=1),
                        flowset(257, be(0, 4) + be(100, 4)), flowset(256, flow()), count=4)])
    has(got.row, sampling_interval=100)
    same(malformed(got), [{}], "malformed")


@case
def sets_two_octets_beyond_the_message():
    """OpenWrt's softflowd, MikroTik: the last set's length is too great; its whole records are there"""
    long = flowset(256, flow() * 2, pad=1)
    long = long[:2] + be(len(long) + 2, 2) + long[4:]
    got = Collected([v9(PLAIN, long, count=3), v9(flowset(256, flow()), sequence=1)])
    same((len(got.rows), malformed(got)), (3, [{"set_length": 1}]), "NetFlow 9")
    got = Collected([ipfix(templates10((256, FLOW)), long), ipfix(flowset(256, flow()), sequence=2)])
    same((len(got.rows), malformed(got), got.exporter["missed"]), (3, [{"set_length": 1}], 0), "IPFIX")
    # the message says less than it has: what is behind it is no message
    short = ipfix(templates10((256, FLOW)), flowset(256, flow() * 2, pad=1), length=16 + 36 + 4 + 42 - 2)
    got = Collected([short])
    same(len(got.rows), 1, "a message two octets short")


@case
def a_bad_set_costs_only_itself():
    """a reserved id, a template that breaks its format, a length below a set's: the rest is decoded"""
    bad = (struct.pack(">HH", 5, 8) + b"abcd", flowset(0, struct.pack(">HHHH", 300, 9, 8, 4)),
           flowset(0, struct.pack(">HH", 12, 1) + be(8, 2) + be(4, 2)))
    for one in bad:
        got = Collected([v9(PLAIN, one, flowset(256, flow()), count=2)])
        same(len(got.rows), 1, one)
        same(sum(malformed(got)[0].values()) >= 1, True, malformed(got))
    got = Collected([v9(PLAIN, flowset(256, flow()), struct.pack(">HH", 256, 3), flowset(256, flow()), count=3),
                     v9(flowset(256, flow()), sequence=1)])
    same((len(got.rows), malformed(got)[0].get("set_length")), (2, 1), "nobody knows where the next set begins")


@case
def lengths_of_variable_fields_in_netflow9():
    """H3C: 65535 in a NetFlow 9 template; MikroTik: a length that no record can have"""
    got = Collected([v9(templates9((256, FLOW + [(82, V)])), flowset(256, flow() + variable(b"eth0")), count=2)])
    same(got.row["other"], {"interfaceName": "eth0"}, "other")
    got = Collected([v9(templates9((256, FLOW + [(82, 60000)])), templates9((257, FLOW)),
                        flowset(256, flow() + b"eth0"), flowset(257, flow()), count=4)])
    same(len(got.rows), 1, "rows")


@case
def names_that_are_padded_or_not_utf8():
    """PAN-OS: application and user in strings of a fixed length"""
    got = Collected([v9(templates9((256, FLOW + [(56701, 32), (56702, 64)])),
                        flowset(256, flow() + text("ssl", 32) + text("corp\\jane", 64)), count=2)])
    has(got.row, app_name="ssl", other={"panosUserId": "corp\\jane"})
    got = Collected([v9(templates9((256, FLOW + [(96, 4)])), flowset(256, flow() + b"\xff\xfe\0\0"), count=2)])
    has(got.row, app_name=None, other={"applicationName": "fffe0000"})


@case
def values_that_no_column_holds():
    """beyond 2^63, clamped and counted; addresses of a wrong length; the same element twice"""
    got = Collected([ipfix(templates10((256, FLOW[:5] + [(2, 8), (1, 8)])),
                           flowset(256, flow()[:13] + be(2**64 - 1, 8) + be(2**63, 8)))])
    has(got.row, packets=2**63 - 1, bytes=2**63 - 1)
    row = Collected([ipfix(templates10((256, FLOW + [(8, 4), (15, 8)])),
                           flowset(256, flow() + ip("10.9.9.9") + bytes(range(8))))]).row
    has(row, src_ip="10.0.0.1", next_hop=None, other={"sourceIPv4Address": "0a090909",
                                                     "ipNextHopIPv4Address": "0001020304050607"})


@case
def biflows_of_rfc5103():
    fields = FLOW + [(1, 4, 29305), (2, 4, 29305), (6, 1), (6, 1, 29305), (5, 1, 29305), (136, 1, 29305)]
    row = Collected([ipfix(templates10((256, fields)), flowset(256, flow() + be(900, 4) + be(9, 4) + bytes([2, 18, 8, 3])))]).row
    has(row, packets=1, bytes=100, rev_packets=9, rev_bytes=900, tcp_flags=2, rev_tcp_flags=18, rev_tos=8,
        other={"reverseFlowEndReason": 3})


@case
def enterprises():
    """vendors' elements by their numbers, typed where they are known"""
    row = Collected([ipfix(templates10((256, FLOW + [(950, 4, 6876), (93, 8, 637), (1, 2, 2011), (1, 4, 4444)])),
                           flowset(256, flow() + be(7, 4) + text("nat-1", 8) + be(3, 2) + be(5, 4)))]).row
    same(row["other"], {"6876/950": 7, "637/93": "nat-1", "2011/1": 3, "4444/1": "00000005"}, "other")
    fields = FLOW + [(12232, V, 9), (4, V, 10704), (111, V, 3054), (126, 4, 3054), (142, V, 5951)]
    row = Collected([ipfix(templates10((256, fields)),
                           flowset(256, flow() + variable(b"browsing") + variable(b"LAN-2-WAN") + variable(b"netflix") +
                                   struct.pack(">f", 48.5) + variable(b"example.com")))]).row
    has(row, app_name="netflix", http_host="example.com", other={
        "9/12232": "browsing", "10704/4": "LAN-2-WAN", "3054/126": 48.5})


@case
def elements_of_ipfixprobe():
    """CESNET's and Flowmon's: what belongs to the flow in its columns, the rest by its type"""
    fields = FLOW + [(808, V, 8057), (2, V, 8057), (3, 2, 8057), (1, 1, 8057), (850, V, 8057), (851, V, 8057),
                     (900, 4, 8057), (1, V, 39499), (12, 4, 39499), (333, 2, 39499), (7233, 4, 39499)]
    row = Collected([ipfix(templates10((256, fields)),
                           flowset(256, flow() + variable(b"tls.example") + variable(b"dns.example") + be(28, 2) + be(3, 1) +
                                   variable(b"abc") + variable(b"xyz") + be(1460, 4) + variable(b"http.example") +
                                   be(404, 4) + be(0x303, 2) + ip("198.51.100.7")))]).row
    has(row, tls_server_name="tls.example", dns_query="dns.example", dns_type=28, dns_rcode=3,
        http_host="http.example", tls_version=0x303, nat_src_ip="198.51.100.7",
        other={"8057/900": 1460, "39499/12": 404})
    same((row["payload"], row["rev_payload"]), (b"abc".hex(), b"xyz".hex()), "payload")


@case
def a_flood_of_templates_does_not_push_out_an_honest_exporters():
    """from another address as many as are taken, and from its own address another port"""
    honest = v9(PLAIN, flowset(256, flow()), count=2)
    flood = []
    for n in range(60):
        definitions = [(256 + n * 300 + k, [(1, 4)] * 4) for k in range(70)]
        for src, sport in (("198.51.100.9", 53), ("192.0.2.1", 40000)):
            flood.append(datagram(v9(templates9(*definitions), count=70, sequence=n), src=src, sport=sport))
    got = Collected([honest] + flood + [v9(flowset(256, flow(packets=2)), sequence=1),
                                        v9(templates9((300, FLOW)), flowset(300, flow(packets=3)), count=2, sequence=2)])
    same(got.column("packets"), [1, 2, 3], "rows")


@case
def a_flood_of_exporters_and_domains_leaves_the_honest_one_alone():
    """as many invented sources as are kept, and more; each with domains; sets that wait for ever"""
    honest = v9(PLAIN, flowset(256, flow()), count=2)
    flood = [datagram(v9(flowset(999, b"waits" * 20), source=n), src=f"198.51.{100 + n // 250 % 60}.{n % 250}",
                      sport=1 + n // 15000) for n in range(17000)]
    flood += [datagram(v9(flowset(999, b"waits" * 20), source=n), src="198.51.100.1", sport=1) for n in range(1100)]
    got = Collected([honest] + flood + [v9(flowset(256, flow(packets=2)), sequence=1, source=0),
                                        v9(PLAIN, flowset(256, flow(packets=3)), count=2, source=3)])
    same(got.column("packets"), [1, 2, 3], "rows")
    same(got.summary["datagrams"]["rejected"]["limit"] > 600, True, got.summary["datagrams"])
    same((got.exporters[0]["address"], got.exporters[0]["missed"]), ("192.0.2.1", 0), "the honest one")


if __name__ == "__main__":
    main()
