/* TCP: the listening socket only makes other sockets, one for each connection. */
#include "sockets.h"

static void client(struct sockaddr_in server)
{
	int fd = ok(socket(AF_INET, SOCK_STREAM, 0), "socket");
	/* No bind: the kernel chooses a port. connect returns when both sides have shaken hands. */
	ok(connect(fd, (struct sockaddr *)&server, sizeof server), "connect");
	/* A stream has no borders of messages: the other side may read both at once. */
	ok((int)write(fd, "hel", 3), "write");
	ok((int)write(fd, "lo\n", 3), "write");
	ok(shutdown(fd, SHUT_WR), "shutdown");
	printf("client: the answer is %s", text_of(fd));
}

int main(void)
{
	print_lines();
	int listener = bound_socket(SOCK_STREAM);
	ok(listen(listener, 16), "listen");
	struct sockaddr_in server = address_of(listener);
	if (ok(fork(), "fork") == 0) {
		close(listener);
		client(server);
		return 0;
	}
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	int connection = ok(accept(listener, (struct sockaddr *)&peer, &size), "accept");
	printf("server: accepted a connection from %s, port %d\n", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));
	/* Until the end of the stream, which the client says by shutdown. */
	char line[16];
	size_t length = 0;
	for (ssize_t got; (got = read(connection, line + length, sizeof line - length)) > 0; length += (size_t)got)
		;
	printf("server: read %zu bytes, then the end\n", length);
	ok((int)write(connection, line, length), "write");
	close(connection);
	wait(NULL);
}
