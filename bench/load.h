/* The shared part of the load generator. It measures one server, which answers every connection with one known line. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* No answer for this long is a failure. */
enum { STALL_MS = 5000 };

struct target {
	struct sockaddr_storage address;
	socklen_t address_size;
	const char *line; /* The exact answer of every connection. */
	size_t length;
};

struct tally {
	uint64_t good;
	uint64_t failed;
	char failure[128]; /* The failure of the first connection that failed. */
};

struct connection {
	int fd;
	size_t received;
};

/* MORE: something came, the end has not. WAITING: nothing is there now. */
enum progress { WAITING, MORE, GOOD, FAILED };

/* connection.c */
bool connection_socket(struct connection *connection, const struct target *target, bool blocking);
bool connection_connect(const struct connection *connection, const struct target *target);
enum progress connection_read(struct connection *connection, const struct target *target, struct tally *tally);
void connection_close(struct connection *connection);
void tally_failure(struct tally *tally, const char *what, int error);

/* rate.c: connections per second at a constant number of connections; ends by time or by count, zero is no limit. */
int measure_rate(const struct target *target, size_t concurrency, uint64_t seconds, uint64_t count);

/* latency.c: microseconds from connect(2) to the first byte, one connection after the other. */
int measure_latency(const struct target *target, size_t count);
/* Sorts the times, which are nanoseconds, and reports those at 50, 90 and 99 percent of them. */
int report_times(const struct tally *tally, uint64_t *times, size_t count);
/* In nanoseconds; zero: it failed. */
uint64_t first_byte(struct connection *connection, const struct target *target, struct tally *tally);

/* resets.c: microseconds to the first byte of the connection that follows so many resets. */
int measure_resets(const struct target *target, size_t count);

/* trips.c: microseconds that a line takes to the server and back, on one connection. */
int measure_trips(const struct target *target, size_t count);

/* hold.c: connections that stay until standard input ends. */
int measure_hold(const struct target *target, size_t count);

/* load.c */
uint64_t monotonic_ns(void);
int report(const struct tally *tally, const char *numbers);

#endif
