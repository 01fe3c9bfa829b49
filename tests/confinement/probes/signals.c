/* Signals to other sessions: by every call that sends one, and by descriptors whose owner is told. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers of the namespace that a sweep goes over. */
enum { LAST_PID = 40000 };

/* Says its process and its group, and each signal that reaches it. A byte of its client asks whether that was all. */
static void receive(long unused)
{
	(void)unused;
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	int signals = signalfd(-1, &all, 0);
	say("%d %d", getpid(), getpgrp());
	for (;;) {
		struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
		if (poll(events, 2, -1) < 0)
			return;
		struct signalfd_siginfo info;
		if (events[0].revents && read(signals, &info, sizeof info) == sizeof info)
			say("SIG%s", sigabbrev_np((int)info.ssi_signo));
		char byte;
		if (events[0].revents || !events[1].revents)
			continue;
		if (read(0, &byte, 1) <= 0)
			return;
		say("heard all");
	}
}

static void queued(siginfo_t *info)
{
	memset(info, 0, sizeof *info);
	info->si_signo = SIGUSR1;
	info->si_code = SI_QUEUE;
	info->si_pid = getpid();
	info->si_uid = getuid();
}

static const char *send_by(const char *way, pid_t pid)
{
	siginfo_t info;
	queued(&info);
	if (strcmp(way, "kill") == 0)
		return outcome(kill(pid, SIGUSR1));
	if (strcmp(way, "kill-group") == 0)
		return outcome(kill(-pid, SIGUSR1));
	/* It asks for every process that it may signal but itself and process 1. */
	if (strcmp(way, "kill-all") == 0)
		return outcome(kill(-1, SIGUSR1));
	if (strcmp(way, "tkill") == 0)
		return outcome(syscall(SYS_tkill, pid, SIGUSR1));
	if (strcmp(way, "tgkill") == 0)
		return outcome(syscall(SYS_tgkill, pid, pid, SIGUSR1));
	if (strcmp(way, "tgkill-any-group") == 0)
		return outcome(syscall(SYS_tgkill, -1, pid, SIGUSR1));
	if (strcmp(way, "tgkill-own-group") == 0)
		return outcome(syscall(SYS_tgkill, getpid(), pid, SIGUSR1));
	if (strcmp(way, "sigqueue") == 0)
		return outcome(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info));
	if (strcmp(way, "tgsigqueue") == 0)
		return outcome(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, &info));
	return "no such way";
}

struct attack {
	const char *way;
	pid_t pid;
	const char *result;
};

static void *send_from_thread(void *given)
{
	struct attack *attack = given;
	attack->result = send_by(attack->way, attack->pid);
	return NULL;
}

/* WAY FROM PID: from the session's first thread, another one, a child, or a program that it starts. */
static void send_signal(long unused)
{
	(void)unused;
	char way[32], from[32];
	struct attack attack = {.way = way, .result = "none"};
	if (sscanf(request_words, "%31s %31s %d", way, from, &attack.pid) != 3)
		return;
	signal(SIGUSR1, SIG_IGN);
	if (strcmp(from, "session") == 0) {
		say("%s", send_by(way, attack.pid));
	} else if (strcmp(from, "thread") == 0) {
		pthread_t thread;
		pthread_create(&thread, NULL, send_from_thread, &attack);
		pthread_join(thread, NULL);
		say("%s", attack.result);
	} else if (strcmp(from, "child") == 0) {
		pid_t child = fork();
		if (child == 0) {
			say("%s", send_by(way, attack.pid));
			_exit(0);
		}
		waitpid(child, NULL, 0);
	} else {
		char pid[16];
		snprintf(pid, sizeof pid, "%d", attack.pid);
		execl(program, program, "signal", way, pid, NULL);
		say("no program: %s", outcome(-1));
	}
}

int signal_after_exec(const char *way, const char *pid)
{
	dprintf(1, "%s\n", send_by(way, atoi(pid)));
	return 0;
}

/* Every number is asked; its own process and threads count as reached. */
static void sweep(long unused)
{
	(void)unused;
	int reached = 0, there = 0;
	for (pid_t pid = 1; pid <= LAST_PID; pid++) {
		if (kill(pid, 0) == 0)
			reached += pid != getpid();
		else
			there += errno == EPERM;
	}
	say("reached %d, there %d", reached, there);
}

/* The questions that a runtime asks about its threads, about another process. */
static void ask_scheduler(long pid)
{
	unsigned long processors[16];
	char attributes[64];
	struct timespec interval;
	const char *affinity = outcome(syscall(SYS_sched_getaffinity, pid, sizeof processors, processors));
	const char *policy = outcome(syscall(SYS_sched_getscheduler, pid));
	const char *parameters = outcome(syscall(SYS_sched_getparam, pid, attributes));
	const char *all = outcome(syscall(SYS_sched_getattr, pid, attributes, sizeof attributes, 0));
	const char *round = outcome(syscall(SYS_sched_rr_get_interval, pid, &interval));
	say("%s, %s, %s, %s, %s", affinity, policy, parameters, all, round);
}

/* A child and a thread of the session, as every runtime and its supervisor reach their own. */
static void signal_oneself(long unused)
{
	(void)unused;
	signal(SIGUSR1, SIG_IGN);
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	static const char *const ways[] = {"kill", "tkill", "tgkill", "sigqueue", "tgsigqueue"};
	int reached = 0;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		reached += strcmp(send_by(ways[i], getpid()), "done") == 0;
		reached += strcmp(send_by(ways[i], child), "done") == 0;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	say("reached %d", reached);
}

/*
 * EVENT WHERE OWNER GROUP: the owner of a descriptor is told of an event. A group is joined first, unless it is 0: what
 * is in front of it then is the session itself.
 */
static void own_descriptor(long unused)
{
	(void)unused;
	char event[16], where[16];
	int owner, group, ends[2] = {0, 0};
	if (sscanf(request_words, "%15s %15s %d %d", event, where, &owner, &group) != 4)
		return;
	signal(SIGIO, SIG_IGN);
	if (group != 0 && setpgid(0, group) != 0) {
		say("no group: %s", outcome(-1));
		return;
	}
	if (strcmp(where, "pipe") == 0 && pipe(ends) != 0)
		return;
	const char *owned = outcome(fcntl(ends[0], F_SETOWN, owner));
	const char *told = strcmp(event, "urgent") == 0
				   ? "done"
				   : outcome(fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_ASYNC));
	say("owner %s, told %s", owned, told);
	if (strcmp(where, "pipe") == 0) {
		if (write(ends[1], "", 1) != 1)
			return;
	} else {
		/* The client sends what it is told of. */
		struct pollfd client = {.fd = 0, .events = POLLIN | POLLPRI};
		poll(&client, 1, 2000);
	}
	usleep(20000);
	say("over");
}

static void end_by_abort(long unused)
{
	(void)unused;
	abort();
}

/* A service that accepts for itself has the owner of its listener told of the next client. */
void own_listener(int owner)
{
	int client = accept(0, NULL, NULL);
	signal(SIGIO, SIG_IGN);
	const char *owned = outcome(fcntl(0, F_SETOWN, owner));
	const char *told = outcome(fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_ASYNC));
	dprintf(client, "owner %s, told %s\n", owned, told);
	close(client);
	close(accept(0, NULL, NULL));
	_exit(0);
}

void urge(int port, const char *request)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((unsigned short)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char text[4096];
	ssize_t got;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		_exit(3);
	dprintf(fd, "%s\n", request);
	int asked = 0;
	while ((got = read(fd, text, sizeof text)) > 0) {
		if (write(1, text, (size_t)got) != got)
			_exit(3);
		if (!asked++ && send(fd, "!", 1, MSG_OOB) != 1)
			_exit(3);
	}
	_exit(0);
}

const struct probe signal_probes[] = {
	{"signal-receive", receive},      {"signal-send", send_signal},
	{"signal-sweep", sweep},          {"signal-oneself", signal_oneself},
	{"signal-owner", own_descriptor}, {"signal-abort", end_by_abort},
	{"ask-scheduler", ask_scheduler}, {0},
};
