#include "table.h"

/* Sessions whose connections are looked at, a heap: none is due before the one at half its place. */
static struct session *heap[IMAGE_MAX_SESSIONS + 1];
static u32 size;

static void put(u32 place, struct session *session)
{
	heap[place] = session;
	session->watch_place = place;
}

static void rise(u32 place, struct session *session)
{
	for (; place > 1 && heap[place / 2]->watch_due_ns > session->watch_due_ns; place /= 2)
		put(place, heap[place / 2]);
	put(place, session);
}

static void sink(u32 place, struct session *session)
{
	for (u32 below = 2 * place; below <= size; below = 2 * place) {
		if (below < size && heap[below + 1]->watch_due_ns < heap[below]->watch_due_ns)
			below++;
		if (heap[below]->watch_due_ns >= session->watch_due_ns)
			break;
		put(place, heap[below]);
		place = below;
	}
	put(place, session);
}

void watch_leave(struct session *session)
{
	u32 place = session->watch_place;
	if (!place)
		return;
	session->watch_place = 0;
	struct session *moved = heap[size--];
	if (place > size)
		return;
	sink(place, moved);
	rise(moved->watch_place, moved);
}

void watch_set(struct session *session, u64 due_ns)
{
	watch_leave(session);
	session->watch_due_ns = due_ns;
	rise(++size, session);
}

u64 watch_next(void)
{
	return size ? heap[1]->watch_due_ns : 0;
}

struct session *watch_passed(u64 now)
{
	return size && heap[1]->watch_due_ns <= now ? heap[1] : NULL;
}
