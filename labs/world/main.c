/*
 * world --node FILE --dist DIR --modules DIR --programs DIR --seconds N
 *
 * Runs the referee in a world of its own, with the standard descriptors of the caller. Descriptor 3 is a pipe that the
 * caller holds: when it is closed, the world ends.
 */
#include "world.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 70 };

_Noreturn void fail(const char *step)
{
	fprintf(stderr, "world: %s: %s\n", step, strerror(errno));
	_exit(FAILED);
}

static struct world read_options(int count, char **words)
{
	static const struct option options[] = {
		{"node", required_argument, NULL, 'n'},    {"dist", required_argument, NULL, 'd'},
		{"modules", required_argument, NULL, 'm'}, {"programs", required_argument, NULL, 'p'},
		{"seconds", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
	};
	struct world world = {.seconds = 0};
	for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) {
		switch (option) {
		case 'n':
			world.node = optarg;
			break;
		case 'd':
			world.dist = optarg;
			break;
		case 'm':
			world.modules = optarg;
			break;
		case 'p':
			world.programs = optarg;
			break;
		case 's':
			world.seconds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		default:
			exit(FAILED);
		}
	}
	if (!world.node || !world.dist || !world.modules || !world.programs || world.seconds == 0) {
		fprintf(stderr, "world: --node, --dist, --modules, --programs and --seconds are required\n");
		exit(FAILED);
	}
	return world;
}

/* The end of the parent is the end of this process, also when the parent has ended already. */
static void end_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		fail("prctl(PR_SET_PDEATHSIG)");
	if (getppid() != parent)
		_exit(FAILED);
}

int main(int count, char **words)
{
	struct world world = read_options(count, words);
	/* Ctrl-C is for the starter, which closes the lifeline. */
	setsid();
	const struct rlimit no_core = {0, 0};
	setrlimit(RLIMIT_CORE, &no_core);
	leave_host();
	pid_t init = fork();
	if (init < 0)
		fail("fork");
	if (init == 0) {
		/* Outside of this namespace of processes the parent has no number. */
		end_with(0);
		enter_root(&world);
		set_up_network();
		_exit(watch_over(&world));
	}
	close(LIFELINE);
	int status;
	while (waitpid(init, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}
