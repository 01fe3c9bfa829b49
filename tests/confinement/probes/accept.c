#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Tests that the variables are as sd_listen_fds(3) reads them. */
static const char *listen_variables(void)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	if (count == NULL && pid == NULL)
		return "no variables";
	return count && pid && strcmp(count, "1") == 0 && atol(pid) == getpid() ? "for this process" : "wrong";
}

static int is_listener(int fd)
{
	int answer = 0;
	socklen_t size = sizeof answer;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 && answer;
}

void accept_without_end(void)
{
	for (;;) {
		char request[16] = {0};
		int client = accept(0, NULL, NULL);
		if (client < 0)
			_exit(4);
		if (read(client, request, sizeof request - 1) <= 0)
			continue;
		if (strcmp(request, "detach\n") == 0) {
			int unused = 0;
			dprintf(client, "%s\n",
				outcome(setsockopt(0, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused)));
			close(client);
			continue;
		}
		dprintf(client, "%d is served, %s, descriptor 3 %s\n", getpid(), listen_variables(),
			is_listener(3) ? "listens" : "does not listen");
		if (strcmp(request, "shut\n") == 0) {
			shutdown(0, SHUT_RDWR);
			_exit(0);
		}
		if (strcmp(request, "hurry\n") == 0)
			fcntl(0, F_SETFL, O_NONBLOCK);
		if (strcmp(request, "leave\n") == 0 || strcmp(request, "hurry\n") == 0)
			_exit(0);
		close(client);
	}
}
