#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { AT_ONCE = 64 };

/* Each from an address of its own: 127.1.0.0, 127.1.0.1 and so on. */
static bool open_one(struct connection *connection, const struct target *target, size_t number)
{
	const struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f010000u + (uint32_t)number)}};
	return connection_socket(connection, target, true) &&
	       bind(connection->fd, (const struct sockaddr *)&source, sizeof source) == 0 &&
	       connection_connect(connection, target);
}

/* A session says one byte when it is there. */
static bool is_there(const struct connection *connection)
{
	char byte;
	return recv(connection->fd, &byte, 1, 0) == 1;
}

static void hold_some(struct connection *connections, const struct target *target, size_t from, size_t to,
		      struct tally *tally)
{
	for (size_t i = from; i < to; i++)
		if (!open_one(&connections[i], target, i))
			tally_failure(tally, "a connection to be held", errno);
	for (size_t i = from; i < to; i++) {
		if (is_there(&connections[i]))
			tally->good++;
		else
			tally_failure(tally, "a session that waits", errno);
	}
}

/* Reports when all of them stand, and ends with its standard input. */
int measure_hold(const struct target *target, size_t count)
{
	struct tally tally = {0};
	struct connection *connections = calloc(count, sizeof *connections);
	struct rlimit descriptors;
	char byte;
	if (!connections || getrlimit(RLIMIT_NOFILE, &descriptors) != 0) {
		fprintf(stderr, "load: no memory for %zu connections\n", count);
		return 2;
	}
	descriptors.rlim_cur = descriptors.rlim_max;
	setrlimit(RLIMIT_NOFILE, &descriptors);
	for (size_t from = 0; from < count && tally.failed == 0; from += AT_ONCE)
		hold_some(connections, target, from, from + AT_ONCE < count ? from + AT_ONCE : count, &tally);
	char numbers[64];
	snprintf(numbers, sizeof numbers, "\"held\":%" PRIu64, tally.good);
	int status = report(&tally, numbers);
	fflush(stdout);
	while (tally.failed == 0 && read(STDIN_FILENO, &byte, 1) > 0)
		;
	free(connections);
	return status;
}
