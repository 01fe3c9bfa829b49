#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t first_byte(struct connection *connection, const struct target *target, struct tally *tally)
{
	if (!connection_socket(connection, target, true)) {
		tally_failure(tally, "socket", errno);
		return 0;
	}
	uint64_t begin = monotonic_ns();
	if (!connection_connect(connection, target)) {
		tally_failure(tally, "connect", errno);
		return 0;
	}
	enum progress progress = connection_read(connection, target, tally);
	uint64_t end = monotonic_ns();
	while (progress == MORE)
		progress = connection_read(connection, target, tally);
	if (progress == WAITING)
		tally_failure(tally, "no answer for five seconds", 0);
	return progress == GOOD ? end - begin : 0;
}

static int by_size(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static double percentile_us(const uint64_t *sorted, size_t count, size_t percent)
{
	return count == 0 ? 0 : (double)sorted[(count - 1) * percent / 100] / 1e3;
}

int report_times(const struct tally *tally, uint64_t *times, size_t count)
{
	char numbers[128];
	qsort(times, count, sizeof *times, by_size);
	snprintf(numbers, sizeof numbers, "\"p50_us\":%.2f,\"p90_us\":%.2f,\"p99_us\":%.2f",
		 percentile_us(times, count, 50), percentile_us(times, count, 90), percentile_us(times, count, 99));
	return report(tally, numbers);
}

int measure_latency(const struct target *target, size_t count)
{
	struct tally tally = {0};
	size_t measured = 0;
	uint64_t *times = calloc(count, sizeof *times);
	if (!times) {
		fprintf(stderr, "load: no memory for %zu times\n", count);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		struct connection connection;
		uint64_t time = first_byte(&connection, target, &tally);
		connection_close(&connection);
		if (time)
			times[measured++] = time;
	}
	int status = report_times(&tally, times, measured);
	free(times);
	return status;
}
