/* Ways to call somebody: each sends a text to an address. Two of them need no new socket at all. */
#define _GNU_SOURCE
#include "ring.h"
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* The network of a shell in chains is the world's own: a call that nobody takes is over soon. */
enum { PATIENCE_MS = 1500 };

struct target {
	struct sockaddr_storage address;
	socklen_t size;
};

static struct target target_of(const char *text, long port)
{
	struct target target = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)&target.address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&target.address;
	if (strchr(text, ':') != NULL) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		inet_pton(AF_INET6, text, &six->sin6_addr);
		target.size = sizeof *six;
	} else {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		inet_pton(AF_INET, text, &four->sin_addr);
		target.size = sizeof *four;
	}
	return target;
}

/* write needs no rule of its own in any filter. */
static bool send_text(int fd, const char *text)
{
	return write(fd, text, strlen(text)) >= 0;
}

static bool call(int fd, const struct target *target, const char *text)
{
	return fd >= 0 && connect(fd, (const struct sockaddr *)&target->address, target->size) == 0 &&
	       send_text(fd, text);
}

/* Without connect: the message itself has the address. With MSG_FASTOPEN that does for TCP too. */
static bool send_message(int fd, struct target *target, const char *text, int flags)
{
	struct iovec part = {.iov_base = (void *)text, .iov_len = strlen(text)};
	const struct msghdr message = {
		.msg_name = &target->address, .msg_namelen = target->size, .msg_iov = &part, .msg_iovlen = 1};
	return fd >= 0 &&
	       (sendto(fd, text, strlen(text), flags, (const struct sockaddr *)&target->address, target->size) >= 0 ||
		sendmsg(fd, &message, flags) >= 0);
}

/* The socket of the client, disconnected and used again: it belongs to the network that it was accepted in. */
static bool redial(int fd, const struct target *target, const char *text)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	return fd >= 0 && connect(fd, &nobody, sizeof nobody) == 0 && call(fd, target, text);
}

/* A ring makes the socket and connects it: neither socket nor connect is called. */
static bool call_by_ring(int domain, const struct target *target, const char *text)
{
	int fd = by_ring(&(struct io_uring_sqe){.opcode = IORING_OP_SOCKET, .fd = domain, .off = SOCK_STREAM});
	return fd >= 0 &&
	       by_ring(&(struct io_uring_sqe){.opcode = IORING_OP_CONNECT,
					      .fd = fd,
					      .addr = (uintptr_t)&target->address,
					      .off = target->size}) >= 0 &&
	       send_text(fd, text);
}

/* A copy of descriptor 0 without dup: by this process's own descriptor. */
static int copy_by_pidfd(void)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return self < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, self, 0, 0);
}

/* !connect WAY ADDRESS PORT TEXT */
static void connect_by(const struct request *request)
{
	const char *way = word(request, 1);
	const char *text = word(request, 4);
	struct target target = target_of(word(request, 2), number(request, 3, 65535));
	int domain = target.address.ss_family;
	bool done;
	if (strcmp(way, "redial") == 0)
		done = redial(0, &target, text);
	else if (strcmp(way, "redial-copy") == 0)
		done = redial(dup(0), &target, text);
	else if (strcmp(way, "redial-number") == 0)
		done = redial(fcntl(0, F_DUPFD, 100), &target, text);
	else if (strcmp(way, "redial-pidfd") == 0)
		done = redial(copy_by_pidfd(), &target, text);
	else if (strcmp(way, "uring") == 0)
		done = call_by_ring(domain, &target, text);
	else if (strcmp(way, "datagram") == 0)
		done = send_message(socket(domain, SOCK_DGRAM, 0), &target, text, 0);
	else if (strcmp(way, "udp") == 0 || strcmp(way, "udp6") == 0)
		done = call(socket(domain, SOCK_DGRAM, 0), &target, text);
	else if (strcmp(way, "mptcp") == 0)
		done = call(socket(domain, SOCK_STREAM, IPPROTO_MPTCP), &target, text);
	else if (strcmp(way, "fastopen") == 0)
		done = send_message(socket(domain, SOCK_STREAM, 0), &target, text, MSG_FASTOPEN);
	else
		done = call(socket(domain, SOCK_STREAM, 0), &target, text);
	if (done)
		answer("connect", "sent");
	else
		answer_errno("connect");
}

/* !listen PORT TEXT : a port of its own, where somebody else calls and is told the text. */
static void listen_for(const struct request *request)
{
	struct target own = target_of("127.0.0.1", number(request, 1, 65535));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&own.address, own.size) != 0 || listen(fd, 1) != 0) {
		answer_errno("listen");
		return;
	}
	answer("listen", "waiting");
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	int client = poll(&waiting, 1, PATIENCE_MS) > 0 ? accept(fd, NULL, NULL) : -1;
	if (client >= 0)
		send_text(client, word(request, 2));
	close(fd);
}

const struct command network_commands[] = {{"!connect", connect_by}, {"!listen", listen_for}, {NULL, NULL}};
