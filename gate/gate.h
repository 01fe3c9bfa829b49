/* What the files of the gate share. The only state is here: the image, the slots, and the table of sessions. */
#ifndef GATE_H
#define GATE_H

#include "image.h"

/* The descriptors that a gate is started with. src/gate-protocol/descriptors.ts has the same numbers. */
enum { EVENTS_FD = 3, CONTROL_FD = 4, LOG_FD = 5, IMAGE_FD = 6 };

/* A frame is at most PIPE_BUF, which a pipe takes whole or not at all. src/gate-protocol/log-frames.ts and relay.c read them. */
enum { FRAME_SIZE = 4096 };
struct log_frame {
	u32 session;
	u32 length;
	u8 text[FRAME_SIZE - 8];
};

/* A line of a session's log that is longer is given out in pieces; src/gate-protocol/log-frames.ts has the same. */
enum { LOG_PIECE = 4096 };

/*
 * The descriptors of an outer gate that nobody supervises: the plan keeps the caller's standard output and error and
 * opens the signals; split() makes the pipes, whose other ends are the inner gate's EVENTS_FD, CONTROL_FD and LOG_FD.
 */
enum {
	OUTER_EVENTS_FD = 3,
	LIFELINE_FD = 4,
	OUTER_LOG_FD = 5,
	ORDERS_FD = 6,
	OUTPUT_FD = 7,
	ERROR_FD = 8,
	SIGNALS_FD = 9
};

/* The exit statuses of env(1), timeout(1) and their kin. */
enum { EXIT_LAUNCH_FAILED = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

/* A step that failed in a session, in memory shared with the gate: the session's filter may refuse to write. */
struct failure {
	u32 failed;
	u32 step;
	s64 result;
};

/* An IPv4 or IPv6 socket address, IPv4 mapped into IPv6 as ::ffff:a.b.c.d. */
struct address {
	u8 bytes[16];
	u16 port;
	int is_v4;
};

/* Variables with a value of their own: two addresses, two ports, and their aliases. */
enum { COMPUTED_SIZE = 96, COMPUTED = 12 };

/* What each process has for itself while it executes a plan. */
struct process {
	enum role role;
	u32 next;                /* The step to execute. */
	struct failure *failure; /* Where it is to say which step failed; NULL: it says so itself. */
	u32 alone;               /* ROLE_SESSION: the gate has closed what it handed over. */
	u32 awaited;             /* Somebody waits for that. */
	s64 slots[IMAGE_MAX_SLOTS];
	struct address peer;
	struct address local;
	char *environment[IMAGE_MAX_ENVIRONMENT + 1];
	char computed[COMPUTED][COMPUTED_SIZE];
};

/*
 * Where a session runs until its exec: in the memory of the gate, as a thread would, so that nothing of it is copied for
 * each connection. Only code of the gate runs there; the exec gives the service a memory of its own.
 */
enum { BERTH_SIZE = 8192 };
struct berth {
	struct process process;
	u32 used; /* Set to zero by the kernel when the session has a memory of its own, or has ended. */
	u8 stack[BERTH_SIZE - sizeof(struct process) - sizeof(u32)];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct berth) == BERTH_SIZE, "a berth is as large as it says");

/* What all processes of the gate share, or have the same. */
struct gate {
	struct image image;
	struct process own; /* Of the outer and the inner gate themselves. */
	s32 child;          /* ROLE_OUTER after the split: the inner gate. */
	enum split_mode mode;
	s32 lifeline;             /* ROLE_INNER: end of file when the outer gate is gone. */
	struct failure *failures; /* Of all sessions and, at the end, of the inner gate: shared memory. */
	struct berth *berths;     /* As many as there may be sessions, of which few are used at once. */
};
extern struct gate gate;

enum cause { CAUSE_EXIT, CAUSE_TIME, CAUSE_STOP };

struct session {
	s32 pid; /* Zero: the entry is free. */
	s32 log; /* Read end of its standard error, or -1. */
	u32 number;
	u32 executed;     /* By notification: its one exec was let through. */
	u32 exec_refused; /* And that another was refused has been told. */
	u64 started_ns;
	enum cause cause;
	struct address peer;
	u64 log_paid_ns;    /* When its log has taken the time that it has at its rate. */
	u64 log_piece_ns;   /* From when on it has a piece, whatever the others write. */
	u64 log_until_ns;   /* Its log is not polled before; zero: it is. */
	u32 log_unfinished; /* What it wrote last did not end a line. */
};

/* What epoll reports: the kind in the upper half, an index in the lower. */
enum source { SOURCE_LISTENER, SOURCE_CONTROL, SOURCE_LIFELINE, SOURCE_CHILD, SOURCE_NOTIFY, SOURCE_LOG };

/* The resident part: what the inner gate knows while it serves. */
struct service {
	const struct serve *numbers;
	u32 live;
	u32 used;   /* Entries of the table that were taken since no session lived. */
	u32 berths; /* Those that may be resident. */
	u32 last_number;
	int started;  /* The launcher said go. */
	int draining; /* No connection is accepted any more. */
	int polling;  /* The listeners are in the epoll set. */
	s32 pending;  /* An accepted socket that fork had no room for, or -1. */
	struct address pending_peer;
	u64 paused_until_ns;
	u64 drain_until_ns;
	u64 log_paid_ns;    /* When the log of all sessions has taken the time that it has at its rate. */
	u64 pieces_paid_ns; /* The same of their pieces. */
	u32 log_turn;       /* The session that is served next when several wait to write. */
};
extern struct service service;
extern struct session sessions[IMAGE_MAX_SESSIONS];

/* step.c: executes the steps of the process's role from its next on; returns at the plan's end. */
void execute_plan(struct process *self);
__attribute__((noreturn)) void step_failed(const struct process *self, u32 index, long result);

/* report.c: what people read on standard error when nobody supervises the gate. */
void report_refused(const char *reason);
void report_failure(const struct failure *failure);
void report_plan(void);
const char *errno_text(long number); /* NULL without a name, and where a launcher has them. */
void report_signal(int status);

/* event.c: one JSON object a line; what does not fit is counted and reported later. */
void event_to(void (*to)(const char *text, usize size));
void event_begin(const char *name);
void event_number(const char *key, s64 value);
void event_text(const char *key, const char *value);
void event_bytes(const char *key, const u8 *bytes, usize size); /* Of a program: escaped. */
void event_address(const char *key, const char *port_key, const struct address *address);
void event_end(void);
int event_sent(void); /* In the place of event_end: zero when there is no room now, and then it is not counted. */
usize event_bytes_size(const u8 *bytes, usize size);
void event_count_dropped(void);
void event_failed(u32 index, s64 result,
		  u32 session); /* Begins the event of a step that failed; session 0: the launch. */

/* time.c: milliseconds since 1970 as 2026-11-23T13:35:10.656Z. */
enum { TIME_TEXT_SIZE = 25 };
void time_text(char *out, u64 ms);

/* address.c */
int address_from(struct address *address, const void *sockaddr);
usize address_text(char *out, const struct address *address);
usize number_text(char *out, s64 value);
int address_same_source(const struct address *a, const struct address *b);
int address_is_loopback(const struct address *address);

/* queue.c: how many descriptors the peers of a UNIX socket have sent that nobody has received; or -errno, -EPROTOTYPE of one that sends to names. */
long queued_descriptors(s32 fd);

/* environment.c: builds envp for the steps that follow. */
void environment_build(struct process *self, const struct step *step);

/* split.c */
void split(enum split_mode mode);
void release_inner(void);
void wait_for_outer(void);
int inner_status(int options); /* Of wait4; -1 while it lives. */

/* The outer gate after its last step; none returns. */
__attribute__((noreturn)) void wait_for_inner(void);  /* split.c */
__attribute__((noreturn)) void supervise(void);       /* supervise.c */
__attribute__((noreturn)) void forward_signals(void); /* forward.c */
void print(const char *text, usize size);             /* supervise.c: to the caller's standard output. */

/* forward.c: in the inner gate, whose service has stopped. */
void tell_stops(void);

/* relay.c: the standard error of sessions, as events; zero when there is no more. Then the lines that lack their end. */
int relay_log(void);
void relay_rest(void);

/* serve.c: accepts until it is told to stop. */
__attribute__((noreturn)) void serve(const struct serve *numbers);
long poll_add(s32 fd, enum source source, u32 index);
void poll_remove(s32 fd);

/* refusals.c: connections that were closed without a session, summed up. */
enum refusal { REFUSED_PER_SOURCE, REFUSED_GONE, REFUSED_DRAINING, REFUSALS };
void refuse(enum refusal reason, const struct address *peer);
u64 refusals_due(void); /* When they are told next; zero: there are none. */
void refusals_tell(void);

/* accept.c */
void accept_connection(u32 listener);
void start_inherited(void);
void accept_pending(void);
void turn_away(s32 socket, enum refusal reason, const struct address *peer);
void pause_accepting(u32 nr, long error);

/* session.c */
struct session *session_of(s32 pid);
int session_start(s32 socket, const struct address *peer);
void sessions_reap(void);
void sessions_terminate(void);
void sessions_end(u64 started_until_ns, enum cause cause);
void session_kill(struct session *session, enum cause cause);

/* budget.c: how much of a log is relayed, for each session and all of them. */
enum share { SHARE_NOTHING, SHARE_PIECE, SHARE_FRAME };
enum share log_share(const struct session *session, u64 now, int is_last);
u64 log_share_ns(const struct session *session, u64 now);
usize log_fitting(enum share share, const u8 *text, usize size);
u64 log_cost(const u8 *text, usize size);
void log_spend(struct session *session, enum share share, u64 now, u64 cost);

/* log.c: the standard error of sessions, framed, to LOG_FD. */
int log_open(struct session *session);
void log_relay(u32 index);
void log_close(struct session *session);
void log_resume(u64 now);

/* notify.c: exec once without page 0. */
void notify_answer(void);

#endif
