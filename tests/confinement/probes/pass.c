/* A program that inherits one end of a pair of UNIX sockets, and a peer at the other that sends it an open file. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SO_PASSRIGHTS_NUMBER = 83 };

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static long send_file(int to, int file, int flags)
{
	char byte = 'f';
	union control control = {.head = {CMSG_LEN(sizeof file), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec text = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	memcpy(CMSG_DATA(&control.head), &file, sizeof file);
	return sendmsg(to, &message, flags | MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int type_of(const char *name)
{
	return strcmp(name, "datagram") == 0 ? SOCK_DGRAM : strcmp(name, "packet") == 0 ? SOCK_SEQPACKET : SOCK_STREAM;
}

static void become(int fd, int inherited, int output, char **command)
{
	int nothing = open("/dev/null", O_RDWR);
	/* Standard error is kept where it is not the socket: a launch that fails says why there. */
	for (int standard = 0; standard < 2; standard++)
		dup2(nothing, standard);
	dup2(output, fd == 1 ? 2 : 1);
	dup2(inherited, fd);
	for (int other = 3; other < 32; other++)
		close(other);
	execv(command[0], command);
	_exit(127);
}

/* While the program comes up, again and again: each time it is sent or refused. */
static void send_until_up(int to, int file, int output, char *up)
{
	const struct timespec pause = {0, 50000};
	fcntl(output, F_SETFL, O_NONBLOCK);
	do {
		send_file(to, file, 0);
		nanosleep(&pause, NULL);
	} while (read(output, up, 1) < 0 && errno == EAGAIN);
	fcntl(output, F_SETFL, 0);
}

/*
 * pass TYPE WHEN FD FILE COMMAND...: "before" the program starts, "during" that, "after" it is up, or then as "urgent"
 * data. Prints the output of the program after its first byte, whether the file could be sent once it was up, and the
 * status.
 */
void pass_file(char **arguments)
{
	int ends[2], output[2], status;
	char text[4096] = "";
	const char *when = arguments[1];
	int fd = atoi(arguments[2]), file = open(arguments[3], O_RDONLY);
	if (file < 0 || socketpair(AF_UNIX, type_of(arguments[0]), 0, ends) < 0 || pipe(output) < 0)
		_exit(3);
	if (strcmp(when, "before") == 0 && send_file(ends[0], file, 0) < 0)
		_exit(3);
	pid_t child = fork();
	if (child == 0)
		become(fd, ends[1], output[1], arguments + 4);
	close(ends[1]);
	close(output[1]);
	if (strcmp(when, "during") == 0)
		send_until_up(ends[0], file, output[0], text);
	else if (read(output[0], text, 1) != 1)
		text[0] = 0;
	const char *sent = "";
	if (strcmp(when, "after") == 0 || strcmp(when, "urgent") == 0)
		sent = outcome(send_file(ends[0], file, strcmp(when, "urgent") == 0 ? MSG_OOB : 0));
	send(ends[0], "b", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	ssize_t size = text[0] == 'u' ? read(output[0], text, sizeof text - 1) : 0;
	text[size < 0 ? 0 : size] = 0;
	close(ends[0]);
	waitpid(child, &status, 0);
	printf("%s%s status %d\n", text, sent, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	exit(0);
}

/* Takes the first that arrives, be it urgent, and says what the file holds that came along. */
static void say_received(int from, int to)
{
	char byte, text[64] = "nothing";
	int file = -1, on = 1;
	union control control = {{0}};
	struct iovec into = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &into, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	setsockopt(from, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
	if (recvmsg(from, &message, 0) >= 0 && message.msg_controllen >= CMSG_LEN(sizeof file))
		memcpy(&file, CMSG_DATA(&control.head), sizeof file);
	ssize_t size = file < 0 ? -1 : pread(file, text, sizeof text - 1, 0);
	if (size >= 0)
		text[size] = 0;
	dprintf(to, "%s ", text);
}

/*
 * receive FD [again]: a program that is up, and takes a file from the socket that it inherited; `again`: it first lets
 * peers send one.
 */
int receive_file(int from, int again)
{
	int to = from == 1 ? 2 : 1, on = 1;
	if (again)
		again = setsockopt(from, SOL_SOCKET, SO_PASSRIGHTS_NUMBER, &on, sizeof on);
	if (again || write(to, "u", 1) != 1)
		return 4;
	say_received(from, to);
	return 0;
}
