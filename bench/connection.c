#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 512 };

void tally_failure(struct tally *tally, const char *what, int error)
{
	if (tally->failed++ > 0)
		return;
	if (error)
		snprintf(tally->failure, sizeof tally->failure, "%s: %s", what, strerror(error));
	else
		snprintf(tally->failure, sizeof tally->failure, "%s", what);
}

/*
 * Everything that is not connect(2) itself, so that the clock can start behind it. With a linger time of zero
 * close(2) sends a reset: it comes after the end of the answer was read, and leaves neither side a TIME_WAIT, so that
 * a long run does not use up the ports.
 */
bool connection_socket(struct connection *connection, const struct target *target, bool blocking)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	int type = SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
	*connection = (struct connection){.fd = socket(target->address.ss_family, type, 0)};
	if (connection->fd < 0 || setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0)
		return false;
	if (!blocking) {
		/* Readable is then only what has ended, or has sent too much: one wake-up a connection. */
		const int low_water = BUFFER_SIZE;
		return setsockopt(connection->fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof low_water) == 0;
	}
	const struct timeval patience = {.tv_sec = STALL_MS / 1000};
	return setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	       setsockopt(connection->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0;
}

bool connection_connect(const struct connection *connection, const struct target *target)
{
	return connect(connection->fd, (const struct sockaddr *)&target->address, target->address_size) == 0 ||
	       errno == EINPROGRESS;
}

/* Reads once: the caller may look at the clock after the first byte. */
enum progress connection_read(struct connection *connection, const struct target *target, struct tally *tally)
{
	char buffer[BUFFER_SIZE];
	ssize_t size = recv(connection->fd, buffer, sizeof buffer, 0);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return WAITING;
	if (size < 0) {
		tally_failure(tally, "recv", errno);
		return FAILED;
	}
	size_t left = target->length - connection->received;
	if (size == 0 && left > 0) {
		tally_failure(tally, "the answer ended early", 0);
		return FAILED;
	}
	if (size == 0) {
		tally->good++;
		return GOOD;
	}
	if ((size_t)size > left || memcmp(buffer, target->line + connection->received, (size_t)size) != 0) {
		tally_failure(tally, "the answer differs", 0);
		return FAILED;
	}
	connection->received += (size_t)size;
	return MORE;
}

void connection_close(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
}
