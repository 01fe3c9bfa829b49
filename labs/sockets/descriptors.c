/* A message of a UNIX socket can carry descriptors: the receiver has the open file, whatever it might open itself. */
#include "sockets.h"

#include <fcntl.h>
#include <sys/uio.h>

/* Room for one descriptor in the control part of a message. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_descriptor(int channel, int fd)
{
	char byte = 'x';
	union control control = {0};
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	*head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
	memcpy(CMSG_DATA(head), &fd, sizeof fd);
	ok((int)sendmsg(channel, &message, 0), "sendmsg");
}

static int receive_descriptor(int channel)
{
	char byte;
	union control control;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ok((int)recvmsg(channel, &message, MSG_CMSG_CLOEXEC), "recvmsg");
	int fd;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

int main(void)
{
	print_lines();
	int pair[2];
	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	if (ok(fork(), "fork") == 0) {
		/* This process can open nothing any more, as in a chroot without files. */
		close(pair[0]);
		int fd = receive_descriptor(pair[1]);
		printf("receiver: opened no file, and reads: %s", text_of(fd));
		return 0;
	}
	close(pair[1]);
	FILE *file = tmpfile();
	if (file == NULL)
		ok(-1, "tmpfile");
	fputs("a line of the sender's file\n", file);
	rewind(file);
	send_descriptor(pair[0], fileno(file));
	printf("sender: sent the descriptor and closes its own\n");
	fclose(file);
	wait(NULL);
}
