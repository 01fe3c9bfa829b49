"""Answers DNS (RFC 1035) over UDP: the addresses of names, from a file as hosts(5) describes it.

Each read is one question and each write one answer, as `handoff: peer` hands them over. Names that the file lacks are refused.
"""

import ipaddress
import os
import sys

LONGEST_ANSWER = 512
HEADER = 12
TYPES = {1: 4, 28: 6}  # A and AAAA
ANY = 255
TTL = 300
ANSWER, AUTHORITATIVE, TRUNCATED, RECURSION_DESIRED, OPCODE = 0x8000, 0x0400, 0x0200, 0x0100, 0x7800
FORMAT_ERROR, NOT_IMPLEMENTED, REFUSED = 1, 4, 5


def read_names(path):
    """The addresses of each name."""
    names = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            address, *aliases = line.partition("#")[0].split() or [None]
            for name in aliases:
                names.setdefault(name.lower(), []).append(ipaddress.ip_address(address))
    return names


def question_of(message):
    """The name, the type and the end of the only question; None where there is another number of them, or a part is missing."""
    if message[4:6] != b"\0\1":
        return None
    labels, place = [], HEADER
    while place < len(message) and 0 < message[place] < 64:
        end = place + 1 + message[place]
        labels.append(message[place + 1 : end].decode("ascii", "replace"))
        place = end
    if message[place : place + 1] != b"\0" or len(message) < place + 5 or message[place + 3 : place + 5] != b"\0\1":
        return None
    return ".".join(labels).lower(), int.from_bytes(message[place + 1 : place + 3], "big"), place + 5


def records_of(addresses, kind):
    """The records that answer a question of this kind; each begins with a reference to the name in the question."""
    for number, version in TYPES.items():
        for address in addresses:
            if address.version == version and kind in (number, ANY):
                data = address.packed
                yield b"\xc0\x0c" + number.to_bytes(2, "big") + b"\0\1" + TTL.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def reply(message, names):
    """The answer, or None for what is no question: to answer an answer would have no end."""
    flags = int.from_bytes(message[2:4], "big")
    if len(message) < HEADER or flags & ANSWER:
        return None
    flags = ANSWER | flags & (OPCODE | RECURSION_DESIRED)
    question, records = question_of(message), []
    if flags & OPCODE:
        flags |= NOT_IMPLEMENTED
    elif question is None:
        flags |= FORMAT_ERROR
    elif question[0] not in names:
        flags |= REFUSED
    else:
        flags |= AUTHORITATIVE
        records = list(records_of(names[question[0]], question[1]))
    asked = message[HEADER : question[2]] if question else b""
    if HEADER + len(asked) + sum(map(len, records)) > LONGEST_ANSWER:
        flags, records = flags | TRUNCATED, []
    counts = [1 if question else 0, len(records), 0, 0]
    head = message[:2] + flags.to_bytes(2, "big") + b"".join(count.to_bytes(2, "big") for count in counts)
    return head + asked + b"".join(records)


def main(path):
    names = read_names(path)
    while message := os.read(0, 65535):
        answer = reply(message, names)
        if answer is not None:
            os.write(1, answer)


main(sys.argv[1])
