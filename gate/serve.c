#include "serve.h"
#include "accept.h"
#include "descriptors.h"
#include "event.h"
#include "log.h"
#include "outer.h"
#include "session.h"

#include <linux/eventpoll.h>

/* Polls a descriptor that the gate cannot be without. */
static void poll_always(s32 fd, enum source source)
{
	if (poll_add(fd, source, 0) != 0)
		leave(EXIT_LAUNCH_FAILED);
}

/* From now on a client is served. */
static void start_serving(void)
{
	service.started = 1;
	event_begin("ready");
	event_end();
}

/* Orders come from this pipe alone. Its end means that the supervisor is gone: nobody would hear of a session. */
static void obey(void)
{
	char order = 0;
	long result = syscall3(__NR_read, CONTROL_FD, &order, 1);
	if (result == 1 && order == 'g')
		start_serving();
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
	const struct session *only = session_only();
	if (only)
		syscall2(__NR_kill, only->pid, signal);
}

/*
 * An error alone, such as a message that came back, is no end of the connection. A listener of UNIX that a service has
 * shut down stays so, whatever is done to it.
 */
static int is_gone(u32 events)
{
	return (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
}

static void dispatch(u32 events, u64 data)
{
	u32 index = poll_index(data);
	switch (poll_source(data)) {
	case SOURCE_LISTENER:
		if (service.polling && is_gone(events))
			listener_lost(ESHUTDOWN);
		if (service.polling && service.numbers->handoff == HANDOFF_PEER)
			peering_ask(index);
		else if (service.polling)
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
	case SOURCE_AUDIT:
		audit_hear();
		return;
	case SOURCE_NUMBER:
		audit_place();
		return;
	case SOURCE_LOG:
		if (log_relay(index))
			session_look_for_end(&sessions[index]);
		return;
	case SOURCE_APART:
		session_parted(&sessions[index]);
		return;
	case SOURCE_CLIENT:
		if (is_gone(events))
			session_client_gone(index, poll_number(data));
		return;
	case SOURCE_PEER:
		peering_answer(index, poll_number(data), is_gone(events));
		return;
	}
}

static u64 earlier(u64 a, u64 b)
{
	return b && b < a ? b : a;
}

/*
 * Milliseconds until something is due, rounded up, at most an hour; -1 when nothing is. A session that was killed may
 * take long to die, but its end is told by SIGCHLD.
 */
static int next_timeout(u64 now)
{
	u64 due = earlier(deadline_next(), service.draining ? drain_due(now) : 0);
	due = earlier(due, heap_due(HEAP_WATCHED));
	due = earlier(due, peering_due());
	due = earlier(due, service.paused_until_ns);
	due = earlier(due, refusals_due());
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

/*
 * A new connection waits where it is until it can be served. Datagrams of peers who are served wait behind those of
 * strangers, so they are read all the same.
 */
static int is_listener_wanted(void)
{
	if (!service.started)
		return 0;
	if (service.numbers->handoff == HANDOFF_PEER && service.polling)
		return 1;
	return service.paused_until_ns == 0 &&
	       (service.numbers->handoff == HANDOFF_PEER || service.live < service.numbers->sessions);
}

/* Does all that has come due. */
static void keep_deadlines(u64 now)
{
	if (reap_due() && now >= reap_due())
		reap_all();
	log_resume(now);
	notify_keep(now);
	if (refusals_due() && now >= refusals_due())
		refusals_tell();
	sessions_keep_deadlines(now);
	quiet_keep(now);
	peering_keep(now);
	if (service.paused_until_ns && now >= service.paused_until_ns) {
		service.paused_until_ns = 0;
		if (service.pending >= 0)
			accept_pending();
	}
	if (service.draining)
		drain_keep(now);
	else
		listeners_poll(is_listener_wanted());
}

static void open_service(const struct serve *numbers)
{
	table_open(numbers);
	accounts_open();
	descriptors_open();
	peering_open();
	if (numbers->handoff != HANDOFF_INHERITED)
		poll_always(CONTROL_FD, SOURCE_CONTROL);
	poll_always(gate.lifeline, SOURCE_LIFELINE);
	poll_always((s32)gate.own.slots[numbers->signal_slot], SOURCE_CHILD);
	if (numbers->notify_slot != NO_SLOT)
		poll_always((s32)gate.own.slots[numbers->notify_slot], SOURCE_NOTIFY);
	if (numbers->audits) {
		poll_always(AUDIT_FD, SOURCE_AUDIT);
		poll_always(NUMBERS_FD, SOURCE_NUMBER);
	}
}

/* The launcher gives the order to go when all its gates wait for it; src/gate-protocol/start-gate.ts has this line. */
static void tell_launcher(void)
{
	if (gate.image.header->service)
		return;
	event_begin("confined");
	event_end();
}

void serve(const struct serve *numbers)
{
	struct epoll_event events[32];
	open_service(numbers);
	wait_for_outer();
	if (numbers->handoff == HANDOFF_INHERITED)
		start_inherited();
	else
		tell_launcher();
	for (;;) {
		u64 now = monotonic_ns();
		keep_deadlines(now);
		int is_look = starts_look();
		int timeout = is_look ? 0 : next_timeout(now);
		long count = syscall6(__NR_epoll_pwait, epoll_fd(), (long)events, 32, timeout, 0, 8);
		if (is_error(count) && count != -EINTR)
			leave(EXIT_LAUNCH_FAILED);
		for (long i = 0; i < count; i++)
			dispatch(events[i].events, events[i].data);
		if (is_look && !is_error(count))
			starts_settle();
	}
}
