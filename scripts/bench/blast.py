"""Publishes the lines of standard input at QoS 1, prepared before the clock starts, and prints the seconds.

This is what the broker takes at the most: a client that has nothing to do but write.

    blast.py PORT TOPIC <lines
"""

import socket
import struct
import sys
import time

AHEAD = 1000  # messages before their acknowledgements


def packet(kind, body):
    n, length = len(body), b""
    while True:
        n, digit = n >> 7, n & 127
        length += bytes([digit | (128 if n else 0)])
        if not n:
            return bytes([kind]) + length + body


def text(s):
    return struct.pack(">H", len(s)) + s


topic = text(sys.argv[2].encode())
lines = sys.stdin.buffer.read().split(b"\n")[:-1]
packets = [packet(0x32, topic + struct.pack(">H", i % 65535 + 1) + line) for i, line in enumerate(lines)]

conn = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
conn.sendall(packet(0x10, text(b"MQTT") + b"\4\2\0\x3c" + text(b"blast")))
if conn.recv(4)[3:] != b"\0":
    sys.exit("the broker does not let us in")

start, sent, acked = time.monotonic(), 0, 0
while acked < 4 * len(packets):  # bytes: a PUBACK has four
    room = min(AHEAD - (sent - acked // 4), len(packets) - sent)
    if room >= AHEAD // 4 or room and sent + room == len(packets):
        conn.sendall(b"".join(packets[sent : sent + room]))
        sent += room
    answer = conn.recv(65536)
    if not answer:
        sys.exit("the broker hung up")
    acked += len(answer)
print(f"{time.monotonic() - start:.2f}")
