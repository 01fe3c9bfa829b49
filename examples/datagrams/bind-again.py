#!/usr/bin/env python3
"""The textbook way to give each UDP peer a socket: bind the port again, connect, serve. It loses and leaks datagrams.

usage: bind-again.py [PAUSE]     seconds between bind and connect, as a busy machine or a fork makes them: 0.2
"""
import socket
import sys
import threading
import time

PAUSE = float(sys.argv[1]) if len(sys.argv) > 1 else 0.2
HOST = '127.0.0.1'


def bound(port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    return made


def drained(sock):
    """All that waits in a socket, with its senders."""
    found = []
    sock.settimeout(0.3)
    try:
        while True:
            found.append(sock.recvfrom(100))
    except TimeoutError:
        return found


listener = bound(0)
port = listener.getsockname()[1]
anna, berta = bound(0), bound(0)

anna.sendto(b'first of anna', (HOST, port))
_, peer = listener.recvfrom(100)  # The listener has read it, so no session ever does.
session = bound(port)  # From here on the session receives what anybody sends.
late = threading.Timer(0.1, berta.sendto, (b'secret of berta', (HOST, port)))
late.start()
time.sleep(PAUSE)
session.connect(peer)  # From here on only what its peer sends. What waits stays.
late.join()
anna.sendto(b'second of anna', (HOST, port))

texts = [text.decode() for text, _ in drained(session)]
for text in texts:
    session.send(f'answer to {text}'.encode())
print("anna's session read:", ', '.join(texts) or 'nothing')
print('lost:', 'no' if 'first of anna' in texts else 'first of anna')
print('leaked:', 'secret of berta' if 'secret of berta' in texts else 'no')
print('anna was told:', ', '.join(text.decode() for text, _ in drained(anna)) or 'nothing')
print('berta was told:', ', '.join(text.decode() for text, _ in drained(berta)) or 'nothing')
