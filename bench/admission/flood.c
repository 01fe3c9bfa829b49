/*
 * Connections from one address after the other, each to be reset at once. A peer that is refused in the kernel gets no
 * answer, and its connection never stands.
 *
 *   flood HOST PORT FIRST COUNT      FIRST is the first address; COUNT at most 65536
 *
 * Prints how many connections were tried and how many of them stood, as JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So many are under way at a time, for so long: an answer that comes at all comes at once. */
enum { AT_ONCE = 100, PATIENCE_MS = 20 };

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_one(const struct sockaddr_in *server, struct in_addr source)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = source};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0 ||
	    bind(fd, (const struct sockaddr *)&from, sizeof from) != 0)
		fail("a socket");
	if (connect(fd, (const struct sockaddr *)server, sizeof *server) != 0 && errno != EINPROGRESS)
		fail("connect");
	return fd;
}

/* Standing connections are writable and nothing else. */
static long count_standing(const struct pollfd *connections, size_t count)
{
	long standing = 0;
	for (size_t i = 0; i < count; i++)
		standing += (connections[i].revents & (POLLOUT | POLLERR)) == POLLOUT;
	return standing;
}

static long flood_some(const struct sockaddr_in *server, uint32_t first, size_t count)
{
	struct pollfd connections[AT_ONCE];
	for (size_t i = 0; i < count; i++) {
		struct in_addr source = {htonl(first + (uint32_t)i)};
		connections[i] = (struct pollfd){.fd = open_one(server, source), .events = POLLOUT};
	}
	usleep(PATIENCE_MS * 1000);
	if (poll(connections, count, 0) < 0)
		fail("poll");
	long standing = count_standing(connections, count);
	for (size_t i = 0; i < count; i++)
		close(connections[i].fd);
	return standing;
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};
	struct in_addr first;
	long count = argc == 5 ? atol(argv[4]) : 0, standing = 0;
	if (count < 1 || count > 65536 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &first) != 1) {
		fprintf(stderr, "usage: flood HOST PORT FIRST COUNT\n");
		return 2;
	}
	server.sin_port = htons((uint16_t)atoi(argv[2]));
	for (long done = 0; done < count; done += AT_ONCE) {
		size_t now = count - done < AT_ONCE ? (size_t)(count - done) : AT_ONCE;
		standing += flood_some(&server, ntohl(first.s_addr) + (uint32_t)done, now);
	}
	printf("{\"tried\":%ld,\"standing\":%ld}\n", count, standing);
	return 0;
}
