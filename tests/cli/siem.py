#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands for a server of Elasticsearch or Splunk, and for syslog over TCP, in the tests of replay.

siem.py MODE OUT [CERTIFICATE KEY]: prints the port it listens on, and writes what it was given to
OUT, an event a line.  Modes:
  bulk          takes all; an _id that is there already is answered with 409
  bulk-busy     429 for each third event the first time, 503 for the first two requests
  bulk-refuse   refuses each event of which the flow has no TCP flags, with a reason
  bulk-half     503 from the third request on, until there is a file bulk-half.mode
  moved         301
  hec           takes all; acknowledges each request when it was asked twice
  hec-deaf      takes all and acknowledges nothing, ever
  forbid        403
  lines         takes lines
  garbage       answers with something that is no JSON
"""
import http.server
import json
import os
import ssl
import sys

MODE, OUT = sys.argv[1:3]
seen, asked, tried = set(), {}, {"requests": 0, "events": set(), "ack": 0}
out = open(OUT, "a", buffering=1)


def bulk(body):
    lines = body.decode().splitlines()
    items, errors = [], False
    for action, event in zip(lines[::2], lines[1::2]):
        key = json.loads(action)["create"].get("_id")
        status, error = 201, None
        if key is not None and key in seen:
            status = 409
        elif MODE == "bulk-busy" and len(tried["events"]) % 3 == 0 and key not in tried["events"]:
            status = 429
        elif MODE == "bulk-refuse" and "tcp_control_bits" not in json.loads(event).get("netflow", {}):
            status = 400
            error = {"type": "mapper_parsing_exception", "reason": "no flags\x1b[31m"}
        tried["events"].add(key)
        if status == 201:
            seen.add(key)
            out.write(event + "\n")
        errors |= status != 201
        items.append({"create": {"status": status, "_id": key, **({"error": error} if error else {})}})
    return {"took": 1, "errors": errors, "items": items}


def hec(handler, body):
    decoder, text, at = json.JSONDecoder(), body.decode(), 0
    while at < len(text):
        event, at = decoder.raw_decode(text, at)
        out.write(json.dumps(event) + "\n")
        while at < len(text) and text[at].isspace():
            at += 1
    answer = {"text": "Success", "code": 0}
    if handler.headers.get("X-Splunk-Request-Channel"):
        answer["ackId"] = tried["ack"]
        tried["ack"] += 1
    return answer


def acks(body):
    wanted = json.loads(body)["acks"]
    for n in wanted:
        asked[n] = asked.get(n, 0) + 1
    return {"acks": {str(n): MODE == "hec" and asked[n] > 1 for n in wanted}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, value):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        tried["requests"] += 1
        with open(OUT + ".requests", "a") as log:
            log.write(f"{self.path} {self.headers.get('Authorization')} {self.headers['Content-Type']}\n")
        if MODE == "forbid":
            self.answer(403, {"text": "Invalid token", "code": 4})
        elif MODE == "garbage":
            self.answer(200, b"<html>")
        elif MODE == "bulk-busy" and tried["requests"] <= 2:
            self.answer(503, {"error": {"reason": "warming up"}})
        elif MODE == "bulk-half" and tried["requests"] > 2 and not os.path.exists("bulk-half.mode"):
            self.answer(503, b"")
        elif MODE == "moved":
            self.answer(301, b"")
        elif MODE == "lines":
            out.write(body.decode())
            self.answer(200, {})
        elif MODE.startswith("bulk"):
            self.answer(200, bulk(body))
        elif "/ack?channel=" in self.path:
            self.answer(200, acks(body))
        else:
            self.answer(200, hec(self, body))


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
