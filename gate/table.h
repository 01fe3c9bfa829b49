/* The state of the inner gate while it serves: the sessions that live, and the numbers of the service. */
#ifndef TABLE_H
#define TABLE_H

#include "gate.h"

enum cause { CAUSE_EXIT, CAUSE_TIME, CAUSE_CLIENT_GONE, CAUSE_STOP, CAUSE_FIRST_BYTE, CAUSE_IDLE };

/* The times at which a session is ended, unless it has ended before. */
enum deadline {
	DEADLINE_AGE,    /* Its time is up; that of one which nothing ends never comes. */
	DEADLINE_CLIENT, /* Its client has been gone for long enough. */
	DEADLINE_GRACE,  /* It was asked to end, and is killed. */
	DEADLINES
};

/* The place of a session in the list of those with a deadline of this kind. */
struct place {
	u64 due_ns; /* Zero: it has none. */
	struct session *before;
	struct session *behind;
};

/* Sessions that are looked at, each at its time: for their logs, which wait in two ways, and for their connections. */
enum heap { HEAP_HELD, HEAP_QUEUED, HEAP_WATCHED, HEAPS };

struct wait {
	u32 place; /* Zero: it is not there. */
	u64 due_ns;
};

/* Links to other sessions are pointers; NULL ends a list. */
struct session {
	s32 pid; /* Zero: the entry is free. */
	u32 number;
	u32 executed;      /* By notification: its one exec was let through. */
	u32 exec_refused;  /* And that another was refused has been told. */
	u32 denied;        /* Its first process was killed for a call. */
	u32 denial_told;   /* That, or the same of another of its processes, has been told. */
	u32 recorded;      /* The record of its first process, which the kernel killed for a call, was heard. */
	u64 record_due_ns; /* It is waited for until then; zero: it is not. */
	u64 started_ns;
	enum cause cause;
	s32 last_signal; /* That the gate has sent it; zero: none. */
	struct address peer;
	struct address local;
	u32 accounts[ACCOUNTS]; /* Of its source and wider prefixes. */
	struct berth *berth;    /* The place where it began. */
	struct peer *exchange;  /* The peer whose datagrams it answers; NULL: it has none, or none any more. */

	/* session.c: what it was handed over, as long as it shares the gate's descriptors; else -1. */
	s32 socket;
	s32 log_end;

	/* deadlines.c */
	struct place places[DEADLINES];

	/* connection.c and quiet.c */
	u64 cookie;     /* The kernel's number of its connection. */
	u32 interface;  /* That its connection is bound to; zero: to none. */
	u32 has_spoken; /* Its client has sent something. */

	/* heap.c */
	struct wait waits[HEAPS];

	/* log.c and budget.c */
	s32 log;            /* Read end of its standard error, or -1. */
	u32 log_unfinished; /* Its last bytes did not end a line. */
	u64 log_paid_ns;    /* When its log has taken the time that it has at its rate. */
	u64 log_piece_ns;   /* From when on it has a piece, whatever the others write. */

	/* turn.c */
	struct session *before;
	struct session *behind;
};

/* The resident part: what the inner gate knows while it serves. */
struct service {
	const struct serve *numbers;
	u32 live;
	u32 last_number;
	s32 last_descriptor; /* The highest that stays. */
	s32 first_above;     /* The first number for those that are kept as long as a session. */
	u32 most_sharing;    /* So many sessions may share the gate's descriptors. */
	u32 sharing;         /* And so many do. */
	int started;         /* The launcher said go. */
	int draining;        /* Clients that have not come yet are not served any more. */
	int listening;       /* The listeners are open. */
	int polling;         /* And in the epoll set. */
	s32 pending;         /* An accepted socket that has to wait for a process or for its time, or -1. */
	struct address pending_peer;
	u64 paused_until_ns;
	u64 drain_until_ns;
	u32 drain_waiting;  /* At most so many have come before the drain and wait to be accepted. */
	u64 log_paid_ns;    /* When the log of all sessions has taken the time that it has at its rate. */
	u64 pieces_paid_ns; /* The same of their pieces. */
};
extern struct service service;
extern struct session sessions[IMAGE_MAX_SESSIONS];

/* deadlines.c */
void deadline_set(struct session *session, enum deadline kind, u64 due_ns);
struct session *session_only(void); /* Of a gate that has one: NULL when it is about to end. */
void deadlines_clear(struct session *session);
struct session *deadline_first(enum deadline kind); /* The one that is due first. */
struct session *deadline_passed(enum deadline kind, u64 now);
u64 deadline_next(void); /* When the next one is due; ~0: none is. */

/* heap.c */
void heap_set(struct session *session, enum heap heap, u64 due_ns);
void heap_leave(struct session *session, enum heap heap);
u64 heap_due(enum heap heap); /* When the first one is due; zero: there is none. */
struct session *heap_passed(enum heap heap, u64 now);

/* table.c */
void table_open(const struct serve *numbers);
struct session *session_take(void);
void session_enter(struct session *session, s32 pid);
void session_leave(struct session *session);
struct session *session_of(s32 pid);
void pause_accepting(u32 nr, long error);

/* Each session has a socket of its own, which the gate hands over. */
static inline int hands_over(void)
{
	return service.numbers->handoff == HANDOFF_CONNECTION || service.numbers->handoff == HANDOFF_PEER;
}

/* Connections are looked at, as they are limited. */
static inline int has_quiet_limits(void)
{
	const struct serve *numbers = service.numbers;
	return numbers->handoff == HANDOFF_CONNECTION && (numbers->first_byte_ms != 0 || numbers->idle_ms != 0);
}

static inline u32 session_index(const struct session *session)
{
	return (u32)(session - sessions);
}

#endif
