#include "log.h"

/* Those that wait for their turn, in its order. */
static struct session *first, *last;

static void queue(struct session *session)
{
	session->before = last;
	session->behind = NULL;
	*(last ? &last->behind : &first) = session;
	last = session;
}

static void unqueue(struct session *session)
{
	*(session->before ? &session->before->behind : &first) = session->behind;
	*(session->behind ? &session->behind->before : &last) = session->before;
}

static int is_queued(const struct session *session)
{
	return session->waits[HEAP_QUEUED].place != 0;
}

/* One that waits for its turn already keeps it. */
void turn_wait(struct session *session, enum heap heap, u64 due_ns)
{
	if (is_queued(session) && heap != HEAP_QUEUED)
		unqueue(session);
	if (!is_queued(session) && heap == HEAP_QUEUED)
		queue(session);
	heap_leave(session, heap == HEAP_QUEUED ? HEAP_HELD : HEAP_QUEUED);
	heap_set(session, heap, due_ns);
}

void turn_leave(struct session *session)
{
	if (is_queued(session))
		unqueue(session);
	heap_leave(session, HEAP_HELD);
	heap_leave(session, HEAP_QUEUED);
}

struct session *turn_first(void)
{
	return first;
}
