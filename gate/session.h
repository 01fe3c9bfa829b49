/* The begin and the end of a session. */
#ifndef SESSION_H
#define SESSION_H

#include "table.h"

/*
 * A session runs here until its exec: in the memory of the gate, as a thread would, so that nothing of it is copied
 * for each connection. Only code of the gate runs there; the exec gives the service a memory of its own.
 */
enum { BERTH_SIZE = 8192, BERTH_HEAD = 4 * sizeof(u32) + 3 * sizeof(void *) };
struct berth {
	struct process process;
	u32 used;                /* Set to zero by the kernel when the session has a memory of its own, or has ended. */
	u32 is_sharing;          /* It shares the gate's descriptors and has to take its own. */
	u32 alone;               /* The gate has closed what it handed over. */
	u32 awaited;             /* Somebody waits for that. */
	struct session *session; /* The session that it belongs to; NULL: none. */
	struct berth *before;
	struct berth *behind;
	u8 stack[BERTH_SIZE - sizeof(struct process) - BERTH_HEAD];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct berth) == BERTH_SIZE, "a berth is as large as it says");

/* berth.c */
const char *berths_map(u32 most); /* NULL, or what is wrong. */
struct berth *berth_take(struct session *session);
void berth_leave(struct berth *berth, const struct session *session);
void berths_give_back(void);

/* session.c */
struct session *session_start(s32 socket, const struct address *peer, const struct address *local);
void session_let_go(struct session *session);
void session_parted(struct session *session);

/* ending.c: what ends a session, other than itself. */
void session_ask(struct session *session, enum cause cause, u64 kill_ns);
void session_kill(struct session *session, enum cause cause);
void session_end(struct session *session, enum cause cause, u64 now);
void session_client_gone(u32 index, u32 number);
void sessions_stop(u64 now);
void sessions_keep_deadlines(u64 now);

/* quiet.c: limits of connections on which nothing is sent. */
void quiet_keep(u64 now);

/* peering.c: sessions of the peers of datagram sockets. */
void peering_open(void);
void peering_ask(u32 listener);
void peering_answer(u32 index, u32 number, int is_over);
void peering_end(const struct session *session);
void peering_drain(void);
void peering_keep(u64 now);
u64 peering_due(void); /* When a peer has been idle for too long; ~0: none will. */

/* penalties.c: of the source of a session that has ended. */
void punish(const struct session *session, int status);

/* stops.c: what a wrapped program's caller hears of its stops. */
void tell_stops(void);

/* reap.c */
void sessions_reap(void);
void session_recorded(struct session *session);
void session_look_for_end(struct session *session);
u64 reap_due(void);
void reap_all(void);
__attribute__((noreturn)) void listener_lost(long errno);

/* answer.c: the listener, and answers to an exec that asks; elsewhere the filter of the gate lets it give none. */
struct seccomp_notif;
s32 notify_listener(void);
void notify_refuse(const struct seccomp_notif *request);
void notify_continue(const struct seccomp_notif *request);

/* denial.c: calls that the policy denies. */
void deny(const struct seccomp_notif *request);
void denial_gone(void);
void denial_recorded(s32 pid, s32 call, u64 ip);
void denials_lost(void);
u64 denials_due(void);
void denials_tell(void);

/* audit.c: calls for which the kernel ends a process. */
void audit_hear(void);
void audit_place(void);

/* starts.c: of a service that accepts for itself. */
void starts_note_end(u64 lived_ns);
int starts_look(void);
void starts_settle(void);
int start_is_delayed(void);

/* notify.c: calls that ask the gate. */
void notify_answer(void);
u64 notify_due(void);
void notify_keep(u64 now);

#endif
