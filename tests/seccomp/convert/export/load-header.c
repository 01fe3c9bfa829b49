/* Installs the filter of an exported header, as the header says, and prints what four calls answer under it. */
#define _GNU_SOURCE
#include "filter.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int answer(long which, long who)
{
	return syscall(SYS_getpriority, which, who) < 0 ? errno : 0;
}

int main(void)
{
	struct sock_fprog program = {
		.len = sizeof some_service_1_filter / sizeof *some_service_1_filter,
		.filter = (struct sock_filter *)some_service_1_filter,
	};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return 1;
	printf("%d %d %d %d\n", answer(0, 0), answer(1, 0), answer(0, 0x100000000), answer(2, 0));
	return 0;
}
