/*
 * The clients of the soak: connections of all kinds, in a mix that is the same each time.
 *
 *   clients PORT COUNT CONCURRENCY LINE FIRST   connections of the mix, from this one on
 *   clients PORT COUNT hold                     so many at a time that say nothing, until the server ends them
 *
 * Every connection has to end as its kind does. Prints how many there were of each, as JSON; the exit status is 1 when
 * one ended otherwise.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { NORMAL, RESET, REFUSED, IDLE, CRASH, DENIED, PENALTY, KINDS };
enum { MOST = 1024, STALL_MS = 20000, MOST_IDLE = 128 };

/* The share of a hundred, the network that the clients come from and the byte that they say; zero: none. */
static const struct {
	const char *name;
	unsigned int share;
	uint32_t network;
	char wish;
} kinds[KINDS] = {
	[NORMAL] = {"normal", 22, 0x7f010000, 'n'},   [RESET] = {"reset", 36, 0x7f020000, 0},
	[REFUSED] = {"refused", 25, 0x7f420000, 'n'}, [IDLE] = {"idle", 2, 0x7f030000, 0},
	[CRASH] = {"crash", 4, 0x7f040000, 'c'},      [DENIED] = {"denied", 4, 0x7f050000, 'd'},
	[PENALTY] = {"penalty", 7, 0x7f4d0000, 'p'},
};

struct client {
	int fd;
	enum kind kind;
	size_t received;
};

static struct {
	struct sockaddr_in server;
	char line[256];
	uint64_t next, until;
	size_t concurrency, live, idle;
	int epoll;
	uint64_t count[KINDS];
	uint64_t wrong;
	char failure[128];
	struct client clients[MOST];
	struct client *free[MOST];
	size_t free_count;
} soak;

static void go_wrong(enum kind kind, const char *what, int error)
{
	if (soak.wrong++ == 0)
		snprintf(soak.failure, sizeof soak.failure, "%s: %s: %s", kinds[kind].name, what,
			 error ? strerror(error) : "not as it should");
}

/* The kinds of a hundred are spread: 37 has no divisor in common with 100. */
static enum kind kind_of(uint64_t number)
{
	unsigned int place = (unsigned int)(number * 37 % 100), kind = 0;
	while (place >= kinds[kind].share)
		place -= kinds[kind++].share;
	return (enum kind)kind;
}

static bool connect_from(int fd, enum kind kind, uint64_t number)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	const struct sockaddr_in from = {.sin_family = AF_INET,
					 .sin_addr = {htonl(kinds[kind].network + (uint32_t)(number % 65000))}};
	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0 &&
	       bind(fd, (const struct sockaddr *)&from, sizeof from) == 0 &&
	       connect(fd, (const struct sockaddr *)&soak.server, sizeof soak.server) == 0;
}

/* Blocks only until the kernel has put the connection into the server's queue. */
static int open_one(enum kind kind, uint64_t number)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	soak.count[kind]++;
	if (fd < 0 || !connect_from(fd, kind, number)) {
		go_wrong(kind, "connect", errno);
		close(fd);
		return -1;
	}
	if (kind == RESET) {
		close(fd);
		return -1;
	}
	if (kinds[kind].wish)
		/* One that is refused may be closed already. */
		send(fd, &kinds[kind].wish, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	return fd;
}

static void start(enum kind kind, uint64_t number)
{
	int fd = open_one(kind, number);
	if (fd < 0)
		return;
	struct client *client = soak.free[--soak.free_count];
	*client = (struct client){.fd = fd, .kind = kind};
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = client}};
	epoll_ctl(soak.epoll, EPOLL_CTL_ADD, fd, &event);
	soak.live++;
	soak.idle += kind == IDLE;
}

static void finish(struct client *client)
{
	close(client->fd);
	soak.live--;
	soak.idle -= client->kind == IDLE;
	soak.free[soak.free_count++] = client;
}

/* Only a normal client is told anything; all others see the end, or a reset. */
static void proceed(struct client *client)
{
	char buffer[512];
	ssize_t size = recv(client->fd, buffer, sizeof buffer, MSG_DONTWAIT);
	if (size < 0 && errno == EAGAIN)
		return;
	size_t wanted = client->kind == NORMAL ? strlen(soak.line) : 0;
	if (size > 0) {
		size_t left = wanted - client->received;
		if ((size_t)size <= left && memcmp(buffer, soak.line + client->received, (size_t)size) == 0) {
			client->received += (size_t)size;
			return;
		}
		go_wrong(client->kind, "the answer differs", 0);
	} else if (client->received < wanted) {
		go_wrong(client->kind, "the answer ended early", size < 0 ? errno : 0);
	}
	finish(client);
}

static void wait_for_some(void)
{
	struct epoll_event events[64];
	int ready = epoll_wait(soak.epoll, events, 64, STALL_MS);
	if (ready <= 0) {
		fprintf(stderr, "clients: %zu connections do not end\n", soak.live);
		exit(2);
	}
	for (int i = 0; i < ready; i++)
		proceed(events[i].data.ptr);
}

/* Those that wait for a deadline hold up the others only when there are many. */
static void run_mix(void)
{
	while (soak.next < soak.until || soak.live > 0) {
		while (soak.next < soak.until && soak.live - soak.idle < soak.concurrency && soak.idle < MOST_IDLE) {
			start(kind_of(soak.next), soak.next);
			soak.next++;
		}
		if (soak.live > 0)
			wait_for_some();
	}
}

static void run_held(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		start(IDLE, i);
	while (soak.live > 0)
		wait_for_some();
}

static int report(void)
{
	printf("{\"wrong\":%llu,\"failure\":\"%s\"", (unsigned long long)soak.wrong, soak.failure);
	for (int kind = 0; kind < KINDS; kind++)
		printf(",\"%s\":%llu", kinds[kind].name, (unsigned long long)soak.count[kind]);
	puts("}");
	return soak.wrong > 0;
}

int main(int argc, char **argv)
{
	if (argc != 6 && argc != 4) {
		fprintf(stderr, "usage: clients PORT COUNT CONCURRENCY LINE FIRST\n       clients PORT COUNT hold\n");
		return 2;
	}
	uint64_t count = strtoull(argv[2], NULL, 10);
	soak.server = (struct sockaddr_in){.sin_family = AF_INET,
					   .sin_port = htons((uint16_t)atoi(argv[1])),
					   .sin_addr = {htonl(INADDR_LOOPBACK)}};
	soak.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < MOST; i++)
		soak.free[soak.free_count++] = &soak.clients[i];
	if (argc == 4) {
		run_held(count < MOST ? count : MOST);
		return report();
	}
	soak.concurrency = strtoull(argv[3], NULL, 10);
	snprintf(soak.line, sizeof soak.line, "%s\n", argv[4]);
	soak.next = strtoull(argv[5], NULL, 10);
	soak.until = soak.next + count;
	if (soak.concurrency < 1 || soak.concurrency > MOST - MOST_IDLE) {
		fprintf(stderr, "clients: expected a concurrency from 1 to %d\n", MOST - MOST_IDLE);
		return 2;
	}
	run_mix();
	return report();
}
