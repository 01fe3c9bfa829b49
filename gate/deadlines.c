#include "table.h"

/*
 * A list for each kind, in the order of its times: those of one kind are the same time from now, so each new one is the
 * last.
 */
static struct list {
	struct session *first;
	struct session *last;
} lists[DEADLINES];

static void clear(struct session *session, enum deadline kind)
{
	struct list *list = &lists[kind];
	struct place *place = &session->places[kind];
	if (!place->due_ns)
		return;
	*(place->before ? &place->before->places[kind].behind : &list->first) = place->behind;
	*(place->behind ? &place->behind->places[kind].before : &list->last) = place->before;
	place->due_ns = 0;
}

void deadline_set(struct session *session, enum deadline kind, u64 due_ns)
{
	struct list *list = &lists[kind];
	clear(session, kind);
	session->places[kind] = (struct place){.due_ns = due_ns, .before = list->last};
	*(list->last ? &list->last->places[kind].behind : &list->first) = session;
	list->last = session;
}

void deadlines_clear(struct session *session)
{
	for (u32 kind = 0; kind < DEADLINES; kind++)
		clear(session, (enum deadline)kind);
	heap_leave(session, HEAP_WATCHED);
}

struct session *deadline_first(enum deadline kind)
{
	return lists[kind].first;
}

struct session *deadline_passed(enum deadline kind, u64 now)
{
	struct session *first = lists[kind].first;
	return first && first->places[kind].due_ns <= now ? first : NULL;
}

u64 deadline_next(void)
{
	u64 next = ~0ull;
	for (u32 kind = 0; kind < DEADLINES; kind++) {
		const struct session *first = lists[kind].first;
		if (first && first->places[kind].due_ns < next)
			next = first->places[kind].due_ns;
	}
	return next;
}

struct session *session_only(void)
{
	struct session *only = deadline_first(DEADLINE_AGE);
	return only ? only : deadline_first(DEADLINE_GRACE);
}
