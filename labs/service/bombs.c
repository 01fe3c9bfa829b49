/* Ways to use up what the host has. Every bomb has a bound, so that it shows the weakness and harms nobody. */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FORKS = 60, MOST_MEGABYTES = 400, MOST_FILE = 20, MOST_DESCRIPTORS = 500, MOST_SECONDS = 3 };
enum { MEGABYTE = 1 << 20, LIFE_OF_A_CHILD = 4, MOST_SLEEP_MS = 10000 };

static void pause_ms(long ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&time, NULL);
}

/* !raise : a process may raise a soft limit up to the hard one. It answers nothing: the next line shows the gain. */
static void raise_limits(const struct request *request)
{
	(void)request;
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;
		if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
			continue;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(resource, &limit) != 0) {
			answer_errno("raise");
			return;
		}
	}
}

/* !forks N */
static void forks(const struct request *request)
{
	long wanted = number(request, 1, MOST_FORKS);
	long done = 0;
	for (; done < wanted; done++) {
		pid_t child = fork();
		if (child < 0)
			break;
		if (child == 0) {
			pause_ms(LIFE_OF_A_CHILD * 1000);
			_exit(0);
		}
	}
	if (done < wanted)
		answer_errno("forks");
	else
		answer_number("forks", done);
}

/* !memory MEGABYTES : memory counts when it is touched. */
static void memory(const struct request *request)
{
	long wanted = number(request, 1, MOST_MEGABYTES);
	for (long done = 0; done < wanted; done++) {
		char *part = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (part == MAP_FAILED) {
			answer_errno("memory");
			return;
		}
		memset(part, 1, MEGABYTE);
	}
	answer_number("memory", wanted);
}

/* !file MEGABYTES */
static void file(const struct request *request)
{
	static const char part[1 << 16];
	long wanted = number(request, 1, MOST_FILE);
	int out = open("/srv/spool/bomb", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	long left = wanted * MEGABYTE;
	while (out >= 0 && left > 0) {
		ssize_t written = write(out, part, sizeof part);
		if (written <= 0)
			break;
		left -= written;
	}
	if (out < 0 || left > 0)
		answer_errno("file");
	else
		answer_number("file", wanted);
	unlink("/srv/spool/bomb");
	if (out >= 0)
		close(out);
}

/* !descriptors N */
static void descriptors(const struct request *request)
{
	long wanted = number(request, 1, MOST_DESCRIPTORS);
	int taken[MOST_DESCRIPTORS];
	long done = 0;
	while (done < wanted && (taken[done] = dup(1)) >= 0)
		done++;
	if (done < wanted)
		answer_errno("descriptors");
	for (long i = 0; i < done; i++)
		close(taken[i]);
	if (done == wanted)
		answer_number("descriptors", done);
}

/* !spin SECONDS of processor time */
static void spin(const struct request *request)
{
	long wanted = number(request, 1, MOST_SECONDS);
	while (clock() / CLOCKS_PER_SEC < wanted)
		;
	answer_number("spin", wanted);
}

/* !sleep MILLISECONDS : a sleeper uses no processor time. */
static void sleep_long(const struct request *request)
{
	long wanted = number(request, 1, MOST_SLEEP_MS);
	pause_ms(wanted);
	answer_number("sleep", wanted);
}

const struct command bomb_commands[] = {
	{"!raise", raise_limits},      {"!forks", forks}, {"!memory", memory},    {"!file", file},
	{"!descriptors", descriptors}, {"!spin", spin},   {"!sleep", sleep_long}, {NULL, NULL},
};
