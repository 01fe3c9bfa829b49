/* Connections that come in: the gate serves them or turns them away. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "text.h"

/* The reasons why a connection is closed without a session, and why a datagram is dropped. */
enum refusal {
	REFUSED_PER_SOURCE,
	REFUSED_RATE,
	REFUSED_PENALTY,
	REFUSED_GONE,
	REFUSED_DRAINING,
	REFUSED_ACCESS_LIST,
	REFUSED_TOTAL_RATE,
	REFUSED_SOURCE_PORT,
	REFUSED_SESSIONS,
	REFUSED_EMPTY,
	REFUSED_DATAGRAMS,
	REFUSED_AMPLIFICATION,
	REFUSED_QUEUE_FULL,
	REFUSED_ENDED,
	REFUSED_UNSENT,
	REFUSALS,
	NOT_REFUSED = REFUSALS
};

/* access.c */
int peer_is_refused(s32 socket, const struct address *peer);

/*
 * accounts.c: the sessions, the rate and the penalties of a source and of the wider prefixes that it is in. The memory
 * is fixed. A peer is judged before it is entered, and leaves what it was entered in.
 */
void accounts_open(void);
enum refusal account_judge(const struct address *peer, u64 now);
void account_enter(const struct address *peer, u64 now, u32 entered[ACCOUNTS]);
void account_leave(const u32 entered[ACCOUNTS]);
u32 account_live(const struct address *peer, u64 now); /* Of the source. */

/* Tells of each prefix that is refused from now on: so many bits of address_source(). */
typedef void tell_penalty(const void *of, u32 bits, u64 penalty_ns);
void account_punish(const u32 entered[ACCOUNTS], u64 penalty_ns, u64 now, tell_penalty *tell, const void *of);

/* admission.c: the rate of all connections. */
u64 admission_delayed_until(u64 now); /* Zero: a connection may be taken now. */
void admission_enter(u64 now);

/* refusals.c: connections that were closed without a session, and datagrams that were dropped, summed up. */
void refuse(enum refusal reason, const struct address *peer);
u64 refusals_due(void); /* When they are told next; zero: there are none. */
void refusals_tell(void);

/* accept.c */
int accept_connection(u32 listener);
void accept_pending(void);
void start_inherited(void);
void turn_away(s32 socket, enum refusal reason, const struct address *peer);

#endif
