#include "descriptors.h"
#include "outer.h"

#include <linux/wait.h>

/* Until the outer gate is confined, or never. */
void wait_for_outer(void)
{
	char confined;
	long result;
	do
		result = syscall3(__NR_read, gate.lifeline, &confined, 1);
	while (result == -EINTR);
	if (result != 1)
		leave(EXIT_LAUNCH_FAILED);
}

/*
 * The outer gate has given up all that it had: only now may the inner one say that it is ready. One that has failed
 * before is no failure of this call: its end and its last words are waited for like those of any other.
 */
void release_inner(void)
{
	char confined = 'c';
	syscall3(__NR_write, LIFELINE_FD, &confined, 1);
}

int inner_status(int options)
{
	int status = 0;
	long result;
	do
		result = syscall4(__NR_wait4, gate.child, &status, __WALL | options, 0);
	while (result == -EINTR);
	if (result == 0)
		return -1;
	if (result != gate.child || (status & 0x7f) != 0)
		return EXIT_LAUNCH_FAILED;
	return (status >> 8) & 0xff;
}

/* The inner gate's status is the outer one's. */
void wait_for_inner(void)
{
	release_inner();
	answer_numbers();
	leave(inner_status(0));
}
