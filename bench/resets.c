#include "load.h"

#include <errno.h>
#include <stdio.h>

/*
 * As many connections as the server's queue takes, each reset as soon as it stands: most of them while they wait to
 * be accepted.
 */
static void reset_all(const struct target *target, size_t count, struct tally *tally)
{
	for (size_t i = 0; i < count && tally->failed == 0; i++) {
		struct connection connection;
		if (!connection_socket(&connection, target, true) || !connection_connect(&connection, target))
			tally_failure(tally, "a connection to be reset", errno);
		connection_close(&connection);
	}
}

int measure_resets(const struct target *target, size_t count)
{
	struct tally tally = {0};
	struct connection connection;
	char numbers[64];
	reset_all(target, count, &tally);
	uint64_t time = first_byte(&connection, target, &tally);
	connection_close(&connection);
	snprintf(numbers, sizeof numbers, "\"next_us\":%.1f", (double)time / 1e3);
	return report(&tally, numbers);
}
