# SPDX-License-Identifier: BSD-2-Clause
"""sink.py FILE [ADDRESS]: receives datagrams on a free port of the loopback (127.0.0.1, or ::1),
which it prints, and writes them as a pcap file (raw IPv4) on SIGTERM: what a capture would have,
without privileges."""

import signal
import socket
import struct
import sys


def main():
    got = []
    address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((address, 0))
    port = sock.getsockname()[1]

    sock.settimeout(0.05)

    # The signal is only noted: a datagram that was just received must not be lost by it.
    stopping = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    print(port, flush=True)
    while True:
        try:
            data, sender = sock.recvfrom(65536)
            got.append((data, sender[0]))
        except TimeoutError:
            if stopping:
                break
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for n, (data, sender) in enumerate(got):
            source = b"\x7f\0\0\1" if ":" in sender else socket.inet_aton(sender)
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), n & 0xffff, 0, 64, 17, 0,
                             source, b"\x7f\0\0\1")
            packet = ip + struct.pack(">HHHH", 40000, port, 8 + len(data), 0) + data
            out.write(struct.pack("<IIII", 0, n, len(packet), len(packet)) + packet)


main()
