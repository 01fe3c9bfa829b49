"""Answers whois (RFC 3912): one line with an address or a network, then what the file of networks says about the smallest that holds it.

The file has one paragraph a network. Its first line is `inetnum:` or `inet6num:` and the network, the others are for people.
"""

import ipaddress
import sys

LONGEST_QUERY = 256


def paragraphs(path):
    """Each paragraph as its lines; a line that begins with % is a comment."""
    lines = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            line = line.rstrip()
            if line and not line.startswith("%"):
                lines.append(line)
            elif not line and lines:
                yield lines
                lines = []
    if lines:
        yield lines


def smallest_holding(wanted, path):
    """The paragraph of the smallest network that holds the wanted one, or None."""
    best, answer = None, None
    for lines in paragraphs(path):
        key, _, value = lines[0].partition(":")
        try:
            network = ipaddress.ip_network(value.strip())
        except ValueError as problem:
            # Standard error is the log: a mistake in the file is not the client's business.
            print(f"{path}: {key}: {problem}", file=sys.stderr)
            continue
        if network.version != wanted.version or not wanted.subnet_of(network):
            continue
        if best is None or network.prefixlen > best.prefixlen:
            best, answer = network, lines
    return answer


def reply(query, path):
    try:
        wanted = ipaddress.ip_network(query, strict=False)
    except ValueError:
        return ["% Ask for an address or a network, such as 192.0.2.1 or 2001:db8::/48."]
    return smallest_holding(wanted, path) or ["% No network here holds that."]


def main(path):
    query = sys.stdin.buffer.readline(LONGEST_QUERY).decode("ascii", "replace").strip()
    text = "".join(f"{line}\r\n" for line in reply(query, path))
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


try:
    main(sys.argv[1])
except ConnectionError:
    # The client has gone. Python tries to write once more when it ends, unless there is nothing to write to.
    sys.stdout = None
