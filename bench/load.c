/*
 * The load generator of the benchmark.
 *
 *   load HOST PORT LINE rate CONCURRENCY SECONDS COUNT
 *   load HOST PORT LINE latency COUNT
 *   load HOST PORT LINE resets COUNT
 *   load HOST PORT LINE trips COUNT
 *   load HOST PORT LINE hold COUNT
 *
 * HOST is numeric; the answer of every connection must be LINE and a newline. One JSON object is printed. The exit
 * status is 0 when every connection was answered right, 1 when one was not, 2 when nothing could be measured.
 */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int report(const struct tally *tally, const char *numbers)
{
	printf("{\"connections\":%" PRIu64 ",\"failures\":%" PRIu64 ",%s", tally->good + tally->failed, tally->failed,
	       numbers);
	if (tally->failed > 0)
		printf(",\"failure\":\"%s\"", tally->failure);
	printf("}\n");
	return tally->failed > 0 ? 1 : 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: load HOST PORT LINE rate CONCURRENCY SECONDS COUNT\n"
			"       load HOST PORT LINE latency COUNT\n"
			"       load HOST PORT LINE resets COUNT\n"
			"       load HOST PORT LINE trips COUNT\n"
			"       load HOST PORT LINE hold COUNT\n");
	return 2;
}

static bool resolve(struct target *target, const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found;
	int problem = getaddrinfo(host, port, &hints, &found);
	if (problem) {
		fprintf(stderr, "load: expected a numeric address and port, found %s %s: %s\n", host, port,
			gai_strerror(problem));
		return false;
	}
	memcpy(&target->address, found->ai_addr, found->ai_addrlen);
	target->address_size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool number(uint64_t *value, const char *text)
{
	char *end;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0')
		return true;
	fprintf(stderr, "load: expected a number, found %s\n", text);
	return false;
}

int main(int argc, char **argv)
{
	struct target target = {0};
	char line[256];
	uint64_t concurrency, seconds, count;
	if (argc < 6 || !resolve(&target, argv[1], argv[2]))
		return usage();
	int length = snprintf(line, sizeof line, "%s\n", argv[3]);
	if (length < 0 || length >= (int)sizeof line)
		return usage();
	target.line = line;
	target.length = (size_t)length;
	if (argc == 8 && strcmp(argv[4], "rate") == 0 && number(&concurrency, argv[5]) && number(&seconds, argv[6]) &&
	    number(&count, argv[7]) && (seconds > 0 || count > 0))
		return measure_rate(&target, (size_t)concurrency, seconds, count);
	if (argc == 6 && strcmp(argv[4], "latency") == 0 && number(&count, argv[5]) && count > 0)
		return measure_latency(&target, (size_t)count);
	if (argc == 6 && strcmp(argv[4], "resets") == 0 && number(&count, argv[5]) && count > 0)
		return measure_resets(&target, (size_t)count);
	if (argc == 6 && strcmp(argv[4], "trips") == 0 && number(&count, argv[5]) && count > 0)
		return measure_trips(&target, (size_t)count);
	if (argc == 6 && strcmp(argv[4], "hold") == 0 && number(&count, argv[5]) && count > 0)
		return measure_hold(&target, (size_t)count);
	return usage();
}
