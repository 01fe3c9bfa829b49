/* One echo, three ways to serve many clients: a process each, one loop for all, a thread each. */
#include "sockets.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

enum { CLIENTS = 3 };

static void echo(int connection)
{
	char line[64];
	ssize_t length = read(connection, line, sizeof line);
	if (length > 0)
		ok((int)write(connection, line, (size_t)length), "write");
	close(connection);
}

/* A client cannot harm the process of another one. Each costs a fork. */
static void by_fork(int listener)
{
	for (;;) {
		int connection = ok(accept(listener, NULL, NULL), "accept");
		if (ok(fork(), "fork") == 0) {
			echo(connection);
			_exit(0);
		}
		close(connection);
	}
}

/* No fork and no lock. A client that keeps the loop busy keeps all others waiting. */
static void by_poll(int listener)
{
	struct pollfd watched[CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
	nfds_t count = 1;
	for (;;) {
		ok(poll(watched, count, -1), "poll");
		for (nfds_t i = count; i-- > 1;)
			if (watched[i].revents != 0) {
				echo(watched[i].fd);
				watched[i] = watched[--count];
			}
		if (watched[0].revents != 0 && count <= CLIENTS)
			watched[count++] =
				(struct pollfd){.fd = ok(accept(listener, NULL, NULL), "accept"), .events = POLLIN};
	}
}

static void *echo_in_thread(void *connection)
{
	echo((int)(long)connection);
	return NULL;
}

/* Cheaper than a process. All clients share the memory: a fault for one is a fault for all. */
static void by_threads(int listener)
{
	for (;;) {
		int connection = ok(accept(listener, NULL, NULL), "accept");
		pthread_t thread;
		if (pthread_create(&thread, NULL, echo_in_thread, (void *)(long)connection) == 0)
			pthread_detach(thread);
	}
}

/* All clients connect before the first one speaks, and they speak in the opposite order. */
static int served(struct sockaddr_in server)
{
	int fds[CLIENTS];
	int answers = 0;
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = ok(socket(AF_INET, SOCK_STREAM, 0), "socket");
		ok(connect(fds[i], (struct sockaddr *)&server, sizeof server), "connect");
	}
	for (int i = CLIENTS; i-- > 0;) {
		ok((int)write(fds[i], "hello", 5), "write");
		answers += strcmp(text_of(fds[i]), "hello") == 0;
		close(fds[i]);
	}
	return answers;
}

int main(void)
{
	static const struct {
		const char *name;
		void (*serve)(int listener);
	} ways[] = {{"a process each", by_fork}, {"one loop for all", by_poll}, {"a thread each", by_threads}};
	print_lines();
	signal(SIGCHLD, SIG_IGN);
	for (size_t i = 0; i < 3; i++) {
		int listener = bound_socket(SOCK_STREAM);
		ok(listen(listener, CLIENTS), "listen");
		pid_t server = ok(fork(), "fork");
		if (server == 0)
			ways[i].serve(listener);
		printf("%s: %d of %d clients answered\n", ways[i].name, served(address_of(listener)), CLIENTS);
		kill(server, SIGKILL);
		close(listener);
	}
}
