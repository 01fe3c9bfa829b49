#include "log.h"

/* Those that wait, a heap for each way: none is due before the one at half its place. */
static struct heap {
	u16 entries[IMAGE_MAX_SESSIONS + 1];
	u32 size;
} heaps[2];

/* Those that wait for their turn, in its order. */
static struct session *first, *last;

static struct heap *heap_of(enum log_wait wait)
{
	return &heaps[wait == LOG_QUEUED];
}

static void put(struct heap *heap, u32 place, u32 entry)
{
	heap->entries[place] = (u16)entry;
	sessions[entry].log_place = place;
}

static u64 due_at(const struct heap *heap, u32 place)
{
	return sessions[heap->entries[place]].log_due_ns;
}

static void rise(struct heap *heap, u32 place, u32 entry)
{
	for (; place > 1 && due_at(heap, place / 2) > sessions[entry].log_due_ns; place /= 2)
		put(heap, place, heap->entries[place / 2]);
	put(heap, place, entry);
}

static void sink(struct heap *heap, u32 place, u32 entry)
{
	for (u32 below = 2 * place; below <= heap->size; below = 2 * place) {
		if (below < heap->size && due_at(heap, below + 1) < due_at(heap, below))
			below++;
		if (due_at(heap, below) >= sessions[entry].log_due_ns)
			break;
		put(heap, place, heap->entries[below]);
		place = below;
	}
	put(heap, place, entry);
}

static void heap_remove(struct heap *heap, u32 place)
{
	u32 moved = heap->entries[heap->size--];
	if (place > heap->size)
		return;
	sink(heap, place, moved);
	rise(heap, sessions[moved].log_place, moved);
}

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

/* One that waits for its turn already keeps it. */
void turn_wait(struct session *session, enum log_wait wait, u64 due_ns)
{
	int is_queued = session->log_wait == LOG_QUEUED;
	if (session->log_wait != LOG_POLLED)
		heap_remove(heap_of(session->log_wait), session->log_place);
	if (is_queued && wait != LOG_QUEUED)
		unqueue(session);
	if (!is_queued && wait == LOG_QUEUED)
		queue(session);
	session->log_wait = wait;
	session->log_due_ns = due_ns;
	struct heap *heap = heap_of(wait);
	rise(heap, ++heap->size, session_index(session));
}

void turn_leave(struct session *session)
{
	if (session->log_wait != LOG_POLLED)
		heap_remove(heap_of(session->log_wait), session->log_place);
	if (session->log_wait == LOG_QUEUED)
		unqueue(session);
	session->log_wait = LOG_POLLED;
}

struct session *turn_first(void)
{
	return first;
}

u64 turn_due_ns(enum log_wait wait)
{
	const struct heap *heap = heap_of(wait);
	return heap->size ? due_at(heap, 1) : 0;
}

struct session *turn_due(enum log_wait wait, u64 now)
{
	const struct heap *heap = heap_of(wait);
	return heap->size && due_at(heap, 1) <= now ? &sessions[heap->entries[1]] : NULL;
}
