/*
 * Makes the calls of a sequence in a child of its own and prints what the kernel answers and keeps after each. A line
 * of the input is a sequence of operations, each a name and three numbers; the answer is a line of states.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAPABILITIES = 41 };

typedef unsigned long long set;

static set bits(int option, int sub_option)
{
	set found = 0;
	for (int i = 0; i < CAPABILITIES; i++) {
		int is_set = sub_option ? prctl(option, sub_option, i, 0, 0) : prctl(option, i, 0, 0, 0);
		found |= (set)(is_set == 1) << i;
	}
	return found;
}

static void print_state(long result)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	unsigned r, e, s, rg, eg, sg;
	syscall(SYS_getresuid, &r, &e, &s);
	syscall(SYS_getresgid, &rg, &eg, &sg);
	syscall(SYS_capget, &header, data);
	set effective = data[0].effective | (set)data[1].effective << 32;
	set permitted = data[0].permitted | (set)data[1].permitted << 32;
	set inheritable = data[0].inheritable | (set)data[1].inheritable << 32;
	printf("%d %u,%u,%u %u,%u,%u %llu %llu %llu %llu %llu %d;", result < 0 ? -1 : 0, r, e, s, rg, eg, sg, effective,
	       permitted, inheritable, bits(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET), bits(PR_CAPBSET_READ, 0),
	       prctl(PR_GET_SECUREBITS));
}

static long set_capabilities(set effective, set permitted, set inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(unsigned)effective, (unsigned)permitted, (unsigned)inheritable},
		{(unsigned)(effective >> 32), (unsigned)(permitted >> 32), (unsigned)(inheritable >> 32)},
	};
	return syscall(SYS_capset, &header, data);
}

static long make(const char *name, set a, set b, set c)
{
	if (strcmp(name, "capset") == 0)
		return set_capabilities(a, b, c);
	if (strcmp(name, "setresuid") == 0)
		return syscall(SYS_setresuid, a, b, c);
	if (strcmp(name, "setresgid") == 0)
		return syscall(SYS_setresgid, a, b, c);
	if (strcmp(name, "setgroups") == 0)
		return syscall(SYS_setgroups, 0, NULL);
	if (strcmp(name, "keepcaps") == 0)
		return prctl(PR_SET_KEEPCAPS, a, 0, 0, 0);
	if (strcmp(name, "drop") == 0)
		return prctl(PR_CAPBSET_DROP, a, 0, 0, 0);
	if (strcmp(name, "securebits") == 0)
		return prctl(PR_SET_SECUREBITS, a, 0, 0, 0);
	if (strcmp(name, "raise") == 0)
		return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, a, 0, 0);
	if (strcmp(name, "clear") == 0)
		return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	fprintf(stderr, "no operation is called %s\n", name);
	exit(2);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) > 0) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			char name[16];
			set a, b, c;
			int length;
			print_state(0);
			for (char *at = line; sscanf(at, "%15s %llu %llu %llu%n", name, &a, &b, &c, &length) == 4;
			     at += length)
				print_state(make(name, a, b, c));
			printf("\n");
			exit(0);
		}
		int status;
		if (waitpid(child, &status, 0) != child || status != 0)
			return 1;
	}
	return 0;
}
