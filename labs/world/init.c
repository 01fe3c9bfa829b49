/*
 * The first process of a world: it starts the referee, takes every orphan, and ends when the referee has ended, when
 * the starter has closed the lifeline, or when the time is over. The kernel then ends everything else.
 */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIME_IS_OVER = 71 };

static pid_t start_referee(void)
{
	char *const words[] = {"/opt/node", "/opt/portcullis/dist/referee.js", NULL};
	char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
	pid_t child = fork();
	if (child < 0)
		fail("fork");
	if (child > 0)
		return child;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(LIFELINE);
	execve(words[0], words, environment);
	fail("exec of the referee");
}

/* Returns the status of the referee, or -1 while it lives. */
static int reap(pid_t referee)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == referee)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return -1;
}

static long long now_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

int watch_over(const struct world *world)
{
	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	int ends = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (ends < 0)
		fail("signalfd");
	long long end = now_ms() + world->seconds * 1000LL;
	pid_t referee = start_referee();
	for (;;) {
		struct pollfd watched[] = {{.fd = LIFELINE, .events = POLLIN}, {.fd = ends, .events = POLLIN}};
		long long left = end - now_ms();
		if (left <= 0)
			return TIME_IS_OVER;
		if (poll(watched, 2, (int)left) < 0 && errno != EINTR)
			fail("poll");
		/* Nobody writes into the lifeline: anything there is its end. */
		if (watched[0].revents != 0)
			return 0;
		struct signalfd_siginfo which;
		while (read(ends, &which, sizeof which) == sizeof which)
			;
		int status = reap(referee);
		if (status >= 0)
			return status;
	}
}
