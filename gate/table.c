#include "entries.h"
#include "event.h"
#include "table.h"

enum { PAUSE_NS = 100000000 };

struct service service;
struct session sessions[IMAGE_MAX_SESSIONS];

/* Entries of the table, those of living sessions by their process. */
static struct entries entries;

/* They start one after the other and may all live equally long: the next whose time is up is the oldest. */
static struct session *oldest, *youngest;

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
	session->older = youngest;
	*(youngest ? &youngest->younger : &oldest) = session;
	youngest = session;
	service.live++;
}

static int is_condemned(const struct session *session)
{
	return session->cause != CAUSE_EXIT;
}

static void forget_age(struct session *session)
{
	*(session->older ? &session->older->younger : &oldest) = session->younger;
	*(session->younger ? &session->younger->older : &youngest) = session->older;
}

/* Something ends it: it has no age any more. */
void session_condemn(struct session *session, enum cause cause)
{
	if (!is_condemned(session))
		forget_age(session);
	session->cause = cause;
}

void session_leave(struct session *session)
{
	if (session->pid) {
		entry_remove(&entries, hash_of((u32)session->pid), session_index(session));
		if (!is_condemned(session))
			forget_age(session);
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

struct session *session_oldest(void)
{
	return oldest;
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
