#include "../event.h"
#include "../gate.h"
#include "recorder.h"

#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/signal.h>

/*
 * portcullis-recorder UID GID WANTED PROGRAM NAME [ARGUMENT]...
 * The process that is started becomes PROGRAM. Before that it makes a process of its own, a child of nobody here, which
 * traces it and gives up its privilege. UID and GID are "-" where it stays who it is.
 */
enum { FIRST = 1, UID = FIRST, GID, WANTED, PROGRAM, NAME };

static const char *problem = "the recorder was started with wrong arguments";

__attribute__((noreturn)) static void fail(long error)
{
	event_begin("recorder-failed");
	event_text("reason", problem);
	event_number("errno", is_error(error) ? -error : 0);
	event_end();
	leave(EXIT_LAUNCH_FAILED);
}

static s64 read_id(const char *text)
{
	s64 value = 0;
	if (*text == '-')
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			fail(0);
		value = value * 10 + (*text - '0');
	}
	return value;
}

/* Descriptors of the service: what it is served with must end when it ends. */
static void keep_events_and(s32 answer)
{
	if (answer != ANSWER_FD)
		syscall3(__NR_dup3, answer, ANSWER_FD, O_CLOEXEC);
	syscall3(__NR_close_range, 0, EVENTS_FD - 1, 0);
	syscall3(__NR_close_range, ANSWER_FD + 1, ~0u, 0);
}

__attribute__((noreturn)) static void record(s32 traced, s32 allowed, s32 answer, const struct nobody *nobody)
{
	char byte;
	syscall0(__NR_setsid);
	/* Yama lets it trace only when the other one has said so. */
	syscall3(__NR_read, allowed, &byte, 1);
	syscall1(__NR_close, allowed);
	long result = follow_attach(traced);
	keep_events_and(answer);
	if (result == 0)
		result = drop_privilege(nobody);
	else
		result -= 4096;
	syscall3(__NR_write, ANSWER_FD, &result, sizeof result);
	if (result == 0) {
		syscall1(__NR_close, ANSWER_FD);
		follow();
	}
	leave(0);
}

/* Its parent ends at once, so that nobody who waits for children of this process finds it. */
static s32 start(const struct nobody *nobody, s32 allowed, s32 answer, s32 number)
{
	s32 traced = (s32)syscall0(__NR_getpid), pid = 0;
	long between = fork_process();
	if (between == 0) {
		long recorder = fork_process();
		if (recorder == 0)
			record(traced, allowed, answer, nobody);
		pid = (s32)recorder;
		syscall3(__NR_write, number, &pid, sizeof pid);
		leave(0);
	}
	if (is_error(between))
		fail(between);
	syscall4(__NR_wait4, between, NULL, 0, NULL);
	return pid;
}

static void make_pipe(s32 ends[2])
{
	long result = syscall2(__NR_pipe2, ends, O_CLOEXEC);
	problem = "no pipe can be made";
	if (result != 0)
		fail(result);
}

static void start_recorder(const struct nobody *nobody)
{
	s32 allowed[2], answer[2], number[2], pid = 0;
	long result = -EPIPE;
	make_pipe(allowed);
	make_pipe(answer);
	make_pipe(number);
	problem = "no recorder can be started";
	start(nobody, allowed[0], answer[1], number[1]);
	syscall1(__NR_close, answer[1]);
	if (syscall3(__NR_read, number[0], &pid, sizeof pid) != (long)sizeof pid || pid <= 0)
		fail(pid);
	syscall5(__NR_prctl, PR_SET_PTRACER, pid, 0, 0, 0);
	syscall3(__NR_write, allowed[1], "", 1);
	if (syscall3(__NR_read, answer[0], &result, sizeof result) != (long)sizeof result)
		result = -EPIPE;
	problem = "the recorder cannot give up its privilege";
	if (result < -4095) {
		problem = "this process may not be traced";
		result += 4096;
	}
	if (result != 0)
		fail(result);
}

/* An executable that was built has no descriptor for events yet. */
static void open_events(void)
{
	if (is_error(syscall2(__NR_fcntl, EVENTS_FD, F_GETFD)))
		syscall3(__NR_dup3, 2, EVENTS_FD, 0);
}

__attribute__((noreturn, used)) void gate_main(const s64 *stack)
{
	char *const *arguments = (void *)(stack + 1);
	char *const *environment = arguments + stack[0] + 1;
	open_events();
	if (stack[0] <= NAME || !wanted_read(arguments[WANTED]))
		fail(0);
	const struct nobody nobody = {read_id(arguments[UID]), read_id(arguments[GID])};
	start_recorder(&nobody);
	long result = syscall3(__NR_execve, arguments[PROGRAM], arguments + NAME, environment);
	problem = "the program cannot be started";
	fail(result);
}
