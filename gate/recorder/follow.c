#include "recorder.h"

#include <linux/ptrace.h>
#include <linux/signal.h>
#include <linux/wait.h>

/* Of a stop at a call, so that it is no signal; PTRACE_O_TRACESYSGOOD. */
enum { AT_CALL = 0x80 };

static u32 last_session;

/*
 * Those that have stopped wait here until no other has: the kernel looks for one from the first on, and a few that make
 * calls without end would be all that it finds.
 */
enum { MOST_WAITING = 4096 };

static struct {
	s32 pid;
	u32 signal;
} waiting[MOST_WAITING];
static u32 waiting_count;

long follow_attach(s32 pid)
{
	struct task *task = task_add(pid);
	task->role = TASK_OUTER;
	task->has_begun = 1;
	return syscall4(__NR_ptrace, PTRACE_SEIZE, pid, 0,
			PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				PTRACE_O_TRACEEXEC);
}

static void go_on(s32 pid, u32 signal)
{
	const struct task *task = task_of(pid);
	syscall4(__NR_ptrace, task && task->is_followed ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, signal);
}

static void let_all_go_on(void)
{
	for (u32 i = 0; i < waiting_count; i++)
		go_on(waiting[i].pid, waiting[i].signal);
	waiting_count = 0;
}

static void wait_for_others(s32 pid, u32 signal)
{
	if (waiting_count == MOST_WAITING)
		let_all_go_on();
	waiting[waiting_count].pid = pid;
	waiting[waiting_count].signal = signal;
	waiting_count++;
}

/* The outer gate makes the inner one, which makes sessions and numbers them in this order; all else belongs to them. */
static struct task *begin(s32 pid, const struct task *parent)
{
	struct task *task = task_add(pid);
	if (!task || task->has_begun)
		return task;
	task->has_begun = 1;
	task->role = TASK_SESSION;
	task->session = 0;
	task->is_followed = !parent || parent->is_followed;
	if (parent && parent->role == TASK_OUTER)
		task->role = TASK_INNER;
	else if (parent && parent->role == TASK_INNER)
		task->session = ++last_session;
	else if (parent)
		task->session = parent->session;
	return task;
}

/*
 * A child may stop before its parent says that it has one. Of a gate's child nobody knows more until then: it may also
 * be an orphan of a session, or a process that a session has made the gate's child, and these count as no session.
 */
static struct task *begin_alone(s32 pid)
{
	struct names names;
	names_read(pid, &names);
	const struct task *parent = task_of(names.group == pid ? names.parent : names.group);
	if (!parent || parent->role == TASK_SESSION)
		return begin(pid, parent);
	struct task *task = task_add(pid);
	if (task)
		task->role = TASK_SESSION;
	return task;
}

/* A parent says that it has a child. One that is no longer traced has ended before, and nothing more comes of it. */
static void note_child(s32 pid, const struct task *parent)
{
	struct names names;
	if (pid <= 0)
		return;
	begin(pid, parent);
	names_read(pid, &names);
	if (!names.tracer)
		task_remove(pid);
}

static void note_entry(struct task *task, const struct ptrace_syscall_info *info)
{
	task->nr = info->entry.nr;
	for (u32 i = 0; i < REGISTERS; i++)
		task->args[i] = info->entry.args[i];
}

/* brk answers the end of the heap: that it was, when it cannot be what was asked for. */
static s64 error_of(const struct task *task, const struct wanted *wanted, const struct ptrace_syscall_info *info)
{
	if (wanted->is_brk)
		return (u64)info->exit.rval < task->args[0] ? ENOMEM : 0;
	return info->exit.is_error ? -info->exit.rval : 0;
}

static void look_at_call(struct task *task)
{
	struct ptrace_syscall_info info;
	memset(&info, 0, sizeof info);
	if (syscall4(__NR_ptrace, PTRACE_GET_SYSCALL_INFO, task->pid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		note_entry(task, &info);
	if (info.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	const struct wanted *wanted = wanted_call(task->nr);
	s64 error = wanted ? error_of(task, wanted, &info) : 0;
	if (wanted && wanted_errno(wanted, error))
		tell_answer(task, wanted, error);
}

static s32 message_of(s32 pid)
{
	u64 message = 0;
	syscall4(__NR_ptrace, PTRACE_GETEVENTMSG, pid, 0, &message);
	return (s32)message;
}

/* A thread that starts a program takes the number of the first one, and the others are gone. */
static void note_exec(struct task *task)
{
	s32 before = message_of(task->pid);
	s32 pid = task->pid;
	task->is_followed = task->role == TASK_SESSION;
	task->nr = ~0ull;
	if (before > 0 && before != pid)
		task_remove(before);
}

static int is_stop_signal(u32 signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void stopped(s32 pid, u32 status)
{
	u32 signal = status >> 8 & 0xff, event = status >> 16;
	struct task *task = task_of(pid);
	if (!task)
		task = begin_alone(pid);
	/* A stop of the whole process lasts until it is continued. */
	if (event == PTRACE_EVENT_STOP && is_stop_signal(signal)) {
		syscall4(__NR_ptrace, PTRACE_LISTEN, pid, 0, 0);
		return;
	}
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
		note_child(message_of(pid), task);
	if (task && event == PTRACE_EVENT_EXEC) {
		note_exec(task);
		task = task_of(pid);
	}
	if (task && signal == (SIGTRAP | AT_CALL))
		look_at_call(task);
	wait_for_others(pid, event == 0 && signal != (SIGTRAP | AT_CALL) ? signal : 0);
}

void follow(void)
{
	for (;;) {
		u32 status = 0;
		long pid = syscall4(__NR_wait4, -1, &status, waiting_count ? __WALL | WNOHANG : __WALL, NULL);
		if (pid == 0)
			let_all_go_on();
		if (pid == 0 || pid == -EINTR)
			continue;
		if (pid < 0)
			break;
		if ((status & 0xff) == 0x7f)
			stopped((s32)pid, status);
		else
			task_remove((s32)pid);
		tell_rest(0);
	}
	tell_rest(1);
}
