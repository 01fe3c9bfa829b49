#include "event.h"
#include "session.h"

/*
 * A service that accepts for itself and ends at once leaves the client that it was started for in the queue, and would
 * be started again without end: each such end doubles the pause before the next start. One that has taken its client
 * leaves nobody behind.
 */
enum { AT_ONCE_S = 1, LONG_LIFE_S = 60, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 30000 };

static struct {
	u32 ends; /* One after the other, without a long life between them. */
	u32 pause_ms;
	int is_looking; /* One has ended at once, and it is not known yet if somebody waits. */
} early;

static void forget(void)
{
	early.ends = 0;
	early.pause_ms = 0;
}

void starts_note_end(u64 lived_ns)
{
	if (lived_ns >= LONG_LIFE_S * (u64)SECOND_NS)
		forget();
	early.is_looking = lived_ns < AT_ONCE_S * (u64)SECOND_NS;
}

/* True when the kernel is asked now whether somebody waits. */
int starts_look(void)
{
	return early.is_looking && service.polling;
}

/* It was asked. If nobody waited the service has done what it was started for. */
void starts_settle(void)
{
	if (early.is_looking)
		forget();
	early.is_looking = 0;
}

/* Somebody waits. True when he waits for longer. */
int start_is_delayed(void)
{
	if (!early.is_looking)
		return 0;
	early.is_looking = 0;
	early.ends++;
	early.pause_ms = early.pause_ms ? 2 * early.pause_ms : FIRST_PAUSE_MS;
	if (early.pause_ms > LONGEST_PAUSE_MS)
		early.pause_ms = LONGEST_PAUSE_MS;
	event_begin("start-delayed");
	event_number("ends", early.ends);
	event_number("pause_ms", early.pause_ms);
	event_end();
	service.paused_until_ns = monotonic_ns() + early.pause_ms * (u64)MS_NS;
	return 1;
}
