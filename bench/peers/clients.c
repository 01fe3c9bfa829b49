/*
 * Peers of a datagram socket that answers each message with the same bytes.
 *
 *   clients HOST PORT trips COUNT                    round trips of one peer, one after the other
 *   clients HOST PORT peers PEERS SECONDS TRIPS      so many peers interleaved; each makes way for another one, of
 *                                                    another port, after its trips
 *
 * A message says which port it is of and which one of that peer's it is. One JSON object is printed.
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
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* An answer that has not come for this long is lost. The empty first datagram is none: a session is not told of it. */
enum { MOST_PEERS = 4096, LOST_MS = 5000 };

struct message {
	char kind;
	char is_foreign; /* Set by a session that has had a datagram of another peer. */
	uint16_t port;
	uint32_t number;
	char rest[24];
};

struct peer {
	int fd;
	struct message sent;
	uint64_t trips;
};

static struct {
	struct sockaddr_in server;
	uint64_t good, wrong, foreign, lost, peers;
} tally;

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "clients: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void open_peer(struct peer *peer)
{
	struct sockaddr_in own;
	socklen_t size = sizeof own;
	const struct timeval patience = {.tv_sec = LOST_MS / 1000};
	*peer = (struct peer){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	if (peer->fd < 0 || connect(peer->fd, (struct sockaddr *)&tally.server, sizeof tally.server) != 0 ||
	    getsockname(peer->fd, (struct sockaddr *)&own, &size) != 0 ||
	    setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
		fail("a peer");
	peer->sent.port = own.sin_port;
	tally.peers++;
}

static void ask(struct peer *peer)
{
	peer->sent.number++;
	if (send(peer->fd, &peer->sent, sizeof peer->sent, 0) != sizeof peer->sent)
		fail("send");
}

static void hear(struct peer *peer)
{
	struct message answer;
	ssize_t size = recv(peer->fd, &answer, sizeof answer, 0);
	if (size < 0) {
		tally.lost++;
		return;
	}
	tally.foreign += size == sizeof answer && answer.is_foreign;
	answer.is_foreign = 0;
	if (size != sizeof answer || memcmp(&answer, &peer->sent, sizeof answer) != 0)
		tally.wrong++;
	else
		tally.good++;
}

static int by_size(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static double run_trips(size_t count)
{
	struct peer peer;
	uint64_t *times = calloc(count, sizeof *times);
	if (!times)
		fail("times");
	open_peer(&peer);
	/* The first one starts a session. */
	ask(&peer);
	hear(&peer);
	for (size_t i = 0; i < count; i++) {
		uint64_t begin = now_ns();
		ask(&peer);
		hear(&peer);
		times[i] = now_ns() - begin;
	}
	close(peer.fd);
	qsort(times, count, sizeof *times, by_size);
	double median = (double)times[(count - 1) / 2] / 1e3;
	free(times);
	return median;
}

static void watch(int epoll, struct peer *peer)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = peer}};
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
		fail("epoll_ctl");
}

/* One that has had all its trips is closed, which takes it out of the set as well. */
static void proceed(int epoll, struct peer *peer, uint64_t trips)
{
	hear(peer);
	if (++peer->trips == trips) {
		close(peer->fd);
		open_peer(peer);
		watch(epoll, peer);
	}
	ask(peer);
}

static void run_peers(size_t count, uint64_t seconds, uint64_t trips)
{
	static struct peer peers[MOST_PEERS];
	struct epoll_event events[64];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	uint64_t end = now_ns() + seconds * 1000000000u;
	for (size_t i = 0; i < count; i++) {
		open_peer(&peers[i]);
		watch(epoll, &peers[i]);
		ask(&peers[i]);
	}
	while (now_ns() < end) {
		int ready = epoll_wait(epoll, events, 64, LOST_MS);
		if (ready < 0)
			fail("epoll_wait");
		if (ready == 0) {
			tally.lost += count;
			return;
		}
		for (int i = 0; i < ready; i++)
			proceed(epoll, events[i].data.ptr, trips);
	}
	/* One answer to each peer is on its way. */
	for (size_t i = 0; i < count; i++)
		hear(&peers[i]);
}

int main(int argc, char **argv)
{
	size_t count = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	double median = 0;
	tally.server.sin_family = AF_INET;
	if (count < 1 || inet_pton(AF_INET, argv[1], &tally.server.sin_addr) != 1)
		goto usage;
	tally.server.sin_port = htons((uint16_t)atoi(argv[2]));
	if (argc == 5 && strcmp(argv[3], "trips") == 0)
		median = run_trips(count);
	else if (argc == 7 && strcmp(argv[3], "peers") == 0 && count <= MOST_PEERS)
		run_peers(count, strtoull(argv[5], NULL, 10), strtoull(argv[6], NULL, 10));
	else
		goto usage;
	printf("{\"good\":%llu,\"wrong\":%llu,\"foreign\":%llu,\"lost\":%llu,\"peers\":%llu,\"p50_us\":%.2f}\n",
	       (unsigned long long)tally.good, (unsigned long long)tally.wrong, (unsigned long long)tally.foreign,
	       (unsigned long long)tally.lost, (unsigned long long)tally.peers, median);
	return 0;
usage:
	fprintf(stderr, "usage: clients HOST PORT trips COUNT\n       clients HOST PORT peers PEERS SECONDS TRIPS\n");
	return 2;
}
