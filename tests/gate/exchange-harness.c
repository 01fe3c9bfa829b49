/*
 * The exchange of datagrams in a hosted program, watched by the sanitizers: a loop like that of the gate, with a
 * program for each peer. It ends at the end of its standard input and prints what began and what was dropped.
 *
 *   exchange-harness FAMILY PORT REFUSED AMPLIFICATION DATAGRAMS IDLE_MS SESSIONS COMMAND...
 *
 * FAMILY is 4 or 6, REFUSED a port of another service; 0: none is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#undef NULL
#include "../../gate/peers.h"

static char **command;
static int polled;
static u64 started, dropped[DROPS];

static u64 clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * SECOND_NS + (u64)now.tv_nsec;
}

/* What call.S has, with the kernel's way to say what went wrong. */
long system_call(long nr, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(nr, a, b, c, d, e, f);
	return result == -1 ? -errno : result;
}

long system_call_of_three(long nr, long a, long b, long c)
{
	return system_call(nr, a, b, c, 0, 0, 0);
}

static s32 start(const struct ends *ends)
{
	int pair[2];
	(void)ends;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	if (fork() == 0) {
		dup2(pair[1], 0);
		dup2(pair[1], 1);
		execvp(command[0], command);
		_exit(127);
	}
	close(pair[1]);
	started++;
	return pair[0];
}

static void is_started(struct peer *peer)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = peer};
	if (epoll_ctl(polled, EPOLL_CTL_ADD, peer->pair, &event) != 0)
		abort();
}

static void is_ended(struct peer *peer)
{
	(void)peer;
}

static void is_dropped(enum drop drop, const struct ends *ends)
{
	(void)ends;
	dropped[drop]++;
}

static const struct exchange_host host = {start, is_started, is_ended, is_dropped};

static int listener(int is_v4, u16 port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int on = 1, fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int option = is_v4 ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
			   : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	if (option != 0 || bind(fd, is_v4 ? (void *)&v4 : (void *)&v6, is_v4 ? sizeof v4 : sizeof v6) != 0) {
		perror("the socket");
		exit(1);
	}
	return fd;
}

static void poll_fd(int fd, void *data)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
	if (epoll_ctl(polled, EPOLL_CTL_ADD, fd, &event) != 0)
		abort();
}

static void say(void)
{
	printf("started %llu, dropped", (unsigned long long)started);
	for (u32 i = 0; i < DROPS; i++)
		printf(" %llu", (unsigned long long)dropped[i]);
	printf("\n");
	exit(0);
}

int main(int argc, char **argv)
{
	static int ends_here, asks_here;
	if (argc < 9)
		return 2;
	u64 rate = strtoull(argv[5], NULL, 10);
	u16 port = (u16)atoi(argv[2]);
	const struct peer_limits limits = {.peers = (u32)atoi(argv[7]),
					   .burst = (u32)rate,
					   .interval_ns = SECOND_NS / rate,
					   .idle_ns = strtoull(argv[6], NULL, 10) * MS_NS,
					   .amplification = (u32)atoi(argv[4])};
	command = argv + 8;
	signal(SIGCHLD, SIG_IGN);
	polled = epoll_create1(EPOLL_CLOEXEC);
	int fd = listener(atoi(argv[1]) == 4, port);
	peers_open(&limits);
	peers_refuse_port((u16)atoi(argv[3]));
	exchange_open(&host);
	poll_fd(0, &ends_here);
	poll_fd(fd, &asks_here);
	fputs("ready\n", stdout);
	fflush(stdout);
	for (;;) {
		struct epoll_event event;
		struct peer *idle;
		int count = epoll_wait(polled, &event, 1, 20);
		u64 now = clock_ns();
		if (count == 1 && event.data.ptr == &ends_here)
			say();
		if (count == 1 && event.data.ptr == &asks_here)
			exchange_request(0, fd, now);
		else if (count == 1)
			exchange_answer(event.data.ptr, fd, (event.events & (EPOLLRDHUP | EPOLLHUP)) != 0, now);
		while ((idle = peer_idle(now)))
			exchange_end(idle, fd, now);
	}
}
