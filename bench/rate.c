#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MAX_CONCURRENCY = 1024 };

struct load {
	const struct target *target;
	struct tally tally;
	int epoll;
	uint64_t started;
	uint64_t count; /* The number of connections to make; zero is no limit. */
	uint64_t until; /* The time after which none starts; zero is never. */
	size_t live;
	struct connection connections[MAX_CONCURRENCY];
};

static bool wants_more(const struct load *load)
{
	return (load->count == 0 || load->started < load->count) && (load->until == 0 || monotonic_ns() < load->until);
}

/* Starts one connection in this place; one that cannot even start has failed, and the next is tried. */
static void start(struct load *load, struct connection *connection)
{
	while (wants_more(load)) {
		struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
		load->started++;
		if (!connection_socket(connection, load->target, false))
			tally_failure(&load->tally, "socket", errno);
		else if (!connection_connect(connection, load->target))
			tally_failure(&load->tally, "connect", errno);
		else if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
			tally_failure(&load->tally, "epoll_ctl", errno);
		else {
			load->live++;
			return;
		}
		connection_close(connection);
	}
}

static void proceed(struct load *load, struct connection *connection)
{
	enum progress progress;
	do
		progress = connection_read(connection, load->target, &load->tally);
	while (progress == MORE);
	if (progress == WAITING)
		return;
	connection_close(connection);
	load->live--;
	start(load, connection);
}

static void give_up(struct load *load)
{
	for (; load->live > 0; load->live--)
		tally_failure(&load->tally, "no answer for five seconds", 0);
}

/* One thread: the servers need the processors more than their client does. */
int measure_rate(const struct target *target, size_t concurrency, uint64_t seconds, uint64_t count)
{
	static struct load load;
	struct epoll_event events[MAX_CONCURRENCY];
	if (concurrency == 0 || concurrency > MAX_CONCURRENCY) {
		fprintf(stderr, "load: expected a concurrency from 1 to %d, found %zu\n", MAX_CONCURRENCY, concurrency);
		return 2;
	}
	load = (struct load){.target = target, .count = count, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (load.epoll < 0) {
		perror("load: epoll_create1");
		return 2;
	}
	uint64_t begin = monotonic_ns();
	load.until = seconds ? begin + seconds * 1000000000u : 0;
	for (size_t i = 0; i < concurrency; i++)
		start(&load, &load.connections[i]);
	while (load.live > 0) {
		int ready = epoll_wait(load.epoll, events, MAX_CONCURRENCY, STALL_MS);
		if (ready == 0 || (ready < 0 && errno != EINTR))
			give_up(&load);
		for (int i = 0; i < ready; i++)
			proceed(&load, events[i].data.ptr);
	}
	double elapsed = (double)(monotonic_ns() - begin) / 1e9;
	char numbers[64];
	snprintf(numbers, sizeof numbers, "\"seconds\":%.6f,\"per_second\":%.3f", elapsed,
		 (double)load.tally.good / elapsed);
	return report(&load.tally, numbers);
}
