/* The state that a session starts with. */
#include "probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void show_status(long unused)
{
	(void)unused;
	char text[3000];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t size = read(fd, text, sizeof text - 1);
	for (ssize_t i = 0; i < size; i++)
		if (text[i] == '\n')
			text[i] = ';';
	text[size < 0 ? 0 : size] = 0;
	say("%s", text);
}

static void show_descriptors(long unused)
{
	(void)unused;
	char text[4096];
	int length = 0;
	struct stat information;
	for (int fd = 0; fd < 4096 && length < 4000; fd++)
		if (fstat(fd, &information) == 0)
			length += sprintf(text + length, " %d=%s", fd,
					  S_ISSOCK(information.st_mode)   ? "socket"
					  : S_ISFIFO(information.st_mode) ? "pipe"
					  : S_ISCHR(information.st_mode)  ? "device"
									  : "other");
	say("%s", text + 1);
}

static void show_environment(long unused)
{
	(void)unused;
	for (char **variable = environ; *variable; variable++)
		say("%s", *variable);
}

static void show_directory(long unused)
{
	(void)unused;
	char path[512];
	say("%s", getcwd(path, sizeof path) ? path : outcome(-1));
}

/* Sixteen pairs, in the kernel's order. */
static void show_limits(long unused)
{
	(void)unused;
	char text[1024];
	int length = 0;
	for (int resource = 0; resource < 16; resource++) {
		struct rlimit limits = {0, 0};
		getrlimit(resource, &limits);
		length += sprintf(text + length, " %lld:%lld", (long long)limits.rlim_cur, (long long)limits.rlim_max);
	}
	say("%s", text + 1);
}

static void show_ignored_signals(long unused)
{
	(void)unused;
	int ignored = 0, blocked = 0;
	sigset_t mask;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int signal = 1; signal <= 64; signal++) {
		struct sigaction action;
		if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			ignored++;
		if (sigismember(&mask, signal) == 1)
			blocked++;
	}
	say("%d ignored, %d blocked", ignored, blocked);
}

/* Out of /proc: a session may read there what no call of its own would tell. */
static void show_scheduling(long unused)
{
	(void)unused;
	char text[2048], personality[16];
	int stat = open("/proc/self/stat", O_RDONLY), nice = 0, policy = 0;
	ssize_t size = read(stat, text, sizeof text - 1);
	text[size < 0 ? 0 : size] = 0;
	const char *rest = strrchr(text, ')');
	/* Field 19 is the nice value, field 41 the scheduling class; field 3 follows the name. */
	int field = 2;
	for (char *word = strtok(rest ? (char *)rest + 1 : text, " "); word; word = strtok(NULL, " ")) {
		field++;
		if (field == 19)
			nice = atoi(word);
		if (field == 41)
			policy = atoi(word);
	}
	int fd = open("/proc/self/personality", O_RDONLY);
	size = read(fd, personality, sizeof personality - 1);
	personality[size < 0 ? 0 : size] = 0;
	say("nice %d, class %d, personality %.8s", nice, policy, personality);
}

static void become_root(long unused)
{
	(void)unused;
	const char *user = outcome(setresuid(0, 0, 0));
	const char *group = outcome(setresgid(0, 0, 0));
	say("user %s, group %s", user, group);
}

const struct probe state_probes[] = {
	{"show-status", show_status},
	{"show-descriptors", show_descriptors},
	{"show-environment", show_environment},
	{"show-directory", show_directory},
	{"show-limits", show_limits},
	{"show-signals", show_ignored_signals},
	{"show-scheduling", show_scheduling},
	{"become-root", become_root},
	{0},
};
