#include "entries.h"
#include "event.h"
#include "table.h"

enum { PAUSE_NS = 100000000 };

struct service service;
struct session sessions[IMAGE_MAX_SESSIONS];

/* Entries of the table, those of living sessions by their process. */
static struct entries entries;

void table_open(const struct serve *numbers)
{
	service.numbers = numbers;
	service.pending = -1;
	service.listening = 1;
	entries_open(&entries, numbers->sessions);
}

/* An entry for a session that is to be. It is entered, or it leaves again. */
struct session *session_take(void)
{
	struct session *session = &sessions[entry_take(&entries)];
	memset(session, 0, sizeof *session);
	session->socket = -1;
	session->log_end = -1;
	session->log = -1;
	return session;
}

void session_enter(struct session *session, s32 pid)
{
	session->pid = pid;
	entry_add(&entries, hash_of((u32)pid), session_index(session));
	u64 time_ms = service.numbers->time_ms;
	deadline_set(session, DEADLINE_AGE, time_ms ? session->started_ns + time_ms * MS_NS : ~0ull);
	service.live++;
}

void session_leave(struct session *session)
{
	if (session->pid) {
		entry_remove(&entries, hash_of((u32)session->pid), session_index(session));
		deadlines_clear(session);
		service.live--;
	}
	session->pid = 0;
	entry_free(&entries, session_index(session));
}

struct session *session_of(s32 pid)
{
	u32 entry = entry_first(&entries, hash_of((u32)pid));
	while (entry != NONE && sessions[entry].pid != pid)
		entry = entry_next(&entries, entry);
	return entry == NONE ? NULL : &sessions[entry];
}

/* Too many descriptors, no memory, a network that is down: wait, say so, go on. Never an exit, never a spin. */
void pause_accepting(u32 nr, long error)
{
	event_begin("paused");
	event_number("call", nr);
	event_number("errno", -error);
	event_end();
	service.paused_until_ns = monotonic_ns() + PAUSE_NS;
}
