/*
 * The table of sessions and what belongs to it in a hosted program, watched by the sanitizers: so many random sessions
 * begin, are ended, wait with their logs and end, and all that the gate looks up is compared with a plain search.
 *
 *   table-harness OPERATIONS SESSIONS SEED
 *   table-harness hash KEY VALUE...     in hexadecimal
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gate/entries.h"
#include "../../gate/log.h"

struct gate gate;

enum { TIME_MS = 10 };

u64 monotonic_ns(void)
{
	return 0;
}

void event_begin(const char *name)
{
	(void)name;
}

void event_number(const char *key, s64 value)
{
	(void)key;
	(void)value;
}

void event_end(void)
{
}

static u64 state;

static u32 below(u32 limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state % limit);
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "not as a search finds it: %s\n", what);
	abort();
}

/* The knowledge of a search about each session, at the place that the table has. */
static struct {
	int lives;
	u64 due[DEADLINES]; /* Zero: it has none of this kind. */
	u64 queued;         /* When it began to wait for its turn; zero: it does not. */
} known[IMAGE_MAX_SESSIONS];
static u64 now_ns;
static u32 highest;

static void begin(u32 most)
{
	if (service.live == most)
		return;
	struct session *session = session_take();
	u32 index = session_index(session);
	require(index < most && !known[index].lives, "a free entry");
	highest = index > highest ? index : highest;
	session->started_ns = ++now_ns;
	if (below(8) == 0) { /* There is no process for it. */
		session_leave(session);
		return;
	}
	s32 pid;
	do
		pid = (s32)below(1u << (2 + below(20))) + 2;
	while (session_of(pid));
	session_enter(session, pid);
	known[index].lives = 1;
	memset(known[index].due, 0, sizeof known[index].due);
	known[index].due[DEADLINE_AGE] = now_ns + TIME_MS * MS_NS;
	known[index].queued = 0;
}

/* A kind has the same time from now on for all. */
static void set(struct session *session, enum deadline kind)
{
	deadline_set(session, kind, ++now_ns + kind * 1000);
	known[session_index(session)].due[kind] = now_ns + kind * 1000;
}

static void change(struct session *session)
{
	u32 index = session_index(session);
	switch (below(8)) {
	case 0:
		turn_leave(session);
		known[index].queued = 0;
		session_leave(session);
		known[index].lives = 0;
		return;
	case 1:
		deadlines_clear(session);
		memset(known[index].due, 0, sizeof known[index].due);
		if (below(2))
			set(session, DEADLINE_GRACE);
		return;
	case 6:
	case 7:
		set(session, DEADLINE_CLIENT);
		return;
	case 2:
		turn_wait(session, HEAP_HELD, below(1000));
		known[index].queued = 0;
		return;
	case 3:
	case 4:
		turn_wait(session, HEAP_QUEUED, below(1000));
		known[index].queued = known[index].queued ? known[index].queued : ++now_ns;
		return;
	default:
		turn_leave(session);
		known[index].queued = 0;
	}
}

static void compare(u32 most)
{
	struct session *first[DEADLINES] = {NULL}, *turn = NULL;
	u32 live = 0;
	u64 due[2] = {~0ull, ~0ull};
	for (u32 i = 0; i < most; i++) {
		struct session *session = &sessions[i];
		if (!known[i].lives)
			continue;
		live++;
		require(session_of(session->pid) == session, "a session by its process");
		for (u32 kind = 0; kind < DEADLINES; kind++)
			if (known[i].due[kind] &&
			    (!first[kind] || known[i].due[kind] < known[session_index(first[kind])].due[kind]))
				first[kind] = session;
		for (u32 heap = 0; heap < 2; heap++)
			if (session->waits[heap].place && session->waits[heap].due_ns < due[heap])
				due[heap] = session->waits[heap].due_ns;
		if (known[i].queued && (!turn || known[i].queued < known[session_index(turn)].queued))
			turn = session;
	}
	require(service.live == live, "how many live");
	u64 next = ~0ull;
	for (u32 kind = 0; kind < DEADLINES; kind++) {
		u64 due_ns = first[kind] ? known[session_index(first[kind])].due[kind] : ~0ull;
		next = due_ns < next ? due_ns : next;
		require(deadline_first((enum deadline)kind) == first[kind], "the first of a deadline");
		require(!deadline_passed((enum deadline)kind, due_ns - 1), "a deadline that has not come");
		require(!first[kind] || deadline_passed((enum deadline)kind, due_ns) == first[kind], "one that has");
	}
	require(deadline_next() == next, "the next deadline");
	require(turn_first() == turn, "whose turn it is");
	for (enum heap heap = HEAP_HELD; heap <= HEAP_QUEUED; heap++) {
		u64 first = due[heap];
		require(heap_due(heap) == (first == ~0ull ? 0 : first), "when a log is due");
		require(first == ~0ull || heap_passed(heap, first)->waits[heap].due_ns == first, "the log that is due");
	}
	require(!session_of(1), "no session by another's process");
}

static int print_hashes(int count, char **words)
{
	u8 key[16];
	for (u32 i = 0; i < 16; i++) {
		unsigned byte;
		sscanf(words[0] + 2 * i, "%2x", &byte);
		key[i] = (u8)byte;
	}
	hash_key(key);
	for (int i = 1; i < count; i++)
		printf("%llx\n", (unsigned long long)hash_of(strtoull(words[i], NULL, 16)));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "hash") == 0)
		return print_hashes(argc - 2, argv + 2);
	if (argc != 4)
		return 2;
	u32 most = (u32)atoi(argv[2]);
	const struct serve numbers = {.sessions = most, .time_ms = TIME_MS};
	state = strtoull(argv[3], NULL, 10);
	table_open(&numbers);
	for (long i = 0; i < atol(argv[1]); i++) {
		struct session *session = &sessions[below(most)];
		/* In turns it fills and empties. */
		if (below(100) < (i / 5000 % 2 ? 15u : 70u))
			begin(most);
		else if (session->pid)
			change(session);
		if (i % 64 == 0 || most < 16)
			compare(most);
	}
	printf("%u entries were taken\n", highest + 1);
	return 0;
}
