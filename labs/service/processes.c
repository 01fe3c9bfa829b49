/* Acts upon others that only root, or a capability, is allowed. */
#define _GNU_SOURCE
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int by_setresuid(void)
{
	return setresuid(0, 0, 0);
}

static int by_setreuid(void)
{
	return setreuid(0, 0);
}

static int by_setuid(void)
{
	return setuid(0);
}

/* It answers the user from before, whether it has worked or not. */
static int by_setfsuid(void)
{
	setfsuid(0);
	return 0;
}

static const struct {
	const char *name;
	int (*become_root)(void);
} ways_back[] = {
	{"setresuid", by_setresuid}, {"setreuid", by_setreuid}, {"setuid", by_setuid}, {"setfsuid", by_setfsuid}};

/* !regain PATH [WAY] : a service that only lends its rights out takes them back. */
static void regain(const struct request *request)
{
	const char *way = request->count > 2 ? word(request, 2) : "setresuid";
	for (size_t i = 0; i < sizeof ways_back / sizeof *ways_back; i++)
		if (strcmp(ways_back[i].name, way) == 0 && ways_back[i].become_root() == 0) {
			answer_file("regain", open(word(request, 1), O_RDONLY));
			return;
		}
	answer_errno("regain");
}

/* !regroup PATH GID [setgid] : who may choose a group needs no other user. */
static void regroup(const struct request *request)
{
	gid_t group = (gid_t)number(request, 2, 65535);
	bool is_own = strcmp(word(request, 3), "setgid") == 0;
	if ((is_own ? setgid(group) : setgroups(1, &group)) != 0)
		answer_errno("regroup");
	else
		answer_file("regroup", open(word(request, 1), O_RDONLY));
}

/* !own PATH [chmod] : a file is given to its reader, or opened to all. */
static void own(const struct request *request)
{
	const char *path = word(request, 1);
	bool is_mode = strcmp(word(request, 2), "chmod") == 0;
	if ((is_mode ? chmod(path, 0644) : chown(path, geteuid(), (gid_t)-1)) != 0)
		answer_errno("own");
	else
		answer_file("own", open(path, O_RDONLY));
}

/* !kill PID */
static void kill_process(const struct request *request)
{
	if (kill((pid_t)number(request, 1, 1 << 22), SIGKILL) != 0)
		answer_errno("kill");
	else
		answer("kill", "done");
}

/* !ptrace PID : a tracer does with a process what it likes. */
static void trace(const struct request *request)
{
	pid_t pid = (pid_t)number(request, 1, 1 << 22);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0) {
		answer_errno("ptrace");
		return;
	}
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_KILL, pid, NULL, NULL);
	kill(pid, SIGKILL);
	/* The end of a traced process is first told to its tracer, then to its parent. */
	waitpid(pid, NULL, __WALL);
	answer("ptrace", "attached");
}

/* !raw TEXT : a raw socket sees what all others send. It waits for a segment with this text. */
static void listen_to_all(const struct request *request)
{
	const char *wanted = word(request, 1);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
	if (fd < 0) {
		answer_errno("raw");
		return;
	}
	answer("raw", "listening");
	char packet[2048];
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	for (int tries = 0; tries < 1000 && poll(&waiting, 1, 1500) > 0; tries++) {
		ssize_t length = recv(fd, packet, sizeof packet - 1, 0);
		if (length <= 0)
			break;
		char *found = memmem(packet, (size_t)length, wanted, strlen(wanted));
		if (found == NULL || *wanted == '\0')
			continue;
		packet[length] = '\0';
		found[strcspn(found, "\n")] = '\0';
		answer("heard", found);
		break;
	}
	close(fd);
}

const struct command process_commands[] = {
	{"!regain", regain}, {"!regroup", regroup},   {"!own", own}, {"!kill", kill_process},
	{"!ptrace", trace},  {"!raw", listen_to_all}, {NULL, NULL},
};
