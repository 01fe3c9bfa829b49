"""Clients and attackers of exchange-harness, in a network namespace of their own: exchange-attacks.py HARNESS SCENARIO..."""
import json, os, random, socket, struct, subprocess, sys, time

HARNESS = sys.argv[1]
ONE, TWO, VICTIM = '10.9.0.1', '10.9.0.2', '10.9.0.9'
BOMB = ['sh', '-c', 'cat | for i in 1 2 3 4 5 6 7 8 9 10; do printf %01000d 0; done; sleep 9']


class Gate:
    def __init__(self, command, port=5001, family=6, refused=0, factor=1, rate=1000, idle=20000, sessions=100):
        numbers = [family, port, refused, factor, rate, idle, sessions]
        words = [HARNESS, *map(str, numbers), *command]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == 'ready\n'

    def counts(self):
        said, _ = self.process.communicate('')
        numbers = [int(word.strip(',')) for word in said.split() if word.strip(',').isdigit()]
        names = ['started', 'source-port', 'sessions', 'empty', 'rate', 'amplification', 'queue-full', 'ended', 'unsent']
        return {name: number for name, number in zip(names, numbers, strict=True) if number}


def client(address=None, port=0, seconds=1.0):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(seconds)
    if address or port:
        made.bind((address or '', port))
    return made


def heard(made):
    try:
        return made.recvfrom(65536)
    except TimeoutError:
        return None


def forge(source, port, to, to_port, payload):
    """A datagram with the address of somebody else."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    udp = struct.pack('!HHHH', port, to_port, 8 + len(payload), 0) + payload
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    raw.sendto(head + socket.inet_aton(source) + socket.inet_aton(to) + udp, (to, 0))


def asked_address(family):
    gate = Gate(['cat'], family=int(family))
    peer = client(ONE)
    answers = []
    for address in (ONE, TWO, '127.0.0.1'):
        peer.sendto(b'hello', (address, 5001))
        answers.append((heard(peer) or [None, [None]])[1][0])
    return {'from': answers, **gate.counts()}


def asked_ipv6():
    gate = Gate(['cat'])
    answers = []
    for address in ('::1', 'fe80::1%lo', 'fe80::2%lo'):
        peer = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        peer.settimeout(1)
        if address != '::1':
            peer.bind(socket.getaddrinfo('fe80::1%lo', 0)[0][4])
        peer.sendto(b'hello', socket.getaddrinfo(address, 5001)[0][4])
        answers.append((heard(peer) or [None, [None]])[1][0])
    return {'from': answers, **gate.counts()}


def interleaved():
    gate = Gate(['cat'])
    peers = [client() for _ in range(16)]
    wrong = right = 0
    for turn in range(50):
        for peer in random.sample(range(16), 16):
            peers[peer].sendto(b'%d of %d' % (turn, peer), (ONE, 5001))
        for number, peer in enumerate(peers):
            answer = heard(peer)
            if answer and answer[0] == b'%d of %d' % (turn, number):
                right += 1
            else:
                wrong += 1
    return {'right': right, 'wrong': wrong, **gate.counts()}


def forged(factor):
    gate = Gate(BOMB, factor=int(factor))
    victim = client(VICTIM, 4000, 0.5)
    sent = received = 0
    for _ in range(5):
        forge(VICTIM, 4000, ONE, 5001, b'x' * 30)
        sent += 58
    while answer := heard(victim):
        received += 28 + len(answer[0])
    return {'sent': sent, 'received': received, **gate.counts()}


def datagrams():
    with open('/proc/net/snmp') as counters:
        return int([line.split()[4] for line in counters if line.startswith('Udp:')][1])


def loop(is_refused, rate):
    ports = [5001, 5002]
    gates = [
        Gate(['cat'], port=port, refused=ports[1 - index] if is_refused == 'refused' else 0, rate=int(rate))
        for index, port in enumerate(ports)
    ]
    before = datagrams()
    forge(ONE, 5001, TWO, 5002, b'round and round')
    time.sleep(1)
    return {'datagrams': datagrams() - before, 'counts': [gate.counts() for gate in gates]}


def daytime():
    gate = Gate(['date'], factor=3)
    peer = client()
    peer.sendto(b'', (ONE, 5001))
    answer = heard(peer)
    time.sleep(0.2)
    low = client(port=19, seconds=0.3)
    low.sendto(b'', (ONE, 5001))
    return {'answer': answer and answer[0].decode(), 'low': heard(low), **gate.counts()}


def bounds():
    """Strangers find the table full and nobody is pushed out; who sends too fast or empty datagrams is not heard."""
    gate = Gate(['cat'], sessions=2, rate=5)
    peers = [client(seconds=0.3) for _ in range(4)]
    for peer in peers:
        peer.sendto(b'first', (ONE, 5001))
    first = [(heard(peer) or [None])[0] for peer in peers]
    peers[0].sendto(b'', (ONE, 5001))
    for _ in range(20):
        peers[1].sendto(b'fast', (ONE, 5001))
    peers[0].sendto(b'again', (ONE, 5001))
    again = heard(peers[0])
    return {'first': [word and word.decode() for word in first], 'again': again and again[0].decode(), **gate.counts()}


def idle():
    gate = Gate(['cat'], sessions=1, idle=200)
    answers = []
    for _ in range(3):
        peer = client()
        peer.sendto(b'hello', (ONE, 5001))
        answers.append(heard(peer) is not None)
        time.sleep(0.4)
    return {'answers': answers, **gate.counts()}


def full_queue():
    gate = Gate(['sleep', '9'], rate=100000)
    peer = client()
    for _ in range(2000):
        peer.sendto(b'x' * 64, (ONE, 5001))
    time.sleep(0.3)
    return gate.counts()


def last_words():
    """A session that shuts its end down, and one that leaves a request unread, have said all before."""
    said = []
    for ending in ('s.shutdown(1); time.sleep(5)', ''):
        program = f'import socket, time; s = socket.socket(fileno=0); s.recv(99); [s.send(b"%d" % i) for i in range(20)]; {ending}'
        gate = Gate([sys.executable, '-c', program], factor=100)
        peer = client(seconds=2)
        for _ in range(3):
            peer.sendto(b'x' * 50, (ONE, 5001))
        said.append([(heard(peer) or [b'none'])[0].decode() for _ in range(20)])
        gate.counts()
    return {'said': said}


for words in (['ip', 'link', 'set', 'lo', 'up'], *(['ip', 'addr', 'add', f'{a}/32', 'dev', 'lo'] for a in (ONE, TWO, VICTIM))):
    subprocess.run(words, check=True)
for address in ('fe80::1', 'fe80::2'):
    subprocess.run(['ip', 'addr', 'add', f'{address}/64', 'dev', 'lo', 'nodad'], check=True)
print(json.dumps(globals()[sys.argv[2]](*sys.argv[3:])))
