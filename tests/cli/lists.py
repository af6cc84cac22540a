# SPDX-License-Identifier: BSD-2-Clause
"""Lists of RFC 6313 in IPFIX, YAF's among them; run by lists.sh."""
import json
import time

from exportlab import (FLOW, V, Collected, be, case, flow, flowset, has, ip, ipfix, main, same,
                       templates10, variable)

BASIC, SUB, MULTI = 291, 292, 293
CERT = 6871
NONE, ONE, SOME, ALL, ORDERED, UNDEFINED = 0, 1, 2, 3, 4, 255


def basic(semantic, element, length, values, enterprise=None):
    head = be(semantic, 1)
    head += (be(element, 2) + be(length, 2) if enterprise is None
             else be(element | 0x8000, 2) + be(length, 2) + be(enterprise, 4))
    return variable(head + b"".join(values))


def sub(semantic, template, records, long=False):
    return variable(be(semantic, 1) + be(template, 2) + b"".join(records), long)


def multi(semantic, *parts):
    body = be(semantic, 1)
    for template, records in parts:
        content = b"".join(records)
        body += be(template, 2) + be(4 + len(content), 2) + content
    return variable(body)


def collected(fields, value, *templates):
    return Collected([ipfix(templates10((256, FLOW + fields), *templates), flowset(256, flow() + value, pad=1))])


def other(fields, value, *templates):
    return collected(fields, value, *templates).row["other"]


@case
def basic_lists():
    same(other([(BASIC, V)], basic(ALL, 457, 2, [be(200, 2), be(404, 2)])),
         {"basicList": {"semantic": "allOf", "httpStatusCode": [200, 404]}}, "numbers")
    same(other([(BASIC, V)], basic(ORDERED, 460, V, [variable(b"a.example"), variable(b"b", long=True)])),
         {"basicList": {"semantic": "ordered", "httpRequestHost": ["a.example", "b"]}}, "texts")
    same(other([(BASIC, V)], basic(NONE, 8, 4, [ip("10.1.2.3")])),
         {"basicList": {"semantic": "noneOf", "sourceIPv4Address": ["10.1.2.3"]}}, "addresses")
    same(other([(BASIC, V)], basic(UNDEFINED, 1, 2, [b"\x01\x02"], 99999)),
         {"basicList": {"semantic": "undefined", "99999/1": ["0102"]}}, "an unknown element")
    same(other([(BASIC, V)], basic(7, 457, 2, [])), {"basicList": {"semantic": 7, "httpStatusCode": []}}, "empty")


@case
def lists_that_iana_names():
    """bgpSourceCommunityList and its like are basicLists by their element's type"""
    same(other([(484, V)], basic(ALL, 483, 4, [be(65000 << 16 | 1, 4)])),
         {"bgpSourceCommunityList": {"semantic": "allOf", "bgpCommunity": [65000 << 16 | 1]}}, "communities")


@case
def lists_of_templates():
    inner = (300, [(8, 4), (56, 6), (276, 1), (83, 8)])
    record = ip("10.9.9.9") + bytes([0, 1, 2, 3, 4, 5]) + b"\x01" + b"eth0\0\0\0\0"
    value = {"sourceIPv4Address": "10.9.9.9", "sourceMacAddress": "00:01:02:03:04:05",
             "dataRecordsReliability": True, "interfaceDescription": "eth0"}
    same(other([(SUB, V)], sub(ALL, 300, [record, record]), inner),
         {"subTemplateList": {"semantic": "allOf", "records": [value, value]}}, "a subTemplateList")
    same(other([(MULTI, V)], multi(ONE, (300, [record]), (301, [be(7, 4)]), (300, [record])), inner,
               (301, [(99, 4)])),
         {"subTemplateMultiList": {"semantic": "exactlyOneOf", "records": [
             value, {"multicastReplicationFactor": 7}, value]}}, "a subTemplateMultiList")
    same(other([(SUB, V)], sub(ALL, 300, [], long=True), inner),
         {"subTemplateList": {"semantic": "allOf", "records": []}}, "an empty one")


@case
def what_a_flow_needs_of_yafs_list_becomes_columns():
    """YAF 2.16: flags, MACs and payload in a subTemplateMultiList"""
    tcp = (0xc013, [(184, 4), (14, 1, CERT), (15, 1, CERT), (14 | 0x4000, 1, CERT), (15 | 0x4000, 1, CERT),
                    (184, 4, 29305)])
    macs = (0xc004, [(56, 6), (80, 6)])
    payload = (0xc018, [(18, V, CERT), (18 | 0x4000, V, CERT)])
    got = collected([(MULTI, V)], multi(
        ALL, (0xc013, [be(1, 4) + bytes([0x02, 0x19, 0x12, 0x18]) + be(2, 4)]),
        (0xc004, [bytes(range(6)) + bytes(range(6, 12))]),
        (0xc018, [variable(b"GET /") + variable(b"HTTP/1.1 200")])), tcp, macs, payload)
    has(got.row, initial_tcp_flags=0x02, tcp_flags=0x1b, rev_initial_tcp_flags=0x12, rev_tcp_flags=0x1a,
        src_mac="00:01:02:03:04:05", dst_mac="06:07:08:09:0a:0b", payload=b"GET /".hex(),
        rev_payload=b"HTTP/1.1 200".hex(), src_ip="10.0.0.1")
    records = got.row["other"]["subTemplateMultiList"]["records"]
    same(records[0]["cert:reverseUnionTCPFlags"], 0x18, "the list itself")
    same(records[0]["reverseTcpSequenceNumber"], 2, "a reverse of IANA's")


@case
def flags_of_silk_mode_stand_in_the_record():
    got = collected([(14, 1, CERT), (15, 1, CERT)], b"\x02\x19")
    has(got.row, initial_tcp_flags=2, tcp_flags=0x1b)


@case
def what_is_told_twice_or_inside_is_not_the_flows():
    inner, outer = (300, [(56, 6)]), (301, [(SUB, V)])
    mac = bytes(range(6))
    got = collected([(SUB, V)], sub(ALL, 300, [mac, mac]), inner)
    has(got.row, src_mac=None)
    got = collected([(SUB, V)], sub(ALL, 301, [sub(ALL, 300, [mac])]), inner, outer)
    has(got.row, src_mac=None)
    same(got.row["other"]["subTemplateList"]["records"][0]["subTemplateList"]["records"],
         [{"sourceMacAddress": "00:01:02:03:04:05"}], "the list inside")
    # what the record itself says holds
    got = collected([(56, 6), (SUB, V)], b"\xff" * 6 + sub(ALL, 300, [mac]), inner)
    has(got.row, src_mac="ff:ff:ff:ff:ff:ff")


@case
def what_cannot_be_read_is_hex():
    for name, value in (
            ("an unknown template", be(ALL, 1) + be(999, 2) + b"abc"),
            ("a record that is cut", be(ALL, 1) + be(300, 2) + b"\0" * 5),
            ("no octets", b""),
            ("half a template id", be(ALL, 1) + b"\x01"),
    ):
        same(other([(SUB, V)], variable(value), (300, [(56, 6)])), {"subTemplateList": value.hex()}, name)
    for name, value in (
            ("a part shorter than its header", be(ALL, 1) + be(300, 2) + be(3, 2)),
            ("a part beyond the list", be(ALL, 1) + be(300, 2) + be(11, 2) + b"\0" * 6),
            ("a part that is cut", be(ALL, 1) + be(300, 2) + be(10, 2) + b"\0" * 6 + b"\x01"),
    ):
        same(other([(MULTI, V)], variable(value), (300, [(56, 6)])), {"subTemplateMultiList": value.hex()}, name)
    for name, value in (
            ("values of no length", be(ALL, 1) + be(457, 2) + be(0, 2) + b"x"),
            ("half a value", be(ALL, 1) + be(457, 2) + be(2, 2) + b"\0\1\0"),
            ("half an enterprise", be(ALL, 1) + be(0x8001, 2) + be(2, 2) + b"\0"),
    ):
        same(other([(BASIC, V)], variable(value)), {"basicList": value.hex()}, name)


@case
def depth_and_size_are_bounded():
    """a list in a list in a list...: hex from the fifth on; one that grows beyond 256 KiB is hex"""
    value = basic(ALL, 4, 1, [b"\x06"])
    for _ in range(6):
        value = basic(ALL, BASIC, V, [value])
    got = other([(BASIC, V)], value)
    depth = 0
    got = got["basicList"]
    while isinstance(got, dict):
        depth += 1
        got = got["basicList"][0]
    same(depth, 4, "depth")
    bytes.fromhex(got)
    # 60000 records of one octet, told by a name of 39 letters
    many = sub(ALL, 300, [b"\0"] * 60000, long=True)
    got = other([(SUB, V)], many, (300, [(389, 1)]))
    same(len(got["subTemplateList"]), 2 * (len(many) - 3), "hex")


@case
def hostile_lists_take_no_time():
    """lists of lists that break at their end are read over and over, and still bounded"""
    value = be(ALL, 1) + be(457, 2) + be(2, 2) + b"\0"
    for _ in range(3):
        value = be(ALL, 1) + be(BASIC, 2) + be(V, 2) + variable(value) * min(40, 60000 // (len(value) + 3) or 1)
    start = time.monotonic()
    got = Collected([ipfix(templates10((256, FLOW + [(BASIC, V)])),
                           flowset(256, flow() + variable(value), pad=1))] * 5)
    if time.monotonic() - start > 5:
        raise AssertionError(f"{time.monotonic() - start} s")
    same(len(got.rows), 5, "rows")
    json.dumps(got.rows)


@case
def a_template_in_use_by_a_list_may_change():
    """the list is read by the template that is in force when it comes"""
    first = ipfix(templates10((256, FLOW + [(SUB, V)]), (300, [(457, 2)])),
                  flowset(256, flow() + sub(ALL, 300, [be(200, 2)]), pad=1))
    second = ipfix(templates10((300, [(99, 4)])), flowset(256, flow() + sub(ALL, 300, [be(7, 4)]), pad=1), sequence=1)
    same([r["other"]["subTemplateList"]["records"] for r in Collected([first, second]).rows],
         [[{"httpStatusCode": 200}], [{"multicastReplicationFactor": 7}]], "records")


if __name__ == "__main__":
    main()
