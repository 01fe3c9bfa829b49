"""Peers of services in a network of their own, honest ones and others: peer-clients.py SCENARIO ARGUMENT... prints JSON."""
import json, random, socket, struct, sys, time

ONE, TWO, VICTIM = '10.9.0.1', '10.9.0.2', '10.9.0.9'
PAD = b' ' * 400


def client(address=None, port=0, seconds=3.0, family=socket.AF_INET):
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.settimeout(seconds)
    if address or port:
        made.bind((address or '', port))
    return made


def heard(made):
    """The text of a datagram and the address that it came from."""
    try:
        data, source = made.recvfrom(65536)
        return data.decode(), source[0]
    except TimeoutError:
        return None, None


def asked(made, text, to):
    made.sendto(text + PAD, to)
    return heard(made)


def forge(source, port, to, to_port, payload):
    """A datagram with the address of somebody else."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    udp = struct.pack('!HHHH', port, to_port, 8 + len(payload), 0) + payload
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    raw.sendto(head + socket.inet_aton(source) + socket.inet_aton(to) + udp, (to, 0))


def addresses(port):
    """Who asks several addresses has a session of each, and hears from the one that was asked."""
    peer, other = client('10.9.0.3', 4001), client(family=socket.AF_INET6)
    said = [asked(peer, b'who', (address, int(port))) for address in (ONE, TWO, ONE)]
    return [*said, asked(other, b'who', ('fd00::2', int(port), 0, 0))]


def interleaved(port):
    """Each of many peers is answered by a session of its own, which hears nobody else."""
    peers = [client() for _ in range(16)]
    wrong, seen = 0, [set() for _ in peers]
    for turn in range(30):
        for number in random.sample(range(16), 16):
            peers[number].sendto(b'%d-of-%d' % (turn, number) + PAD, (ONE, int(port)))
        for number, peer in enumerate(peers):
            text, source = heard(peer)
            pid, word = (text or '0 none').split(' ')
            wrong += source != ONE or word != f'{turn}-of-{number}'
            seen[number].add(pid)
    return {'wrong': wrong, 'sessions': [len(pids) for pids in seen], 'apart': len(set.union(*seen))}


def forged(port):
    """Requests in the name of a victim, twice as a careful spoofer sends them; the bytes on each side, headers counted."""
    victim = client(VICTIM, 4000, 1.0)
    sent = received = 0
    for _ in range(5):
        forge(VICTIM, 4000, ONE, int(port), b'bomb 40')
        sent += 28 + 7
    while (answer := heard(victim)[0]) is not None:
        received += 28 + len(answer)
    return {'sent': sent, 'received': received}


def answers():
    """So many datagrams were sent by sockets that know their address, as all but forged ones are."""
    with open('/proc/net/snmp') as counters:
        return int([line.split()[4] for line in counters if line.startswith('Udp:')][1])


def loop(port, other):
    """One datagram that seems to come from one echo service and goes to another; the number of answers in a second."""
    before = answers()
    forge(ONE, int(port), ONE, int(other), b'round and round')
    time.sleep(1)
    return answers() - before


def stranger(port):
    """One request from each address; nobody is there for whom it is refused."""
    return [asked(client(f'10.9.0.{last}', seconds=0.7), b'word', (ONE, int(port)))[0] is not None for last in (3, 4)]


print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
