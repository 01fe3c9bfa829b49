#include "debug.h"
#include "descriptors.h"
#include "outer.h"

#include <linux/fcntl.h>

enum { READ_END, WRITE_END };

/* Of a plan that nobody supervises: what would have been the launcher's ends are the outer gate's. */
enum { EVENTS, LOG, CONTROL, PIPES };

static void move(s32 from, s32 to)
{
	if (syscall3(__NR_dup3, from, to, O_CLOEXEC) != to)
		leave(EXIT_LAUNCH_FAILED);
}

static long make_pipes(s32 pipes[PIPES][2])
{
	long result = 0;
	for (int i = 0; i < PIPES && !is_error(result); i++)
		result = syscall2(__NR_pipe2, pipes[i], O_CLOEXEC);
	/* A reader that is too slow never stops the inner gate. */
	if (!is_error(result))
		result = syscall3(__NR_fcntl, pipes[EVENTS][WRITE_END], F_SETFL, O_NONBLOCK);
	if (!is_error(result))
		result = syscall3(__NR_fcntl, pipes[LOG][WRITE_END], F_SETFL, O_NONBLOCK);
	return result;
}

static void close_pipes(s32 pipes[PIPES][2])
{
	for (int i = 0; i < PIPES; i++) {
		syscall1(__NR_close, pipes[i][READ_END]);
		syscall1(__NR_close, pipes[i][WRITE_END]);
	}
}

static void keep_end(const s32 *pipe, int end, s32 to)
{
	move(pipe[end], to);
	syscall1(__NR_close, pipe[READ_END]);
	syscall1(__NR_close, pipe[WRITE_END]);
}

/* The kernel has no header of its own for these. */
enum { LOCAL = 1, SEQUENCED_PACKETS = 5 };

/* The socket over which the inner gate asks for numbers: a message each. */
static long make_numbers(s32 ends[2])
{
	return syscall4(__NR_socketpair, LOCAL, SEQUENCED_PACKETS | O_CLOEXEC, 0, ends);
}

/* The inner gate has both ends, see numbers.c. */
static void keep_numbers(const s32 ends[2])
{
	int is_inner = gate.own.role == ROLE_INNER;
	move(ends[!is_inner], NUMBERS_FD);
	if (is_inner)
		move(ends[1], OWNER_FD);
	syscall1(__NR_close, ends[0]);
	syscall1(__NR_close, ends[1]);
}

/*
 * Forks the first process of the pid namespace that was unshared before. Between the two runs a pipe that gets one
 * byte and then an end: in the namespace getppid() is 0 whether the outer gate lives or not, the end of a pipe is
 * certain.
 */
void split(enum split_mode mode, int audits)
{
	s32 lifeline[2], stops[2], numbers[2], pipes[PIPES][2];
	gate.mode = mode;
	gate.audits = audits;
	long result = syscall2(__NR_pipe2, lifeline, O_CLOEXEC);
	if (!is_error(result) && mode == SPLIT_SUPERVISE)
		result = make_pipes(pipes);
	if (!is_error(result) && mode == SPLIT_FORWARD)
		result = syscall2(__NR_pipe2, stops, O_CLOEXEC | O_NONBLOCK);
	if (!is_error(result) && audits)
		result = make_numbers(numbers);
	long pid = is_error(result) ? result : fork_process();
	if (is_error(pid))
		step_failed(&gate.own, gate.own.next - 1, pid);
	if (pid == 0) {
		gate.own.role = ROLE_INNER;
		gate.lifeline = lifeline[READ_END];
		syscall1(__NR_close, lifeline[WRITE_END]);
		debug_split();
		if (mode != SPLIT_WAIT)
			gate.own.failure = &gate.failures[IMAGE_MAX_SESSIONS];
		if (mode == SPLIT_FORWARD)
			keep_end(stops, WRITE_END, STOPS_FD);
		if (audits)
			keep_numbers(numbers);
		if (mode != SPLIT_SUPERVISE)
			return;
		move(pipes[EVENTS][WRITE_END], EVENTS_FD);
		move(pipes[CONTROL][READ_END], CONTROL_FD);
		move(pipes[LOG][WRITE_END], LOG_FD);
	} else {
		gate.child = (s32)pid;
		/* A control pipe that a launcher gave is the inner gate's now; the plan closes the rest. */
		move(lifeline[WRITE_END], LIFELINE_FD);
		syscall1(__NR_close, lifeline[READ_END]);
		syscall1(__NR_close, lifeline[WRITE_END]);
		if (mode == SPLIT_FORWARD)
			keep_end(stops, READ_END, OUTER_STOPS_FD);
		if (audits)
			keep_numbers(numbers);
		if (mode != SPLIT_SUPERVISE)
			return;
		move(pipes[EVENTS][READ_END], OUTER_EVENTS_FD);
		move(pipes[CONTROL][WRITE_END], ORDERS_FD);
		move(pipes[LOG][READ_END], OUTER_LOG_FD);
	}
	close_pipes(pipes);
}
