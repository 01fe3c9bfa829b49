#include "accept.h"
#include "event.h"
#include "log.h"
#include "session.h"

#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/signal.h>
#include <linux/signalfd.h>
#include <linux/wait.h>

/*
 * To ask for whatever child has ended, the kernel looks at each of them. With few that is done at every hint; with
 * many a hint is taken for the process that it names, and all are looked at after a time that grows with their
 * number.
 */
enum { FEW = 64, LOOK_NS = 100000 };

/* The kernel keeps one hint at a time: where two sessions end at once, the end of their logs says of both. */
enum { DEPARTING = 64, LOOKS = 32 };
static struct {
	u32 count;
	struct {
		s32 pid;
		u32 looks;
	} sessions[DEPARTING];
} departing;

static u64 all_due_ns;

/*
 * The kernel's record of a session that it killed for a call comes by itself, mostly before the session has ended.
 * Until it is there, or does not come, the session is not reaped: its number is its own, and its end is told behind. A
 * session may also end itself by that signal, for which there is no record.
 */
enum { RECORD_NS = 200000000 };
static int is_one_awaited;

/* Of those that a policy may name, and SIGKILL. */
static const char *name_of_signal(s32 signal)
{
	switch (signal) {
	case SIGHUP:
		return "SIGHUP";
	case SIGINT:
		return "SIGINT";
	case SIGQUIT:
		return "SIGQUIT";
	case SIGTERM:
		return "SIGTERM";
	default:
		return "SIGKILL";
	}
}

static void report_end(const struct session *session, int status, const struct rusage *usage)
{
	static const char *const causes[] = {"exit", "time", "client-gone", "stop", "first-byte", "idle"};
	const struct failure *failure = &gate.failures[session_index(session)];
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
	if (session->last_signal)
		event_text("ended_by", name_of_signal(session->last_signal));
	event_number("duration_us", (s64)((monotonic_ns() - session->started_ns) / 1000));
	event_number("cpu_us", (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 + usage->ru_utime.tv_usec +
				       usage->ru_stime.tv_usec);
	event_number("memory_kb", usage->ru_maxrss);
	event_end();
}

void listener_lost(long errno)
{
	event_begin("listener-lost");
	event_number("errno", errno);
	event_end();
	leave(EXIT_LAUNCH_FAILED);
}

/*
 * A service that accepted for itself may have shut its listener down, or made it one that never blocks. A socket of
 * datagrams has no backlog; a service may have connected it to one peer, and all others would not be heard.
 */
static void take_listener_back(const struct session *session)
{
	const struct serve *numbers = service.numbers;
	const u16 nobody = 0; /* AF_UNSPEC. Source: connect(2) */
	if (service.draining)
		return;
	long listener = gate.own.slots[numbers->listener_slots[0]];
	long result = syscall3(__NR_fcntl, listener, F_SETFL, 0);
	if (!is_error(result) && numbers->backlog)
		result = syscall2(__NR_listen, listener, numbers->backlog);
	else if (!is_error(result))
		result = syscall3(__NR_connect, listener, &nobody, sizeof nobody);
	if (is_error(result))
		listener_lost(-result);
	starts_note_end(monotonic_ns() - session->started_ns);
}

/* As a shell tells it; of a denied call as if the kernel had ended the program. */
static int wrapped_status(const struct session *session, int status)
{
	int signal = status & 0x7f;
	if (signal == SIGKILL && session->denied)
		signal = SIGSYS;
	return signal ? 128 + signal : (status >> 8) & 0xff;
}

static void end_session(struct session *session, int status, const struct rusage *usage)
{
	session_let_go(session);
	log_close(session);
	peering_end(session);
	report_end(session, status, usage);
	if (service.numbers->handoff == HANDOFF_LISTENER)
		take_listener_back(session);
	if (service.numbers->handoff == HANDOFF_INHERITED)
		leave(wrapped_status(session, status));
	berth_leave(session->berth, session);
	punish(session, status);
	account_leave(session->accounts);
	session_leave(session);
	if (service.live == 0)
		berths_give_back();
}

static int is_record_awaited(struct session *session, const siginfo_t *info)
{
	if (!service.numbers->audits || session->recorded || info->si_code == CLD_EXITED || info->si_status != SIGSYS)
		return 0;
	u64 now = monotonic_ns();
	if (!session->record_due_ns) {
		session->record_due_ns = now + RECORD_NS;
		syscall2(__NR_kill, -session->pid, SIGKILL);
	}
	if (now >= session->record_due_ns)
		return 0;
	if (!all_due_ns || session->record_due_ns < all_due_ns)
		all_due_ns = session->record_due_ns;
	is_one_awaited = 1;
	return 1;
}

/*
 * Looks before it reaps: while the first process of a session is a zombie its number names nobody else, so the
 * group can be killed whole. A child that is only stopped (it may trace itself) is killed, its end comes later.
 */
static int reap(int which, s32 wanted)
{
	siginfo_t info;
	struct rusage usage;
	int status = 0;
	memset(&info, 0, sizeof info);
	long result = syscall5(__NR_waitid, which, wanted, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0);
	s32 pid = info.si_pid;
	if (is_error(result) || pid == 0)
		return 0;
	if (info.si_code != CLD_EXITED && info.si_code != CLD_KILLED && info.si_code != CLD_DUMPED) {
		syscall2(__NR_kill, pid, SIGKILL);
		return 0;
	}
	struct session *session = session_of(pid);
	if (session && is_record_awaited(session, &info))
		return 0;
	if (session)
		syscall2(__NR_kill, -pid, SIGKILL);
	memset(&usage, 0, sizeof usage);
	syscall4(__NR_wait4, pid, &status, __WALL, &usage);
	if (session)
		end_session(session, status, &usage);
	return 1;
}

/* One that awaits its record stands before all others. */
static void reap_each(void)
{
	for (u32 i = 0; i < service.numbers->sessions; i++)
		if (sessions[i].pid)
			reap(P_PID, sessions[i].pid);
}

void reap_all(void)
{
	all_due_ns = 0;
	is_one_awaited = 0;
	while (reap(P_ALL, 0))
		;
	if (is_one_awaited)
		reap_each();
}

void session_recorded(struct session *session)
{
	session->recorded = 1;
	reap(P_PID, session->pid);
}

/* When all children are to be looked at; zero: not before the next hint. */
u64 reap_due(void)
{
	return all_due_ns;
}

static void reap_departing(void)
{
	u32 left = 0;
	for (u32 i = 0; i < departing.count; i++) {
		s32 pid = departing.sessions[i].pid;
		u32 looks = departing.sessions[i].looks + 1;
		if (!session_of(pid) || reap(P_PID, pid) || looks == LOOKS)
			continue;
		departing.sessions[left].pid = pid;
		departing.sessions[left++].looks = looks;
	}
	departing.count = left;
}

/* Its log has ended, as a session's does when it ends; a moment later its process does. */
void session_look_for_end(struct session *session)
{
	s32 pid = session->pid;
	if (service.live <= FEW || reap(P_PID, pid) || departing.count == DEPARTING)
		return;
	departing.sessions[departing.count].pid = pid;
	departing.sessions[departing.count++].looks = 0;
}

/* A child has ended, or several. */
void sessions_reap(void)
{
	struct signalfd_siginfo hint = {0};
	syscall3(__NR_read, gate.own.slots[service.numbers->signal_slot], &hint, sizeof hint);
	if (service.numbers->handoff == HANDOFF_INHERITED)
		tell_stops();
	if (service.live <= FEW) {
		reap_all();
		return;
	}
	if (hint.ssi_pid)
		reap(P_PID, (s32)hint.ssi_pid);
	reap_departing();
	if (!all_due_ns)
		all_due_ns = monotonic_ns() + (u64)service.live * LOOK_NS;
}
