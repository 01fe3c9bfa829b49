/* Answers datagrams from descriptor 0, and does what they ask for: `leave`, `connect`, `shut`. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	char text[512], answer[600];
	struct sockaddr_storage peer;
	if (count > 1 && !strcmp(arguments[1], "ends"))
		return 0;
	for (;;) {
		socklen_t length = sizeof peer;
		ssize_t size = recvfrom(0, text, sizeof text - 1, 0, (struct sockaddr *)&peer, &length);
		if (size < 0)
			return 2;
		text[size] = 0;
		const char *fds = getenv("LISTEN_FDS");
		int written = snprintf(answer, sizeof answer, "%d %s %s\n", getpid(), text, fds ? fds : "-");
		if (sendto(0, answer, written, 0, (struct sockaddr *)&peer, length) < 0)
			perror("sendto");
		if (!strncmp(text, "connect", 7))
			return connect(0, (struct sockaddr *)&peer, length) ? 3 : 0;
		if (!strncmp(text, "shut", 4)) {
			/* Of a socket without a peer the kernel says ENOTCONN, and shuts it all the same. */
			shutdown(0, SHUT_RDWR);
			return 0;
		}
		if (!strncmp(text, "leave", 5))
			return 0;
	}
}
