/*
 * A session of one peer of datagrams: does what each of its messages asks for and answers it. An answer may be longer
 * than the question, so that askers pad theirs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char answer[1500];

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		exit(errno == EPIPE ? 0 : 3);
}

static const char *result(long value)
{
	return value < 0 ? strerrorname_np(errno) : "done";
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "-";
}

static void who(void)
{
	snprintf(answer, sizeof answer, "%d %s %s %s %s %s", getpid(), variable("PROTO"), variable("UDPREMOTEIP"),
		 variable("UDPREMOTEPORT"), variable("UDPLOCALIP"), variable("UDPLOCALPORT"));
	say(answer);
}

/* The kind of a descriptor: two numbers of socket(2). */
static void kind_of(int fd, char *text, size_t size)
{
	int domain = 0, type = 0;
	socklen_t length = sizeof domain;
	long failed = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
	if (!failed)
		failed = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	if (failed)
		snprintf(text, size, "%s", strerrorname_np(errno));
	else
		snprintf(text, size, "%s %s",
			 domain == AF_UNIX   ? "unix"
			 : domain == AF_INET ? "inet"
					     : "other",
			 type == SOCK_SEQPACKET ? "seqpacket"
			 : type == SOCK_DGRAM   ? "dgram"
						: "other");
}

/* A descriptor beside a message, for whoever reads it. */
static long pass_descriptor(void)
{
	char byte = 'd';
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec piece = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	return sendmsg(0, &message, 0);
}

static void inside(void)
{
	char input[64], output[64];
	const char *another = result(socket(AF_INET, SOCK_DGRAM, 0));
	kind_of(0, input, sizeof input);
	kind_of(1, output, sizeof output);
	snprintf(answer, sizeof answer, "0 %s, 1 %s, socket %s, descriptor %s", input, output, another,
		 result(pass_descriptor()));
	say(answer);
}

/* To the address of somebody else, by the descriptor that it has: "to PORT". */
static void to(const char *port)
{
	struct sockaddr_in victim = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
	victim.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	result(sendto(0, "for a victim", 12, 0, (struct sockaddr *)&victim, sizeof victim));
}

static void wait_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&time, NULL);
}

int main(void)
{
	static char message[70000];
	for (;;) {
		ssize_t size = read(0, message, sizeof message - 1);
		if (size <= 0) {
			say("the end");
			return 0;
		}
		message[size] = 0;
		const char *word = strtok(message, " "), *number = strtok(NULL, " ");
		long count = number ? atol(number) : 0;
		if (!word)
			word = "";
		if (!strcmp(word, "who")) {
			who();
		} else if (!strcmp(word, "inside")) {
			inside();
		} else if (!strcmp(word, "to")) {
			to(number);
		} else if (!strcmp(word, "bomb")) {
			memset(answer, 'x', 1000);
			for (long i = 0; i < count; i++)
				say(answer);
		} else if (!strcmp(word, "last")) {
			for (long i = 0; i < count; i++) {
				snprintf(answer, sizeof answer, "%ld", i);
				say(answer);
			}
			return 0;
		} else if (!strcmp(word, "slow")) {
			say("begun");
			wait_ms(count);
			say("slow");
		} else if (!strcmp(word, "socket")) {
			say(result(socket(AF_INET, SOCK_DGRAM, 0)));
		} else {
			snprintf(answer, sizeof answer, "%d %s", getpid(), word);
			say(answer);
		}
	}
}
