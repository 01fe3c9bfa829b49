/*
 * The attempts of an attacker in the place of a service that answers datagrams. The datagram that starts it names one
 * of them. A filter may leave it no call to answer with, so the status tells: 0 for what was done, else errno.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sockaddr_in local(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static long dial(int type, int port)
{
	struct sockaddr_in address = local(port);
	int fd = socket(AF_INET, type, 0);
	return fd < 0 ? fd : connect(fd, (void *)&address, sizeof address);
}

static long send_to(int fd, int port)
{
	struct sockaddr_in address = local(port);
	return sendto(fd, "x", 1, 0, (void *)&address, sizeof address);
}

static long send_message(int port)
{
	struct sockaddr_in address = local(port);
	struct iovec part = {.iov_base = "x", .iov_len = 1};
	struct msghdr message = {
		.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part, .msg_iovlen = 1};
	return sendmsg(0, &message, 0);
}

/* A second socket on the port of the service, which would take its datagrams. */
static long share(int option, int port)
{
	struct sockaddr_in address = local(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	if (fd < 0 || setsockopt(0, SOL_SOCKET, option, &one, sizeof one) < 0 ||
	    setsockopt(fd, SOL_SOCKET, option, &one, sizeof one) < 0)
		return -1;
	return bind(fd, (void *)&address, sizeof address);
}

static long take_filter_away(int option)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
	struct sock_fprog program = {.len = 1, .filter = all};
	return setsockopt(0, SOL_SOCKET, option, &program, sizeof program);
}

static long attempt(const char *what, const char *argument)
{
	char *no_words[] = {(char *)argument, NULL};
	int number = atoi(argument);
	struct sockaddr_in address = local(number);
	if (!strcmp(what, "read"))
		return open(argument, O_RDONLY);
	if (!strcmp(what, "write"))
		return open(argument, O_WRONLY | O_CREAT, 0600);
	if (!strcmp(what, "remove"))
		return unlink(argument);
	if (!strcmp(what, "exec"))
		return execve(argument, no_words, no_words + 1);
	if (!strcmp(what, "dial"))
		return dial(SOCK_STREAM, number);
	if (!strcmp(what, "connect"))
		return connect(0, (void *)&address, sizeof address);
	if (!strcmp(what, "send"))
		return send_to(1, number);
	if (!strcmp(what, "send-message"))
		return send_message(number);
	if (!strcmp(what, "share-address"))
		return share(SO_REUSEADDR, number);
	if (!strcmp(what, "share-port"))
		return share(SO_REUSEPORT, number);
	if (!strcmp(what, "detach"))
		return take_filter_away(SO_DETACH_FILTER);
	if (!strcmp(what, "attach"))
		return take_filter_away(SO_ATTACH_FILTER);
	if (!strcmp(what, "replace"))
		return take_filter_away(SO_ATTACH_FILTER) < 0 ? -1 : take_filter_away(SO_DETACH_FILTER);
	if (!strcmp(what, "shut-out"))
		return connect(0, (void *)&address, sizeof address) < 0 ? -1 : pause();
	if (!strcmp(what, "listen"))
		return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
	if (!strcmp(what, "raw"))
		return socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	if (!strcmp(what, "trace"))
		return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	if (!strcmp(what, "become"))
		return setuid((uid_t)number);
	if (!strcmp(what, "unshare"))
		return syscall(SYS_unshare, number);
	return 0;
}

int main(void)
{
	char text[256];
	ssize_t size = read(0, text, sizeof text - 1);
	if (size < 0)
		return EIO;
	text[size] = 0;
	char *what = strtok(text, " \n"), *argument = strtok(NULL, " \n");
	return attempt(what ? what : "", argument ? argument : "") < 0 ? errno : 0;
}
