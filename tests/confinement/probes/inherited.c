/* A program that inherits a socket and sends through it to a name of its choice, and a receiver that has the name. */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* A path, or a port of the host. */
static socklen_t named(const char *name, struct sockaddr_storage *address)
{
	struct sockaddr_un *local = (void *)address;
	struct sockaddr_in *internet = (void *)address;
	memset(address, 0, sizeof *address);
	if (*name == '/') {
		local->sun_family = AF_UNIX;
		strncpy(local->sun_path, name, sizeof local->sun_path - 1);
		return sizeof *local;
	}
	internet->sin_family = AF_INET;
	internet->sin_port = htons((unsigned short)atoi(name));
	internet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof *internet;
}

static int inherited_socket(const char *kind)
{
	int ends[2];
	if (strcmp(kind, "udp") == 0)
		return socket(AF_INET, SOCK_DGRAM, 0);
	if (strcmp(kind, "udp6") == 0)
		return socket(AF_INET6, SOCK_DGRAM, 0);
	if (strcmp(kind, "raw") == 0)
		return socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	if (strcmp(kind, "netlink") == 0)
		return socket(AF_NETLINK, SOCK_RAW, 0);
	if (strcmp(kind, "tcp") == 0)
		return socket(AF_INET, SOCK_STREAM, 0);
	int type = strcmp(kind, "datagram") == 0 ? SOCK_DGRAM
		   : strcmp(kind, "packet") == 0 ? SOCK_SEQPACKET
						 : SOCK_STREAM;
	return socketpair(AF_UNIX, type, 0, ends) < 0 ? -1 : ends[0];
}

/* hand KIND NAME FD COMMAND...: prints what the program says, what arrives at the name, and the status. */
void hand_socket(char **arguments)
{
	struct sockaddr_storage address;
	socklen_t size = named(arguments[1], &address);
	int receiver = socket(address.ss_family, SOCK_DGRAM, 0), fd = atoi(arguments[2]), status;
	int handed = inherited_socket(arguments[0]);
	if (handed < 0 || bind(receiver, (void *)&address, size) < 0)
		_exit(3);
	if (address.ss_family == AF_UNIX)
		chmod(arguments[1], 0777);
	pid_t child = fork();
	if (child == 0) {
		fcntl(receiver, F_SETFD, FD_CLOEXEC);
		if (fd == 1)
			dup2(1, 2);
		dup2(handed, fd);
		close(handed);
		execv(arguments[3], arguments + 3);
		_exit(127);
	}
	waitpid(child, &status, 0);
	char bytes[64];
	union control control = {{0}};
	struct iovec text = {bytes, sizeof bytes};
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t length = recvmsg(receiver, &message, MSG_DONTWAIT);
	if (length < 0)
		printf("nothing arrived");
	else
		printf("%.*s%s", (int)length, bytes, CMSG_FIRSTHDR(&message) ? " and a descriptor" : "");
	printf(", status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	exit(0);
}

/* send-to-name FD NAME: to a path a descriptor goes along. Ends with 0 if the message was sent. */
int send_to_name(int from, const char *name)
{
	struct sockaddr_storage address;
	socklen_t size = named(name, &address);
	int file = from;
	union control control = {.head = {CMSG_LEN(sizeof file), SOL_SOCKET, SCM_RIGHTS}};
	memcpy(CMSG_DATA(&control.head), &file, sizeof file);
	char forged[] = "forged";
	struct iovec text = {forged, sizeof forged - 1};
	struct msghdr message = {.msg_name = &address, .msg_namelen = size, .msg_iov = &text, .msg_iovlen = 1};
	if (*name == '/') {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
	}
	return sendmsg(from, &message, MSG_NOSIGNAL) < 0 ? 4 : 0;
}
