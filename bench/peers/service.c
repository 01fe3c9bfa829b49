/*
 * The service of the benchmark of peers. It answers each datagram with the same bytes; the second byte says whether one
 * of another peer has come before. The third and fourth are the port of the peer.
 *
 *   service               one peer on descriptors 0 and 1, a message at a time
 *   service PORT          all peers of a port, which it takes itself: the measure for the other way
 *   service PORT ANSWERS  the same, with so many long answers to each datagram
 *   service 0 ANSWERS     one peer, with so many long answers
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST = 2048, LONG = 1000 };

static int open_port(int port)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		perror("service: a port");
		exit(1);
	}
	return fd;
}

static void serve_all(int port, int answers)
{
	int fd = open_port(port);
	char message[LARGEST] = {0};
	struct sockaddr_in peer;
	for (;;) {
		socklen_t length = sizeof peer;
		ssize_t size = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&peer, &length);
		if (size < 0)
			return;
		message[1] = 0;
		for (int i = 0; i < (answers ? answers : 1); i++)
			sendto(fd, message, answers ? LONG : (size_t)size, 0, (struct sockaddr *)&peer, length);
	}
}

static void serve_one(int answers)
{
	char message[LARGEST] = {0}, first[2];
	char is_foreign = 0;
	int count = 0;
	ssize_t size;
	while ((size = read(STDIN_FILENO, message, sizeof message)) > 0) {
		if (count++ == 0)
			memcpy(first, message + 2, sizeof first);
		is_foreign |= memcmp(first, message + 2, sizeof first) != 0;
		message[1] = is_foreign;
		for (int i = 0; i < (answers ? answers : 1); i++)
			if (write(STDOUT_FILENO, message, answers ? LONG : (size_t)size) < 0)
				return;
	}
}

int main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 0, answers = argc > 2 ? atoi(argv[2]) : 0;
	if (port)
		serve_all(port, answers);
	else
		serve_one(answers);
	return 0;
}
