#include "connection.h"
#include "session.h"

/* So many are asked about before others are served; one that could not be asked about is asked about again. */
enum { MOST_LOOKS = 64, AGAIN_MS = 1000 };

static u64 first(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* The next time at which a limit can be reached, unless something is sent meanwhile. */
static void look_again(struct session *session, u64 quiet_ms, u64 now)
{
	const struct serve *numbers = service.numbers;
	u64 due_ns = ~0ull;
	if (numbers->first_byte_ms && !session->has_spoken)
		due_ns = session->started_ns + numbers->first_byte_ms * MS_NS;
	if (numbers->idle_ms)
		due_ns = first(due_ns, now + (numbers->idle_ms - quiet_ms) * MS_NS);
	if (due_ns == ~0ull)
		heap_leave(session, HEAP_WATCHED);
	else
		heap_set(session, HEAP_WATCHED, due_ns);
}

/* A connection that has ended has no times, and its session may have work without it. */
static void look(struct session *session, u64 now)
{
	const struct serve *numbers = service.numbers;
	struct connection connection = {0, 0};
	enum answer answer = connection_ask(session, &connection);
	if (answer == ANSWER_ENDED) {
		heap_leave(session, HEAP_WATCHED);
		return;
	}
	if (answer != ANSWER_OPEN) {
		heap_set(session, HEAP_WATCHED, now + AGAIN_MS * MS_NS);
		return;
	}
	u64 age_ms = (now - session->started_ns) / MS_NS;
	u64 quiet_ms = first(connection.quiet_ms, age_ms);
	session->has_spoken |= connection.received != 0;
	if (numbers->first_byte_ms && !session->has_spoken && age_ms >= numbers->first_byte_ms)
		session_end(session, CAUSE_FIRST_BYTE, now);
	else if (numbers->idle_ms && quiet_ms >= numbers->idle_ms)
		session_end(session, CAUSE_IDLE, now);
	else
		look_again(session, quiet_ms, now);
}

void quiet_keep(u64 now)
{
	struct session *session;
	for (u32 looks = 0; looks < MOST_LOOKS && (session = heap_passed(HEAP_WATCHED, now)) != NULL; looks++)
		look(session, now);
}
