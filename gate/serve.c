#include "serve.h"
#include "accept.h"
#include "descriptors.h"
#include "event.h"
#include "log.h"
#include "outer.h"
#include "session.h"

#include <linux/eventpoll.h>

/* What the gate cannot be without. */
static void poll_always(s32 fd, enum source source)
{
	if (poll_add(fd, source, 0) != 0)
		leave(EXIT_LAUNCH_FAILED);
}

/* Orders come from this pipe alone. Its end means that the supervisor is gone: nobody would hear of a session. */
static void obey(void)
{
	char order = 0;
	long result = syscall3(__NR_read, CONTROL_FD, &order, 1);
	if (result == 1 && order == 'g')
		service.started = 1;
	else if (result == 1 && order == 'd')
		drain();
	else if (result == 1 && order == 'k')
		stop();
	else if (result == 0 || (is_error(result) && result != -EINTR && result != -EAGAIN))
		leave(0);
}

/* The end of this pipe is the end of the outer gate. What it sends is a signal for the one session. */
static void hear_outer(void)
{
	char signal = 0;
	if (syscall3(__NR_read, gate.lifeline, &signal, 1) != 1)
		leave(0);
	if (session_oldest())
		syscall2(__NR_kill, session_oldest()->pid, signal);
}

static void dispatch(u64 data)
{
	u32 index = (u32)data;
	switch ((enum source)(data >> 32)) {
	case SOURCE_LISTENER:
		if (service.polling)
			accept_connection(index);
		return;
	case SOURCE_CONTROL:
		obey();
		return;
	case SOURCE_LIFELINE:
		hear_outer();
		return;
	case SOURCE_CHILD:
		sessions_reap();
		return;
	case SOURCE_NOTIFY:
		notify_answer();
		return;
	case SOURCE_LOG:
		if (log_relay(index))
			session_look_for_end(&sessions[index]);
		return;
	case SOURCE_APART:
		session_parted(&sessions[index]);
		return;
	}
}

static u64 earlier(u64 a, u64 b)
{
	return b && b < a ? b : a;
}

/*
 * When the time of the oldest session is up; zero: that of none is. One that was killed may take long to die, but its
 * end is told by SIGCHLD.
 */
static u64 time_due(void)
{
	const struct session *oldest = session_oldest();
	return service.numbers->time_ms && oldest ? oldest->started_ns + service.numbers->time_ms * 1000000u : 0;
}

/* Milliseconds until something is due, rounded up, at most an hour; -1 when nothing is. */
static int next_timeout(u64 now)
{
	u64 due = service.draining ? drain_due(now) : ~0ull;
	due = earlier(due, service.paused_until_ns);
	due = earlier(due, refusals_due());
	due = earlier(due, time_due());
	due = earlier(due, log_due());
	due = earlier(due, reap_due());
	due = earlier(due, notify_due());
	if (due == ~0ull)
		return -1;
	if (due <= now)
		return 0;
	u64 ms = (due - now + 999999u) / 1000000u;
	return ms > 3600000u ? 3600000 : (int)ms;
}

/* What has come due. */
static void keep_deadlines(u64 now)
{
	if (reap_due() && now >= reap_due())
		reap_all();
	log_resume(now);
	notify_keep(now);
	if (refusals_due() && now >= refusals_due())
		refusals_tell();
	if (service.numbers->time_ms)
		sessions_end(now - service.numbers->time_ms * 1000000u, CAUSE_TIME);
	if (service.paused_until_ns && now >= service.paused_until_ns) {
		service.paused_until_ns = 0;
		if (service.pending >= 0)
			accept_pending();
	}
	if (service.draining)
		drain_keep(now);
	else
		listeners_poll(service.started && service.paused_until_ns == 0 &&
			       service.live < service.numbers->sessions);
}

static void open_service(const struct serve *numbers)
{
	table_open(numbers);
	accounts_open(numbers->sessions);
	descriptors_open();
	if (numbers->handoff != HANDOFF_INHERITED)
		poll_always(CONTROL_FD, SOURCE_CONTROL);
	poll_always(gate.lifeline, SOURCE_LIFELINE);
	poll_always((s32)gate.own.slots[numbers->signal_slot], SOURCE_CHILD);
	if (numbers->notify_slot != NO_SLOT)
		poll_always((s32)gate.own.slots[numbers->notify_slot], SOURCE_NOTIFY);
}

void serve(const struct serve *numbers)
{
	struct epoll_event events[32];
	open_service(numbers);
	wait_for_outer();
	if (numbers->handoff == HANDOFF_INHERITED)
		start_inherited();
	event_begin("ready");
	event_end();
	for (;;) {
		u64 now = monotonic_ns();
		keep_deadlines(now);
		long count = syscall6(__NR_epoll_pwait, epoll_fd(), (long)events, 32, next_timeout(now), 0, 8);
		if (is_error(count) && count != -EINTR)
			leave(EXIT_LAUNCH_FAILED);
		for (long i = 0; i < count; i++)
			dispatch(events[i].data);
	}
}
