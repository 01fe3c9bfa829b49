#include "accept.h"
#include "event.h"
#include "serve.h"
#include "session.h"

/* The time that killed sessions have to die before the gate ends without them. */
enum { LINGER_NS = 1000000000 };

void stop(void)
{
	refusals_tell();
	denials_tell();
	event_begin("stopped");
	event_end();
	leave(0);
}

/* A client that has connected before is served as long as there is time, also one that waits to be accepted. */
void drain(void)
{
	const struct serve *numbers = service.numbers;
	if (service.draining)
		return;
	service.draining = 1;
	service.drain_until_ns = monotonic_ns() + numbers->drain_ms * MS_NS;
	service.drain_waiting = (numbers->backlog + 1) * numbers->listener_count;
	listeners_poll(0);
	event_begin("draining");
	event_number("sessions", service.live);
	event_end();
	/* A service that accepts for itself has no end of its own to come to. */
	if (numbers->handoff == HANDOFF_LISTENER && deadline_first(DEADLINE_AGE))
		session_ask(deadline_first(DEADLINE_AGE), CAUSE_STOP, service.drain_until_ns);
	if (numbers->handoff == HANDOFF_LISTENER || !service.started)
		listeners_close();
	if (numbers->handoff == HANDOFF_PEER)
		peering_drain();
}

static int has_room(void)
{
	return service.live < service.numbers->sessions && !service.paused_until_ns && service.pending < 0;
}

/* When all that wait have been accepted, or as many as can have come before, the listeners are closed. */
static void accept_waiting(void)
{
	for (u32 i = 0; i < service.numbers->listener_count; i++)
		while (service.drain_waiting && has_room() && accept_connection(i))
			service.drain_waiting--;
	if (!service.drain_waiting || has_room())
		listeners_close();
}

/* Nobody can be served any more. */
static void give_up(u64 now)
{
	listeners_close();
	if (service.pending >= 0)
		turn_away(service.pending, REFUSED_DRAINING, &service.pending_peer);
	service.pending = -1;
	sessions_stop(now);
}

/* When the last session that could be killed has been, and has had time to die. */
static u64 drain_ends_ns(void)
{
	return service.drain_until_ns + service.numbers->grace_ms * MS_NS + LINGER_NS;
}

void drain_keep(u64 now)
{
	int is_over = now >= service.drain_until_ns;
	if (is_over)
		give_up(now);
	else if (service.listening)
		accept_waiting();
	/* A session with CAP_SETUID may be out of reach of signals, but not of the end of its namespace. */
	if (now >= drain_ends_ns() || (service.live == 0 && !service.listening && service.pending < 0))
		stop();
}

u64 drain_due(u64 now)
{
	return now < service.drain_until_ns ? service.drain_until_ns : drain_ends_ns();
}
