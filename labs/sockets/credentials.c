/* The kernel says who is at the other end of a UNIX socket. Root alone may name somebody else. */
#define _GNU_SOURCE
#include "sockets.h"

#include <sys/uio.h>

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(struct ucred))];
};

/* Sends a byte with credentials; returns the errno, or 0. */
static int send_as(int channel, struct ucred who)
{
	char byte = 'x';
	union control control = {0};
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	*head = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS, .cmsg_len = CMSG_LEN(sizeof who)};
	memcpy(CMSG_DATA(head), &who, sizeof who);
	return sendmsg(channel, &message, 0) < 0 ? errno : 0;
}

static struct ucred receive_from(int channel)
{
	char byte;
	union control control;
	struct ucred who;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ok((int)recvmsg(channel, &message, 0), "recvmsg");
	memcpy(&who, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof who);
	return who;
}

int main(void)
{
	print_lines();
	int pair[2];
	int yes = 1;
	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	/* Asked once: the user that made the connection, as the kernel noted it then. */
	struct ucred peer;
	socklen_t size = sizeof peer;
	ok(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &size), "getsockopt");
	printf("SO_PEERCRED: this user: %s, this process: %s\n", peer.uid == geteuid() ? "yes" : "no",
	       peer.pid == getpid() ? "yes" : "no");

	/* With each message: the sender's own, checked by the kernel. */
	ok(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), "setsockopt");
	pid_t child = ok(fork(), "fork");
	if (child == 0) {
		send_as(pair[1], (struct ucred){.pid = getpid(), .uid = geteuid(), .gid = getegid()});
		if (geteuid() == 0)
			ok(setuid(65534), "setuid");
		int error = send_as(pair[1], (struct ucred){.pid = getpid(), .uid = 0, .gid = 0});
		printf("an ordinary user who claims to be root: %s\n", strerror(error));
		return 0;
	}
	struct ucred sender = receive_from(pair[0]);
	wait(NULL);
	printf("SCM_CREDENTIALS: this user: %s, the child: %s\n", sender.uid == geteuid() ? "yes" : "no",
	       sender.pid == child ? "yes" : "no");
}
