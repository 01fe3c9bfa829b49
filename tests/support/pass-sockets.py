"""Makes sockets, passes them as sd_listen_fds(3) says or wrongly, and becomes the command behind its description."""
import json, os, socket, sys, time

what = json.loads(sys.argv[1])


def made(wanted):
    kind = getattr(socket, 'SOCK_' + wanted['type'])
    it = socket.socket(getattr(socket, 'AF_' + wanted['family']), kind, wanted.get('protocol', 0))
    for level, option, value in wanted.get('options', []):
        it.setsockopt(getattr(socket, level), getattr(socket, option), value)
    address = wanted['address']
    it.bind(tuple(address) if isinstance(address, list) else address.replace('@', '\0', 1))
    if wanted['family'] == 'UNIX' and not address.startswith('@'):
        os.chmod(address, 0o666)
    if wanted.get('connect'):
        it.connect(tuple(wanted['connect']))
    if wanted['type'] != 'DGRAM' and wanted.get('listen', True):
        it.listen()
    return it.detach()


# Their places overlap with the numbers that they are made with.
high = [os.dup2(made(wanted), 100 + index) for index, wanted in enumerate(what['sockets'])]
os.closerange(3, 100)
for index, number in enumerate(high):
    if index not in what.get('closed', []):
        os.dup2(number, 3 + index, inheritable=True)
    os.close(number)
while 'until' in what and not os.path.exists(what['until']):
    time.sleep(0.01)
# The first command runs in a child, and the sockets stay: the next start comes when the file is there.
if 'again' in what:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        while not os.path.exists(what['again']):
            time.sleep(0.01)
if 'uid' in what:
    os.setgroups([])
    os.setresgid(what['uid'], what['uid'], what['uid'])
    os.setresuid(what['uid'], what['uid'], what['uid'])
os.environ['LISTEN_PID'] = str(os.getpid() + what.get('pid', 0))
os.environ['LISTEN_FDS'] = str(what.get('count', len(high)))
os.environ['LISTEN_FDNAMES'] = what['names']
for name in what.get('unset', []):
    del os.environ[name]
os.execvp(sys.argv[2], sys.argv[2:])
