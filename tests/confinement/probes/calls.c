/* System calls as the test words them: a number and up to six registers, which no C library looks at first. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long call_with(char *words)
{
	unsigned long registers[7] = {0};
	for (int i = 0; i < 7; i++)
		registers[i] = strtoul(words, &words, 0);
	return syscall((long)registers[0], registers[1], registers[2], registers[3], registers[4], registers[5],
		       registers[6]);
}

/* A clone or fork comes back twice. */
static void make_call(long number)
{
	(void)number;
	pid_t self = getpid();
	long result = call_with(request_words);
	if (result == 0 && getpid() != self)
		_exit(0);
	say("%s", outcome(result));
}

/* One call a line, and an empty line at the end; the errno of each, 0 for none. */
static void make_calls(long unused)
{
	(void)unused;
	char line[256];
	while (read_line(line, sizeof line) && line[0]) {
		long result = call_with(line);
		say("%d", result < 0 ? errno : 0);
	}
}

const struct probe call_probes[] = {
	{"call", make_call},
	{"calls", make_calls},
	{0},
};
