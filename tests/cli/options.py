# SPDX-License-Identifier: BSD-2-Clause
"""Options applied: samplers, applications, interfaces, VRFs, facts; run by options.sh."""
import struct

from exportlab import (FLOW, V, Collected, be, case, datagram, flow, flowset, has, ip, ipfix, main,
                       options9, options10, same, templates9, templates10, text, v9, variable)

SAMPLED = FLOW + [(48, 1)]


def sampler9(number, mode, interval):
    """Cisco's sampler table: scope system, id, mode, interval."""
    return (options9(512, [(1, 4)], [(48, 1), (49, 1), (50, 4), (84, 12)]) +
            flowset(512, ip("192.0.2.1") + be(number, 1) + be(mode, 1) + be(interval, 4) +
                    text("SAMPLE-IT", 12)))


@case
def sampler_by_the_records_id():
    """Cisco: FLOW_SAMPLER_ID of the record, FLOW_SAMPLER_RANDOM_INTERVAL of the table"""
    got = Collected([v9(sampler9(1, 2, 100), sampler9(2, 2, 2000), templates9((256, SAMPLED)),
                        flowset(256, flow() + be(2, 1) + flow() + be(1, 1) + flow() + be(9, 1)))])
    same(got.column("sampling_interval"), [2000, 100, None], "intervals")
    same(got.options["samplers"], [{"id": 1, "interval": 100, "name": "SAMPLE-IT"},
                                   {"id": 2, "interval": 2000, "name": "SAMPLE-IT"}], "samplers")
    same(got.summary["records"]["options"], 2, "option records")


@case
def an_option_behind_its_data_changes_nothing():
    got = Collected([v9(templates9((256, SAMPLED)), flowset(256, flow() + be(1, 1))),
                     v9(sampler9(1, 2, 100), sequence=1),
                     v9(flowset(256, flow() + be(1, 1)), sequence=2),
                     v9(sampler9(1, 2, 50), sequence=3),
                     v9(flowset(256, flow() + be(1, 1)), sequence=4)])
    same(got.column("sampling_interval"), [None, 100, 50], "intervals")


@case
def the_only_sampler_serves_records_that_name_none():
    first = v9(sampler9(1, 2, 100), templates9((256, FLOW)), flowset(256, flow()))
    second = v9(sampler9(2, 2, 200), flowset(256, flow()), sequence=1)
    same(Collected([first, second]).column("sampling_interval"), [100, None], "one, then two")
    second = v9(sampler9(2, 2, 100), flowset(256, flow()), sequence=1)
    same(Collected([first, second]).column("sampling_interval"), [100, 100], "two of one interval")


@case
def line_cards():
    """scope line card, lineCardId: what all of them have holds for the domain"""
    cards = [v9(options9(300, [(3, 2)], [(34, 4)]), flowset(300, be(n, 2) + be(interval, 4)), templates9((256, FLOW)),
                flowset(256, flow()), sequence=n) for n, interval in ((0, 100), (1, 100), (2, 50), (2, 100))]
    got = Collected(cards)
    same(got.column("sampling_interval"), [100, 100, None, 100], "intervals")
    same(got.options["sampled_line_cards"], [{"id": n, "interval": 100} for n in range(3)], "line cards")
    got = Collected([ipfix(options10(300, [(141, 4)], [(305, 4)]), flowset(300, be(7, 4) + be(64, 4)),
                           templates10((256, FLOW)), flowset(256, flow()))])
    has(got.row, sampling_interval=64)


@case
def other_domains_and_exporters_are_not_sampled_by_it():
    define = v9(templates9((256, SAMPLED)), flowset(256, flow() + be(1, 1)), source=2)
    got = Collected([v9(sampler9(1, 2, 100), source=1), define,
                     datagram(define, sport=50001), datagram(define, src="192.0.2.9")])
    same(got.column("sampling_interval"), [None, None, None], "intervals")


@case
def domain_wide_by_34_and_35():
    """Huawei, ipt_NETFLOW, FortiOS: samplingInterval with scope system"""
    got = Collected([v9(options9(300, [(1, 4)], [(34, 4), (35, 1)]),
                        flowset(300, be(0, 4) + be(512, 4) + be(1, 1)),
                        templates9((256, FLOW)), flowset(256, flow()))])
    has(got.row, sampling_interval=512)
    same(got.options["sampled"], [{"interval": 512}], "sampled")


@case
def scopes_without_octets():
    """Juniper SRX: a scope of length 0"""
    got = Collected([v9(options9(300, [(1, 0)], [(34, 4), (35, 1)]),
                        flowset(300, be(100, 4) + be(2, 1)),
                        templates9((256, FLOW)), flowset(256, flow()), count=4)])
    has(got.row, sampling_interval=100)
    same(got.exporter["malformed"], {}, "malformed")


@case
def scopes_that_are_elements_in_netflow9():
    """exporters with wrong scopes: elements' ids, as in IPFIX, where RFC 3954 has five kinds"""
    got = Collected([v9(options9(300, [(10, 4)], [(82, 16)]),
                        flowset(300, be(7, 4) + text("ge-0/0/7", 16)),
                        options9(301, [(3, 2)], [(50, 4)]), flowset(301, be(1, 2) + be(64, 4)),
                        options9(302, [(4, 2)], [(42, 4)]), flowset(302, be(1, 2) + be(99, 4)),
                        templates9((256, FLOW + [(10, 4), (14, 4)])),
                        flowset(256, flow() + be(7, 4) + be(8, 4)))])
    has(got.row, in_if_name="ge-0/0/7", out_if_name=None, sampling_interval=64)
    same(got.options["facts"], {"exportedFlowRecordTotalCount": 99}, "facts")


@case
def by_interface_and_by_template():
    """NetFlow 9's scopes interface and template"""
    got = Collected([v9(options9(300, [(2, 4)], [(34, 4)]), flowset(300, be(3, 4) + be(10, 4)),
                        options9(301, [(5, 2)], [(34, 4)]), flowset(301, be(257, 2) + be(20, 4)),
                        templates9((256, FLOW + [(10, 2)]), (257, FLOW + [(10, 2)])),
                        flowset(256, flow() + be(3, 2) + flow() + be(4, 2)),
                        flowset(257, flow() + be(3, 2)))])
    same(got.column("sampling_interval"), [10, None, 20], "intervals")


@case
def selectors_of_ipfix():
    """selectorId 302 with 305 and 306, 309 and 310, 311; the record names its selector"""
    selectors = [(302, 8), (304, 2)]
    got = Collected([ipfix(
        options10(300, selectors[:1], [(304, 2), (305, 4), (306, 4)]),
        flowset(300, be(1, 8) + be(1, 2) + be(1, 4) + be(999, 4) +
                be(4, 8) + be(1, 2) + be(10, 4) + be(990, 4)),
        options10(301, selectors[:1], [(309, 4), (310, 4)]), flowset(301, be(2, 8) + be(2, 4) + be(256, 4)),
        options10(302, selectors[:1], [(311, 8)]), flowset(302, be(3, 8) + struct.pack(">d", 0.01)),
        options10(303, selectors[:1], [(305, 4)]), flowset(303, be(5, 8) + be(4096, 4)),
        templates10((256, FLOW + [(302, 2)])),
        flowset(256, b"".join(flow() + be(n, 2) for n in (1, 2, 3, 4, 5, 6))))])
    same(got.column("sampling_interval"), [1000, 128, 100, 100, 4096, None], "intervals")


@case
def n_out_of_n_of_ios_xr():
    """samplingPacketInterval 1 beside a size of 1 and the population"""
    fields = [(305, 4), (304, 2), (309, 4), (310, 4), (84, 20)]
    got = Collected([ipfix(options10(257, [(302, 4)], fields),
                           flowset(257, be(1, 4) + be(1, 4) + be(3, 2) + be(1, 4) + be(4000, 4) + text("MAP", 20)),
                           templates10((256, FLOW + [(48, 1)])), flowset(256, flow() + be(1, 1)))])
    has(got.row, sampling_interval=4000)
    fields = [(305, 4), (306, 4), (304, 2), (309, 4), (310, 4)]
    for algorithm, wanted in ((1, 10), (3, 128)):
        got = Collected([ipfix(options10(257, [(302, 4)], fields), flowset(257, be(1, 4) + be(1, 4) + be(9, 4) +
                               be(algorithm, 2) + be(2, 4) + be(256, 4)),
                               templates10((256, FLOW)), flowset(256, flow()))])
        has(got.row, sampling_interval=wanted)


@case
def selection_sequences():
    """PSAMP (RFC 5476): the record names a sequence, the sequence its selector"""
    got = Collected([ipfix(
        options10(300, [(301, 8)], [(302, 4)]), flowset(300, be(77, 8) + be(5, 4)),
        options10(301, [(302, 4)], [(305, 4), (306, 4)]), flowset(301, be(5, 4) + be(1, 4) + be(31, 4)),
        templates10((256, FLOW + [(301, 8)])), flowset(256, flow() + be(77, 8)))])
    has(got.row, sampling_interval=32)


@case
def in_the_record_itself():
    got = Collected([ipfix(templates10((256, FLOW + [(305, 4), (306, 4)]), (257, FLOW + [(305, 4)])),
                           flowset(256, flow() + be(1, 4) + be(511, 4)),
                           flowset(257, flow() + be(256, 4)))])
    same(got.column("sampling_interval"), [512, 256], "intervals")
    has(got.rows[0], other={"samplingPacketSpace": 511})


@case
def domain_zero_speaks_for_all_and_a_scope_for_its_domain():
    got = Collected([ipfix(options10(300, [(144, 4)], [(34, 4)]), flowset(300, be(1, 4) + be(8, 4)), domain=0),
                     ipfix(options10(300, [(149, 4)], [(34, 4)]), flowset(300, be(6, 4) + be(16, 4)), domain=0),
                     ipfix(templates10((256, FLOW)), flowset(256, flow()), domain=5),
                     ipfix(templates10((256, FLOW)), flowset(256, flow()), domain=6)])
    same(got.column("sampling_interval"), [8, 16], "intervals")


@case
def netflow5_says_it_in_its_header():
    from exportlab import v5, v5_record
    got = Collected([v5([v5_record("10.0.0.1", "10.0.0.2")], sampling=0x4000 | 1000),
                     v5([v5_record("10.0.0.1", "10.0.0.2")], sequence=1)])
    same(got.column("sampling_interval"), [1000, None], "intervals")


@case
def applications_of_nbar():
    """Cisco: scope system, applicationId, applicationName, applicationDescription"""
    table = b"".join(ip("192.0.2.1") + struct.pack(">BBH", 13, 0, n) + text(name, 24) + text(about, 55)
                     for n, name, about in ((80, "http", "World Wide Web traffic"), (1, "skype", "calls")))
    got = Collected([v9(options9(260, [(1, 4)], [(95, 4), (96, 24), (94, 55)]), flowset(260, table),
                        templates9((256, FLOW + [(95, 4)])),
                        flowset(256, flow() + bytes([13, 0, 0, 80]) + flow() + bytes([13, 0, 0, 1]) +
                                flow() + bytes([3, 0, 0, 53])))])
    same(got.column("app_name"), ["http", "skype", None], "names")
    same(got.options["applications"], 2, "applications")


@case
def applications_of_ipfix():
    """ids of three and of four octets are the same; a name in the record itself wins"""
    got = Collected([ipfix(options10(260, [(95, V)], [(96, V), (94, V)]),
                           flowset(260, variable(bytes([20, 0, 7])) + variable(b"ssl", long=True) + variable(b"")),
                           templates10((256, FLOW + [(95, 4)]), (257, FLOW + [(95, 3), (96, V)])),
                           flowset(256, flow() + bytes([20, 0, 0, 7])),
                           flowset(257, flow() + bytes([20, 0, 7]) + variable(b"mine")))])
    same(got.column("app_name"), ["ssl", "mine"], "names")


@case
def interfaces_and_vrfs():
    got = Collected([v9(options9(300, [(1, 4)], [(10, 4), (82, 32), (83, 64)]),
                        flowset(300, b"".join(ip("192.0.2.1") + be(n, 4) + text(name, 32) + text(about, 64)
                                              for n, name, about in ((1, "Gi0/0", "to the provider"),
                                                                     (2, "", "only described"),
                                                                     (3, "Gi0/1 ", "")))),
                        options9(301, [(1, 4)], [(234, 4), (236, 32)]),
                        flowset(301, ip("192.0.2.1") + be(5, 4) + text("customer-a", 32)),
                        templates9((256, FLOW + [(10, 4), (14, 4), (234, 4), (235, 4)])),
                        flowset(256, flow() + be(1, 4) + be(2, 4) + be(5, 4) + be(6, 4) +
                                flow() + be(3, 4) + be(9, 4) + be(0, 4) + be(5, 4)))])
    same(got.column("in_if_name"), ["Gi0/0", "Gi0/1"], "in")
    same(got.column("out_if_name"), ["only described", None], "out")
    same(got.column("in_vrf_name"), ["customer-a", None], "VRF in")
    same(got.column("out_vrf_name"), [None, "customer-a"], "VRF out")
    same(got.options["interfaces"], [{"index": 1, "name": "Gi0/0", "description": "to the provider"},
                                     {"index": 2, "description": "only described"},
                                     {"index": 3, "name": "Gi0/1"}], "interfaces")
    same(got.options["vrfs"], [{"id": 5, "name": "customer-a"}], "VRFs")


@case
def elements_that_the_exporter_names():
    """RFC 5610: type information by enterprise and id; the id also with the bit that templates have"""
    fields = [(346, 4), (303, 2)], [(339, 1), (344, 1), (341, V)]
    records = (be(32473, 4) + be(7, 2) + be(3, 1) + be(0, 1) + variable(b"widgets"),
               be(32473, 4) + be(0x8008, 2) + be(13, 1) + be(0, 1) + variable(b"gadgetName"),
               be(32473, 4) + be(9, 2) + be(200, 1) + be(0, 1) + variable(b"odd"),
               be(32473, 4) + be(10, 2) + be(1, 1) + be(0, 1) + variable(b""))
    got = Collected([ipfix(options10(512, *fields), flowset(512, b"".join(records)),
                           templates10((256, FLOW + [(7, 4, 32473)])), flowset(256, flow() + be(5, 4)))])
    same(got.options["elements"], [{"element": "32473/7", "name": "widgets", "type": "unsigned32"},
                                   {"element": "32473/8", "name": "gadgetName", "type": "string"},
                                   {"element": "32473/9", "name": "odd"}], "elements")
    has(got.row, other={"32473/7": "00000005"})


@case
def a_name_that_is_no_text():
    """not UTF-8, and longer than what is kept: cut at a character"""
    long = ("ä" * 200).encode()
    got = Collected([ipfix(options10(300, [(10, 4)], [(82, V)]),
                           flowset(300, be(1, 4) + variable(b"\xff\xfe") + be(2, 4) + variable(long)),
                           templates10((256, FLOW + [(10, 4), (14, 4)])),
                           flowset(256, flow() + be(1, 4) + be(2, 4)))])
    has(got.row, in_if_name=None, out_if_name="ä" * 127)


@case
def options_may_wait_for_their_template():
    got = Collected([v9(flowset(300, be(0, 4) + be(512, 4))),
                     v9(options9(300, [(1, 4)], [(34, 4)]), sequence=1),
                     v9(templates9((256, FLOW)), flowset(256, flow()), sequence=2)])
    has(got.row, sampling_interval=512)


@case
def the_start_of_the_exporter_makes_times_of_uptimes():
    """softflowd over IPFIX: systemInitTimeMilliseconds in an option, flowStartSysUpTime in records"""
    got = Collected([ipfix(options10(300, [(143, 4)], [(160, 8), (305, 4), (306, 4)]),
                           flowset(300, be(1, 4) + be(1600000000123, 8) + be(1, 4) + be(99, 4)),
                           templates10((256, FLOW + [(22, 4), (21, 4)])),
                           flowset(256, flow() + be(1000, 4) + be(61000, 4)))])
    has(got.row, flow_start="2020-09-13T12:26:41.123000Z", flow_end="2020-09-13T12:27:41.123000Z",
        sampling_interval=100)
    same(got.options["facts"], {"systemInitTimeMilliseconds": 1600000000123}, "facts")


@case
def process_statistics():
    """Juniper: what the exporting process says of itself"""
    got = Collected([ipfix(options10(300, [(144, 4)], [(41, 8), (42, 8), (40, 8), (36, 2), (37, 2), (34, 4)]),
                           flowset(300, be(9, 4) + be(11, 8) + be(2**60, 8) + be(13, 8) + be(60, 2) +
                                   be(15, 2) + be(0, 4)))])
    same(got.options["facts"], {"exportedMessageTotalCount": 11,
                                "exportedFlowRecordTotalCount": str(2**60),
                                "exportedOctetTotalCount": 13, "flowActiveTimeout": 60,
                                "flowIdleTimeout": 15}, "facts")


@case
def a_flood_of_options_costs_its_exporter_alone():
    """a table without end is refused at the limit; the honest one's names hold"""
    honest = v9(options9(300, [(2, 4)], [(82, 8)]), flowset(300, be(1, 4) + text("eth1", 8)),
                templates9((256, FLOW + [(10, 4)])), flowset(256, flow() + be(1, 4)))
    row = lambda n: be(n, 4) + f"{n:0240}".encode()  # noqa: E731
    flood = [datagram(v9(options9(300, [(2, 4)], [(82, 240)]),
                         flowset(300, b"".join(row(k) for k in range(n, n + 200))), sequence=n),
                      src="198.51.100.1") for n in range(0, 16000, 200)]
    got = Collected([honest] + flood + [v9(flowset(256, flow() + be(1, 4)), sequence=1)])
    same(got.column("in_if_name"), ["eth1", "eth1"], "names")
    refused = [e["options"].get("refused", 0) for e in got.exporters]
    if refused[0] != 0 or refused[1] < 1000:
        raise AssertionError(f"refused {refused}")


if __name__ == "__main__":
    main()
