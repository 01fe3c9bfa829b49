/*
 * filter-cost FILE INSTALLS CALLS   what a filter costs: installs it in INSTALLS processes, one after the other, and
 *                                   makes CALLS calls of each kind in one more. FILE holds struct sock_filter; '-' is
 *                                   no filter
 *
 * Prints us for each installation, in one line, then ns for a call that is allowed, for one that is allowed for its
 * argument, and for one that is denied.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct sock_filter instructions[4096];
static struct sock_fprog program = {.len = 0, .filter = instructions};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void install(void)
{
	if (program.len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		die("seccomp");
}

static double per_call(long calls, long number, long argument)
{
	double start = now_ns();
	for (long i = 0; i < calls; i += 1)
		syscall(number, argument);
	return (now_ns() - start) / (double)calls;
}

static void in_child(void (*work)(long), long argument)
{
	fflush(stdout);
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		work(argument);
		fflush(stdout);
		_exit(0);
	}
	int status;
	if (waitpid(child, &status, 0) != child || status != 0) {
		fputs("filter-cost: a process with the filter did not end well\n", stderr);
		exit(1);
	}
}

static void time_install(long unused)
{
	(void)unused;
	double start = now_ns();
	install();
	printf("%.2f ", (now_ns() - start) / 1e3);
}

/* A personality of 0xffffffff asks for the present one. Nothing answers lookup_dcookie any more, filter or none. */
static void time_calls(long calls)
{
	install();
	double allowed = per_call(calls, SYS_getppid, 0);
	double tested = per_call(calls, SYS_personality, 0xffffffff);
	double denied = per_call(calls, SYS_lookup_dcookie, 0);
	printf("\n%.1f %.1f %.1f\n", allowed, tested, denied);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	if (strcmp(argv[1], "-") != 0) {
		FILE *file = fopen(argv[1], "rb");
		if (file == NULL)
			die(argv[1]);
		program.len = (unsigned short)fread(instructions, sizeof instructions[0], 4096, file);
		fclose(file);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("no_new_privs");
	long installs = atol(argv[2]);
	for (long i = 0; i < installs; i += 1)
		in_child(time_install, 0);
	in_child(time_calls, atol(argv[3]));
	return 0;
}
