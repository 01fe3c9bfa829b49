/*
 * Measures how long a launcher takes for a program that ends at once: from before its start to after its end. One run
 * goes before the measured ones, so that the files are in memory.
 *
 *   start COUNT PROGRAM ARGUMENT...
 *
 * Prints the microseconds of each start as JSON. A launcher that fails ends everything with status 1.
 */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static double monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The wait status of the launcher, or a negative errno when there is none. */
static int launch(char **command)
{
	char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	pid_t child;
	int status;
	int error = posix_spawn(&child, command[0], NULL, NULL, command, environment);
	if (error)
		return -error;
	return waitpid(child, &status, 0) < 0 ? -errno : status;
}

static int fail(const char *program, int status)
{
	if (status < 0)
		fprintf(stderr, "start: %s: %s\n", program, strerror(-status));
	else if (WIFSIGNALED(status))
		fprintf(stderr, "start: %s ended by signal %d\n", program, WTERMSIG(status));
	else
		fprintf(stderr, "start: %s ended with status %d\n", program, WEXITSTATUS(status));
	return 1;
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[1]) : 0;
	if (count < 1) {
		fprintf(stderr, "usage: start COUNT PROGRAM ARGUMENT...\n");
		return 2;
	}
	char **command = argv + 2;
	int status = launch(command);
	if (status != 0)
		return fail(command[0], status);
	for (int i = 0; i < count; i++) {
		double begin = monotonic_us();
		status = launch(command);
		double end = monotonic_us();
		if (status != 0)
			return fail(command[0], status);
		printf("%s%.1f", i == 0 ? "[" : ",", end - begin);
	}
	puts("]");
	return 0;
}
