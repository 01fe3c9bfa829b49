#include "table.h"

/* None is due before the one at half its place. */
static struct {
	struct session *sessions[IMAGE_MAX_SESSIONS + 1];
	u32 size;
} heaps[HEAPS];

static u64 due_at(enum heap heap, u32 place)
{
	return heaps[heap].sessions[place]->waits[heap].due_ns;
}

static void put(enum heap heap, u32 place, struct session *session)
{
	heaps[heap].sessions[place] = session;
	session->waits[heap].place = place;
}

static void rise(enum heap heap, u32 place, struct session *session)
{
	for (; place > 1 && due_at(heap, place / 2) > session->waits[heap].due_ns; place /= 2)
		put(heap, place, heaps[heap].sessions[place / 2]);
	put(heap, place, session);
}

static void sink(enum heap heap, u32 place, struct session *session)
{
	u32 size = heaps[heap].size;
	for (u32 below = 2 * place; below <= size; below = 2 * place) {
		if (below < size && due_at(heap, below + 1) < due_at(heap, below))
			below++;
		if (due_at(heap, below) >= session->waits[heap].due_ns)
			break;
		put(heap, place, heaps[heap].sessions[below]);
		place = below;
	}
	put(heap, place, session);
}

void heap_leave(struct session *session, enum heap heap)
{
	u32 place = session->waits[heap].place;
	if (!place)
		return;
	session->waits[heap].place = 0;
	u32 last = heaps[heap].size--;
	if (place == last)
		return;
	struct session *moved = heaps[heap].sessions[last];
	sink(heap, place, moved);
	rise(heap, moved->waits[heap].place, moved);
}

void heap_set(struct session *session, enum heap heap, u64 due_ns)
{
	heap_leave(session, heap);
	session->waits[heap].due_ns = due_ns;
	rise(heap, ++heaps[heap].size, session);
}

u64 heap_due(enum heap heap)
{
	return heaps[heap].size ? due_at(heap, 1) : 0;
}

struct session *heap_passed(enum heap heap, u64 now)
{
	return heaps[heap].size && due_at(heap, 1) <= now ? heaps[heap].sessions[1] : NULL;
}
