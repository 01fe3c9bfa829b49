#include "load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line goes to the server and comes back. */
static bool travel(const struct connection *connection, const struct target *target)
{
	char answer[256];
	size_t received = 0;
	if (send(connection->fd, target->line, target->length, MSG_NOSIGNAL) != (ssize_t)target->length)
		return false;
	while (received < target->length) {
		ssize_t size = recv(connection->fd, answer + received, target->length - received, 0);
		if (size <= 0)
			return false;
		received += (size_t)size;
	}
	return memcmp(answer, target->line, target->length) == 0;
}

/* Round trips on one connection, to a server that answers with what it reads. */
int measure_trips(const struct target *target, size_t count)
{
	struct tally tally = {0};
	struct connection connection;
	const int on = 1;
	size_t measured = 0;
	uint64_t *times = calloc(count, sizeof *times);
	if (!times) {
		fprintf(stderr, "load: no memory for %zu times\n", count);
		return 2;
	}
	if (!connection_socket(&connection, target, true) || !connection_connect(&connection, target) ||
	    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
		tally_failure(&tally, "a connection", errno);
	while (tally.failed == 0 && measured < count) {
		uint64_t begin = monotonic_ns();
		if (!travel(&connection, target)) {
			tally_failure(&tally, "a round trip", errno);
			break;
		}
		times[measured++] = monotonic_ns() - begin;
		tally.good++;
	}
	connection_close(&connection);
	int status = report_times(&tally, times, measured);
	free(times);
	return status;
}
