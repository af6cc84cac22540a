# SPDX-License-Identifier: BSD-2-Clause
"""stream_sink.py NAME [break=OCTETS] [late=FILE] [tls=CERT,KEY,CA]: accepts connections on a free
port of the loopback, which it prints, several at a time, and writes what each brought to NAME.1,
NAME.2 and so on, in the order in which they were made, until SIGTERM.  break: the first is reset when so much has come; late: begins to
read once that file is there; deaf: nobody ever reads; port: this one; once: after the first is reset
nobody listens any more."""

import itertools
import os
import signal
import socket
import ssl
import struct
import sys
import threading
import time


listener = []
accepted = threading.Event()  # the newest connection has its number


def receive(c, limit):
    data = b""
    while limit is None or len(data) < limit:
        try:
            got = c.recv(65536 if limit is None else min(65536, limit - len(data)))
        except (ConnectionError, ssl.SSLError):
            break
        if not got:
            break
        data += got
    return data


def serve(c, numbers, name, options, context):
    number = next(numbers) if not context else 0
    accepted.set()
    try:
        if context:
            c = context.wrap_socket(c, server_side=True)
            number = next(numbers)
    except (ConnectionError, ssl.SSLError):
        c.close()
        return
    if number == 1:
        while "late" in options and not os.path.exists(options["late"]):
            time.sleep(0.05)
    limit = int(options["break"]) if "break" in options and number == 1 else None
    data = receive(c, limit)
    if "once" in options:
        listener[0].shutdown(socket.SHUT_RDWR)
    if limit is not None:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with open("%s.%d.part" % (name, number), "wb") as out:
        out.write(data)
    os.rename("%s.%d.part" % (name, number), "%s.%d" % (name, number))
    c.close()


def main():
    name, options = sys.argv[1], dict(a.split("=", 1) for a in sys.argv[2:])
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    sock = socket.socket()
    if {"late", "break", "deaf"} & set(options):  # what is acknowledged and not read is little
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", int(options.get("port", 0))))
    sock.listen(16)
    print(sock.getsockname()[1], flush=True)
    listener.append(sock)
    context = None
    if "tls" in options:
        cert, key, ca = options["tls"].split(",")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    numbers, kept = itertools.count(1), []
    while True:
        try:
            c, _ = sock.accept()
        except OSError:
            signal.pause()
        if "deaf" in options:
            kept.append(c)
            continue
        accepted.clear()
        threading.Thread(target=serve, args=(c, numbers, name, options, context), daemon=True).start()
        accepted.wait()


main()
