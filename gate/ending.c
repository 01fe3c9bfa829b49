#include "session.h"

#include <linux/signal.h>

/* A session that has just begun, and a wrapped program, has no group of its own. */
static void send(struct session *session, s32 signal)
{
	long group = syscall2(__NR_kill, -session->pid, signal);
	long first = group == 0 && signal != SIGKILL ? 0 : syscall2(__NR_kill, session->pid, signal);
	if (group == 0 || first == 0)
		session->last_signal = signal;
}

/* As init systems ask a service. What is left of it at that time is killed. */
void session_ask(struct session *session, enum cause cause, u64 kill_ns)
{
	session->cause = cause;
	deadlines_clear(session);
	send(session, (s32)service.numbers->end_signal);
	deadline_set(session, DEADLINE_GRACE, kill_ns);
}

/* One that is out of reach, because it has become another user, is not tried again. */
void session_kill(struct session *session, enum cause cause)
{
	session->cause = cause;
	deadlines_clear(session);
	send(session, SIGKILL);
}

void session_end(struct session *session, enum cause cause, u64 now)
{
	u64 grace_ms = service.numbers->grace_ms;
	if (grace_ms)
		session_ask(session, cause, now + grace_ms * MS_NS);
	else
		session_kill(session, cause);
}

/* One that has been asked to end is in its grace, whatever its client does. */
void session_client_gone(u32 index, u32 number)
{
	struct session *session = &sessions[index];
	if (session->pid && session->number == number && session->cause == CAUSE_EXIT)
		deadline_set(session, DEADLINE_CLIENT, monotonic_ns() + service.numbers->client_gone_ms * MS_NS);
}

/* Ends all that nothing has ended yet. */
void sessions_stop(u64 now)
{
	for (struct session *session; (session = deadline_first(DEADLINE_AGE)) != NULL;)
		session_end(session, CAUSE_STOP, now);
}

void sessions_keep_deadlines(u64 now)
{
	struct session *session;
	while ((session = deadline_passed(DEADLINE_AGE, now)) != NULL)
		session_end(session, CAUSE_TIME, now);
	while ((session = deadline_passed(DEADLINE_CLIENT, now)) != NULL)
		session_end(session, CAUSE_CLIENT_GONE, now);
	while ((session = deadline_passed(DEADLINE_GRACE, now)) != NULL)
		session_kill(session, session->cause);
}
