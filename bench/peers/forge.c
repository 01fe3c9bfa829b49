/*
 * Requests with the source address of a victim, and what the victim gets for them. It needs a raw socket, and runs in a
 * network namespace whose addresses are all its own.
 *
 *   forge HOST PORT VICTIM COUNT SIZE      COUNT requests of SIZE bytes from each of 16 ports of the victim
 *
 * Prints the bytes that were sent and that came to the victim, with the headers of both, as JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS = 16, FIRST_PORT = 20000, HEADERS = 28, LARGEST = 1024, QUIET_MS = 700, PAUSE_US = 1000 };

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "forge: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_victim(struct in_addr victim, int port)
{
	const int room = 1 << 24;
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = victim, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		fail("the victim");
	return fd;
}

/* The kernel adds the length and the checksum of the IP header; a UDP checksum of zero is none. */
static void send_forged(int raw, const struct sockaddr_in *server, struct in_addr victim, int port, size_t size)
{
	static struct {
		struct iphdr ip;
		struct udphdr udp;
		char bytes[LARGEST];
	} packet;
	packet.ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP};
	packet.ip.saddr = victim.s_addr;
	packet.ip.daddr = server->sin_addr.s_addr;
	packet.udp.source = htons((uint16_t)port);
	packet.udp.dest = server->sin_port;
	packet.udp.len = htons((uint16_t)(sizeof packet.udp + size));
	memcpy(packet.bytes + 2, &packet.udp.source, sizeof packet.udp.source);
	if (sendto(raw, &packet, HEADERS + size, 0, (const struct sockaddr *)server, sizeof *server) < 0)
		fail("sendto");
}

static uint64_t drain(const struct pollfd *victims, uint64_t *datagrams)
{
	static char buffer[1 << 16];
	uint64_t bytes = 0;
	ssize_t size;
	for (int i = 0; i < PORTS; i++)
		while ((size = recv(victims[i].fd, buffer, sizeof buffer, 0)) >= 0) {
			bytes += HEADERS + (uint64_t)size;
			++*datagrams;
		}
	return bytes;
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};
	struct in_addr victim;
	struct pollfd victims[PORTS];
	uint64_t sent = 0, received = 0, datagrams = 0;
	long count = argc == 6 ? atol(argv[4]) : 0, size = argc == 6 ? atol(argv[5]) : 0;
	if (count < 1 || size < 4 || size > LARGEST || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &victim) != 1) {
		fprintf(stderr, "usage: forge HOST PORT VICTIM COUNT SIZE\n");
		return 2;
	}
	server.sin_port = htons((uint16_t)atoi(argv[2]));
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (raw < 0)
		fail("a raw socket");
	for (int i = 0; i < PORTS; i++)
		victims[i] = (struct pollfd){.fd = open_victim(victim, FIRST_PORT + i), .events = POLLIN};
	for (long i = 0; i < count; i++)
		for (int port = 0; port < PORTS; port++) {
			send_forged(raw, &server, victim, FIRST_PORT + port, (size_t)size);
			sent += HEADERS + (uint64_t)size;
			received += drain(victims, &datagrams);
			usleep(PAUSE_US);
		}
	while (poll(victims, PORTS, QUIET_MS) > 0)
		received += drain(victims, &datagrams);
	printf("{\"sent\":%llu,\"received\":%llu,\"datagrams\":%llu}\n", (unsigned long long)sent,
	       (unsigned long long)received, (unsigned long long)datagrams);
	return 0;
}
