#include "probe.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

void serve_bare(int port, unsigned user)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	must(listener, "socket");
	must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setsockopt");
	must(bind(listener, (void *)&address, sizeof address), "bind");
	must(listen(listener, 16), "listen");
	signal(SIGCHLD, SIG_IGN);
	must(write(1, "ready\n", 6), "write");
	for (;;) {
		int client = accept(listener, NULL, NULL);
		must(client, "accept");
		if (fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			must(dup2(client, 0), "dup2");
			must(dup2(client, 1), "dup2");
			must(close(client), "close");
			if (user)
				must(setuid(user), "setuid");
			must(execl(program, program, NULL), "exec");
		}
		close(client);
	}
}
