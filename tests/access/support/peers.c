/*
 * Peers of any address, in a network namespace where all addresses are local. Each line of standard input is
 * answered by one of standard output:
 *
 *   attach HEX            a datagram socket for both families gets this filter: 0, or the number of the errno
 *   send ADDRESS          a datagram from the address to itself: "kept", "dropped", "none" if it sends none
 *   visit ADDRESS PORT    a connection from the address to itself: "served", "closed", "silent"
 *   ask ADDRESS PORT WORD the same, with the answer to a word for "served"
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int filtered = -1, plain = -1;

static socklen_t address_of(const char *text, int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (void *)address;
	struct sockaddr_in6 *v6 = (void *)address;
	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((unsigned short)port);
		return sizeof *v4;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
		errx(1, "no address: %s", text);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((unsigned short)port);
	return sizeof *v6;
}

static int open_both(int port)
{
	struct sockaddr_storage any;
	socklen_t size = address_of("::", port, &any);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), off = 0;
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) || bind(fd, (void *)&any, size))
		err(1, "a socket of both families");
	return fd;
}

static int attach(const char *hex)
{
	static struct sock_filter program[65536];
	size_t bytes = strlen(hex) / 2;
	for (size_t i = 0; i < bytes; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
		((unsigned char *)program)[i] = (unsigned char)strtoul(two, NULL, 16);
	}
	struct sock_fprog fprog = {.len = (unsigned short)(bytes / 8), .filter = program};
	if (filtered >= 0)
		close(filtered);
	filtered = open_both(2000);
	return setsockopt(filtered, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof fprog) ? errno : 0;
}

/* What is sent second arrives second: one processor has one queue. */
static const char *send_from(const char *text)
{
	struct sockaddr_storage from, to, after;
	socklen_t size = address_of(text, 0, &from);
	address_of(text, 2000, &to);
	address_of(text, 2001, &after);
	char byte = 0;
	int fd = socket(from.ss_family, SOCK_DGRAM, 0);
	int is_sent = fd >= 0 && !bind(fd, (void *)&from, size) && sendto(fd, "x", 1, 0, (void *)&to, size) == 1 &&
		      sendto(fd, "y", 1, 0, (void *)&after, size) == 1;
	close(fd);
	struct pollfd waiting = {.fd = plain, .events = POLLIN};
	if (!is_sent || poll(&waiting, 1, 1000) != 1 || recv(plain, &byte, 1, 0) != 1)
		return "none";
	return recv(filtered, &byte, 1, MSG_DONTWAIT) == 1 ? "kept" : "dropped";
}

static const char *visit(const char *text, int port, const char *word, char *answer, size_t room)
{
	struct sockaddr_storage from, to;
	socklen_t size = address_of(text, 0, &from);
	address_of(text, port, &to);
	int fd = socket(from.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (void *)&from, size))
		err(1, "%s", text);
	struct pollfd waiting = {.fd = fd, .events = POLLOUT};
	const char *result = "silent";
	connect(fd, (void *)&to, size);
	/* Less than the second after which the first packet is sent again. */
	if (poll(&waiting, 1, 700) == 1) {
		waiting.events = POLLIN;
		dprintf(fd, "%s\n", word);
		ssize_t got = poll(&waiting, 1, 20000) == 1 ? recv(fd, answer, room - 1, 0) : -1;
		answer[got > 0 ? got : 0] = 0;
		answer[strcspn(answer, "\n")] = 0;
		result = got > 0 ? "served" : "closed";
	}
	close(fd);
	return result;
}

int main(void)
{
	static char line[1 << 18], argument[1 << 18];
	char word[64], answer[64];
	cpu_set_t one;
	int port;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
	plain = open_both(2001);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "attach %262143s", argument) == 1)
			printf("%d\n", attach(argument));
		else if (sscanf(line, "send %262143s", argument) == 1)
			printf("%s\n", send_from(argument));
		else if (sscanf(line, "visit %262143s %d", argument, &port) == 2)
			printf("%s\n", visit(argument, port, "hello", answer, sizeof answer));
		else if (sscanf(line, "ask %262143s %d %63s", argument, &port, word) == 3)
			printf("%s\n",
			       strcmp(visit(argument, port, word, answer, sizeof answer), "served") ? "" : answer);
		else
			errx(1, "no command: %s", line);
	}
	return 0;
}
