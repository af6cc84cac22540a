# SPDX-License-Identifier: BSD-2-Clause
# A socket on the loopback that counts what comes and keeps nothing: its filter turns every datagram
# down, and the kernel counts those (SK_MEMINFO_DROPS), for a small part of what receiving them would
# take from who sends them on the same processors.  Prints its port; for each line that it is given the
# datagrams since it was asked last.
import ctypes
import socket
import struct
import sys

SO_MEMINFO, SO_ATTACH_FILTER, DROPS = 55, 26, 8
turn_down = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # BPF: ret #0
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(turn_down)))
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
before = 0
for _ in iter(sys.stdin.readline, ""):
    now = struct.unpack_from("9I", s.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[DROPS]
    print((now - before) & 0xFFFFFFFF, flush=True)
    before = now
