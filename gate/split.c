#include "gate.h"

#include <linux/fcntl.h>
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
 * Forks the first process of the pid namespace that was unshared before. Between the two runs a pipe that gets one
 * byte and then an end: in the namespace getppid() is 0 whether the outer gate lives or not, the end of a pipe is certain.
 */
void split(void)
{
	s32 pipe[2];
	long result = syscall2(__NR_pipe2, pipe, O_CLOEXEC);
	long pid = is_error(result) ? result : fork_process();
	if (is_error(pid)) {
		event_failed(gate.next - 1, pid);
		event_end();
		leave(EXIT_LAUNCH_FAILED);
	}
	if (pid == 0) {
		gate.role = ROLE_INNER;
		gate.lifeline = pipe[0];
		syscall1(__NR_close, pipe[1]);
		return;
	}
	/* The outer gate's end takes the place of the control pipe, which is the inner one's; the plan closes the rest. */
	gate.child = (s32)pid;
	if (syscall3(__NR_dup3, pipe[1], CONTROL_FD, O_CLOEXEC) != CONTROL_FD)
		leave(EXIT_LAUNCH_FAILED);
}

/*
 * The outer gate has given up all that it had: only now may the inner one say that it is ready. Then it waits; the
 * inner one's status is its own.
 */
void wait_for_inner(void)
{
	int status = 0;
	char confined = 'c';
	long result;
	if (syscall3(__NR_write, CONTROL_FD, &confined, 1) != 1)
		leave(EXIT_LAUNCH_FAILED);
	do
		result = syscall4(__NR_wait4, gate.child, &status, __WALL, 0);
	while (result == -EINTR);
	if (result != gate.child || (status & 0x7f) != 0)
		leave(EXIT_LAUNCH_FAILED);
	leave((status >> 8) & 0xff);
}
