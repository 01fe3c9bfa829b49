/* UDP: an unconnected socket hears everybody, a connected one hears its peer alone and learns that nobody is there. */
#include "sockets.h"

static void send_to(int fd, struct sockaddr_in address, const char *text)
{
	ok((int)sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address), "sendto");
}

int main(void)
{
	print_lines();
	int server = bound_socket(SOCK_DGRAM);
	int friend = bound_socket(SOCK_DGRAM);
	int stranger = bound_socket(SOCK_DGRAM);
	struct sockaddr_in address = address_of(server);
	struct sockaddr_in friends = address_of(friend);

	send_to(friend, address, "from the friend");
	send_to(stranger, address, "from the stranger");
	printf("unconnected: %s", text_of(server));
	printf(", %s\n", text_of(server));

	/* connect sends nothing: the kernel notes the peer and drops the datagrams of all others. */
	ok(connect(server, (struct sockaddr *)&friends, sizeof friends), "connect");
	send_to(stranger, address, "from the stranger");
	send_to(friend, address, "from the friend");
	printf("connected: %s\n", text_of(server));

	/* The friend's port is closed, so the kernel answers with an ICMP message, which a connected socket is told. */
	close(friend);
	ok((int)write(server, "anybody?", 8), "write");
	char answer[16];
	printf("connected, to a closed port: %s\n", read(server, answer, sizeof answer) < 0 ? strerror(errno) : answer);
	send_to(stranger, friends, "anybody?");
	ssize_t got = recv(stranger, answer, sizeof answer, MSG_DONTWAIT);
	printf("unconnected, to a closed port: %s\n", got < 0 && errno == EAGAIN ? "nothing is told" : "an answer");
}
