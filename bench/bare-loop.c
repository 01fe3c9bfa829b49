/*
 * The least that a server of one process a connection can do, as a measure for the others: accept, fork, exec. It
 * confines nothing, limits nothing, reports nothing, and the kernel reaps for it.
 *
 *   bare-loop PORT PROGRAM
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(const char *port)
{
	const int on = 1;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)atoi(port)),
				      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		fail("socket");
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, SOMAXCONN) != 0)
		fail("listen");
	return listener;
}

static _Noreturn void become(char *program, int socket)
{
	char *arguments[] = {program, NULL};
	char *environment[] = {NULL};
	if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0)
		_exit(125);
	execve(program, arguments, environment);
	_exit(127);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: bare-loop PORT PROGRAM\n");
		return 2;
	}
	int listener = listen_on(argv[1]);
	if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		fail("signal");
	for (;;) {
		int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (socket < 0)
			fail("accept");
		pid_t child = fork();
		if (child < 0)
			fail("fork");
		if (child == 0)
			become(argv[2], socket);
		close(socket);
	}
}
