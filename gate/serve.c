#include "gate.h"

#include <linux/eventpoll.h>
#include <linux/fcntl.h>

/* How long killed sessions may take to die before the gate ends without them. */
enum { LINGER_NS = 1000000000 };

struct service service;
struct session sessions[IMAGE_MAX_SESSIONS];

static s32 epoll_fd(void)
{
	return (s32)gate.own.slots[service.numbers->epoll_slot];
}

/* Zero, or -errno: what is polled counts for its user, and without root the sessions are the same user. */
long poll_add(s32 fd, enum source source, u32 index)
{
	struct epoll_event event = {.events = EPOLLIN, .data = (u64)source << 32 | index};
	return syscall4(__NR_epoll_ctl, epoll_fd(), EPOLL_CTL_ADD, fd, &event);
}

/* What the gate cannot be without. */
static void poll_always(s32 fd, enum source source)
{
	if (poll_add(fd, source, 0) != 0)
		leave(EXIT_LAUNCH_FAILED);
}

void poll_remove(s32 fd)
{
	struct epoll_event event = {0, 0};
	syscall4(__NR_epoll_ctl, epoll_fd(), EPOLL_CTL_DEL, fd, &event);
}

static s32 listener_fd(u32 index)
{
	return (s32)gate.own.slots[service.numbers->listener_slots[index]];
}

/* At the limit the listeners leave the set: the kernel's backlog absorbs the burst and nobody is turned away. */
static void set_polling(int wanted)
{
	if (wanted == service.polling)
		return;
	service.polling = wanted;
	for (u32 i = 0; i < service.numbers->listener_count; i++) {
		long result = 0;
		if (wanted)
			result = poll_add(listener_fd(i), SOURCE_LISTENER, i);
		else
			poll_remove(listener_fd(i));
		if (result != 0) {
			set_polling(0);
			pause_accepting(__NR_epoll_ctl, result);
			return;
		}
	}
}

static void stop(void)
{
	refusals_tell();
	event_begin("stopped");
	event_end();
	leave(0);
}

static void drain(void)
{
	if (service.draining)
		return;
	service.draining = 1;
	service.drain_until_ns = monotonic_ns() + service.numbers->drain_ms * 1000000u;
	set_polling(0);
	for (u32 i = 0; i < service.numbers->listener_count; i++)
		syscall1(__NR_close, listener_fd(i));
	if (service.pending >= 0)
		turn_away(service.pending, REFUSED_DRAINING, &service.pending_peer);
	service.pending = -1;
	/* Who accepts for itself has no end of its own to come to. */
	if (service.numbers->handoff == HANDOFF_LISTENER)
		sessions_terminate();
	event_begin("draining");
	event_number("sessions", service.live);
	event_end();
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
	if (sessions[0].pid)
		syscall2(__NR_kill, sessions[0].pid, signal);
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
		log_relay(index);
		return;
	}
}

static u64 earlier(u64 a, u64 b)
{
	return b && b < a ? b : a;
}

/* Milliseconds until something is due, rounded up, at most an hour; -1 when nothing is. */
static int next_timeout(u64 now)
{
	u64 due = ~0ull;
	if (service.draining)
		due = service.drain_until_ns + (now < service.drain_until_ns ? 0 : LINGER_NS);
	else
		due = earlier(due, service.paused_until_ns);
	due = earlier(due, refusals_due());
	for (u32 i = 0; i < service.used; i++) {
		const struct session *session = &sessions[i];
		if (session->pid == 0)
			continue;
		/* One that was killed may take long to die: its end is told by SIGCHLD. */
		if (service.numbers->time_ms && session->cause == CAUSE_EXIT)
			due = earlier(due, session->started_ns + service.numbers->time_ms * 1000000u);
		due = earlier(due, session->log_until_ns);
	}
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
	log_resume(now);
	if (refusals_due() && now >= refusals_due())
		refusals_tell();
	if (service.numbers->time_ms)
		sessions_end(now - service.numbers->time_ms * 1000000u, CAUSE_TIME);
	if (service.draining) {
		if (now >= service.drain_until_ns)
			sessions_end(now, CAUSE_STOP);
		/* A session with CAP_SETUID may be out of reach of signals, but not of the end of its namespace. */
		if (service.live == 0 || now >= service.drain_until_ns + LINGER_NS)
			stop();
		return;
	}
	if (service.paused_until_ns && now >= service.paused_until_ns) {
		service.paused_until_ns = 0;
		if (service.pending >= 0)
			accept_pending();
	}
	set_polling(service.started && service.paused_until_ns == 0 && service.live < service.numbers->sessions);
}

void serve(const struct serve *numbers)
{
	struct epoll_event events[32];
	service.numbers = numbers;
	service.pending = -1;
	if (numbers->handoff != HANDOFF_INHERITED)
		poll_always(CONTROL_FD, SOURCE_CONTROL);
	poll_always(gate.lifeline, SOURCE_LIFELINE);
	poll_always((s32)gate.own.slots[numbers->signal_slot], SOURCE_CHILD);
	if (numbers->notify_slot != NO_SLOT)
		poll_always((s32)gate.own.slots[numbers->notify_slot], SOURCE_NOTIFY);
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
