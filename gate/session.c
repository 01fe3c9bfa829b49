#include "gate.h"

#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/wait.h>

enum { KEPT_BERTHS = 16 };

static struct session *free_entry(void)
{
	for (u32 i = 0; i < service.used; i++)
		if (sessions[i].pid == 0)
			return &sessions[i];
	return &sessions[service.used++];
}

/* A session that has a memory of its own may live for long: its berth is the next one's. So few are ever resident. */
static struct berth *free_berth(void)
{
	for (u32 i = 0; i < service.berths; i++)
		if (__atomic_load_n(&gate.berths[i].used, __ATOMIC_ACQUIRE) == 0)
			return &gate.berths[i];
	return &gate.berths[service.berths++];
}

static struct address local_of(s32 socket)
{
	u8 sockaddr[28];
	u32 size = sizeof sockaddr;
	struct address local;
	memset(&local, 0, sizeof local);
	if (service.numbers->local_address && syscall3(__NR_getsockname, socket, sockaddr, &size) == 0)
		address_from(&local, sockaddr);
	return local;
}

/*
 * Whoever closes a connection last may have to wait until its client has taken everything (SO_LINGER). So that it is never
 * the gate, the service does not begin before the gate has closed what it handed over.
 */
static void close_handed_over(struct process *process, s32 socket)
{
	if (service.numbers->handoff == HANDOFF_CONNECTION)
		syscall1(__NR_close, socket);
	for (int descriptor = 0; descriptor < 3 && service.numbers->handoff == HANDOFF_INHERITED; descriptor++)
		syscall1(__NR_close, descriptor);
	__atomic_store_n(&process->alone, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&process->awaited, __ATOMIC_SEQ_CST))
		syscall3(__NR_futex, &process->alone, FUTEX_WAKE_PRIVATE, 1);
}

static void wait_until_alone(struct process *self)
{
	__atomic_store_n(&self->awaited, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&self->alone, __ATOMIC_SEQ_CST))
		syscall4(__NR_futex, &self->alone, FUTEX_WAIT_PRIVATE, 0, NULL);
}

/* The rest of the plan is the session's own. */
__attribute__((noreturn)) static void run_session(void *argument)
{
	wait_until_alone(argument);
	execute_plan(argument);
	leave(EXIT_LAUNCH_FAILED);
}

static long start_session_process(const struct session *session, s32 socket, int log)
{
	const struct serve *numbers = service.numbers;
	struct berth *berth = free_berth();
	struct process *process = &berth->process;
	process->role = ROLE_SESSION;
	process->next = gate.own.next;
	process->failure = &gate.failures[session - sessions];
	for (u32 i = 0; i < gate.image.header->slot_count; i++)
		process->slots[i] = gate.own.slots[i];
	if (numbers->connection_slot != NO_SLOT)
		process->slots[numbers->connection_slot] = socket;
	if (numbers->log_slot != NO_SLOT)
		process->slots[numbers->log_slot] = log;
	process->peer = session->peer;
	process->local = local_of(socket);
	process->alone = 0;
	process->awaited = 0;
	berth->used = 1;
	long pid =
		start_process(CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, berth + 1, run_session, process, &berth->used);
	if (is_error(pid))
		berth->used = 0;
	else
		close_handed_over(process, socket);
	return pid;
}

/* Closes what it hands over. Zero when there is no room for a process now: then nothing was. */
int session_start(s32 socket, const struct address *peer)
{
	struct session *session = free_entry();
	memset(session, 0, sizeof *session);
	gate.failures[session - sessions].failed = 0;
	session->log = -1;
	session->peer = *peer;
	session->started_ns = monotonic_ns();
	int log = service.numbers->log_slot == NO_SLOT ? -1 : log_open(session);
	long pid = is_error(log) && log != -1 ? log : start_session_process(session, socket, log);
	if (log >= 0)
		syscall1(__NR_close, log);
	if (is_error(pid)) {
		log_close(session);
		pause_accepting(is_error(log) && log != -1 ? __NR_pipe2 : __NR_clone, pid);
		return 0;
	}
	session->pid = (s32)pid;
	session->number = ++service.last_number;
	service.live++;
	event_begin("start");
	event_number("session", session->number);
	event_number("pid", pid);
	if (service.numbers->handoff == HANDOFF_CONNECTION)
		event_address("peer", "port", peer);
	event_end();
	return 1;
}

void session_kill(struct session *session, enum cause cause)
{
	session->cause = cause;
	syscall2(__NR_kill, -session->pid, SIGKILL);
	syscall2(__NR_kill, session->pid, SIGKILL);
}

/* Asks every session to end, as init systems ask a service. */
void sessions_terminate(void)
{
	for (u32 i = 0; i < service.used; i++)
		if (sessions[i].pid)
			syscall2(__NR_kill, -sessions[i].pid, SIGTERM);
}

/* Ends every session that started at this time or before. */
void sessions_end(u64 started_until_ns, enum cause cause)
{
	if ((s64)started_until_ns < 0)
		return;
	for (u32 i = 0; i < service.used; i++)
		if (sessions[i].pid && sessions[i].started_ns <= started_until_ns && sessions[i].cause == CAUSE_EXIT)
			session_kill(&sessions[i], cause);
}

static void report_end(const struct session *session, int status, const struct rusage *usage)
{
	static const char *const causes[] = {"exit", "time", "stop"};
	const struct failure *failure = &gate.failures[session - sessions];
	if (failure->failed) {
		event_failed(failure->step, failure->result, session->number);
		event_end();
	}
	event_begin("end");
	event_number("session", session->number);
	event_number("pid", session->pid);
	if (status & 0x7f)
		event_number("signal", status & 0x7f);
	else
		event_number("status", (status >> 8) & 0xff);
	event_text("cause", causes[session->cause]);
	event_number("duration_us", (s64)((monotonic_ns() - session->started_ns) / 1000));
	event_number("cpu_us", (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 + usage->ru_utime.tv_usec +
				       usage->ru_stime.tv_usec);
	event_number("memory_kb", usage->ru_maxrss);
	event_end();
}

/* A service that accepted for itself may have shut its listener down, or made it one that never blocks. */
static void take_listener_back(const struct session *session)
{
	const struct serve *numbers = service.numbers;
	if (service.draining)
		return;
	long listener = gate.own.slots[numbers->listener_slots[0]];
	long result = syscall3(__NR_fcntl, listener, F_SETFL, 0);
	if (!is_error(result))
		result = syscall2(__NR_listen, listener, numbers->backlog);
	if (is_error(result)) {
		event_begin("listener-lost");
		event_number("errno", -result);
		event_end();
		leave(EXIT_LAUNCH_FAILED);
	}
	if (monotonic_ns() - session->started_ns < 1000000000u)
		pause_accepting(__NR_execve, 0);
}

/* When the last session has ended, the memory that more than a few at once began in is given back. */
static void give_back(void)
{
	service.used = 0;
	if (service.berths <= KEPT_BERTHS)
		return;
	syscall3(__NR_madvise, &gate.berths[KEPT_BERTHS], (service.berths - KEPT_BERTHS) * sizeof(struct berth),
		 MADV_DONTNEED);
	service.berths = KEPT_BERTHS;
}

static void end_session(struct session *session, int status, const struct rusage *usage)
{
	log_close(session);
	report_end(session, status, usage);
	if (service.numbers->handoff == HANDOFF_LISTENER)
		take_listener_back(session);
	if (service.numbers->handoff == HANDOFF_INHERITED)
		leave(status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff);
	session->pid = 0;
	if (--service.live == 0)
		give_back();
}

struct session *session_of(s32 pid)
{
	for (u32 i = 0; i < service.used; i++)
		if (sessions[i].pid == pid)
			return &sessions[i];
	return NULL;
}

/*
 * Looks before it reaps: while the first process of a session is a zombie its number names nobody else, so the
 * group can be killed whole. A child that is only stopped (it may trace itself) is killed, its end comes later.
 */
void sessions_reap(void)
{
	u8 signals[512];
	syscall3(__NR_read, gate.own.slots[service.numbers->signal_slot], signals, sizeof signals);
	if (service.numbers->handoff == HANDOFF_INHERITED)
		tell_stops();
	for (;;) {
		siginfo_t info;
		struct rusage usage;
		int status = 0;
		memset(&info, 0, sizeof info);
		long result = syscall5(__NR_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0);
		s32 pid = info.si_pid;
		if (is_error(result) || pid == 0)
			return;
		if (info.si_code != CLD_EXITED && info.si_code != CLD_KILLED && info.si_code != CLD_DUMPED) {
			syscall2(__NR_kill, pid, SIGKILL);
			return;
		}
		struct session *session = session_of(pid);
		if (session)
			syscall2(__NR_kill, -pid, SIGKILL);
		memset(&usage, 0, sizeof usage);
		syscall4(__NR_wait4, pid, &status, __WALL, &usage);
		if (session)
			end_session(session, status, &usage);
	}
}
