/* The peers of datagram sockets of which each has a session of its own, and datagrams with both their addresses. */
#ifndef PEERS_H
#define PEERS_H

#include "text.h"

/* Both ends of an exchange of datagrams. All of it is the key of a peer: who asks another address is another peer. */
struct ends {
	struct address peer;
	struct address local; /* The address that was asked, without a port. */
	u32 scope;            /* The interface, when an address is link-local; else zero. */
	u32 listener;         /* datagram_receive() does not know it. */
	int is_v4_socket;     /* The socket is of IPv4 alone. */
};

/* The reasons why a datagram is dropped, in either direction. */
enum drop {
	DROP_SOURCE_PORT, /* A port of the system or of a service: it would answer the answer. */
	DROP_SESSIONS,    /* There is no room for one more. */
	DROP_EMPTY,
	DROP_RATE,
	DROP_AMPLIFICATION,
	DROP_QUEUE_FULL,
	DROP_ENDED,  /* The session has ended, and its last answers are on their way. */
	DROP_UNSENT, /* The kernel does not take the answer. */
	DROPS,
	NOT_DROPPED = DROPS
};

struct peer_limits {
	u32 peers;
	u32 burst;         /* Datagrams that may come at once. */
	u64 interval_ns;   /* Between datagrams of one peer, in the long run. */
	u64 idle_ns;       /* Zero is no limit. */
	u32 amplification; /* Bytes of answers for each byte of requests, headers counted. */
};

struct session;

struct peer {
	struct ends ends;
	struct session *session; /* The one that answers it. */
	s32 pair;                /* The gate's end of the pair of its session. */
	u64 paid_ns;             /* When its datagrams have taken the time that they have at its rate. */
	u64 used_ns;             /* The last datagram in either direction. */
	u64 allowed;             /* Bytes that may still be answered in its whole life. */
	struct peer *before;     /* In the order of last use. */
	struct peer *behind;
};

/*
 * peers.c: a datagram is judged before it is counted. The memory is fixed and nothing walks the table. A full table
 * refuses strangers, so that nobody who is served is pushed out.
 */
void peers_open(const struct peer_limits *limits);
void peers_refuse_port(u16 port);
struct peer *peer_of(const struct ends *ends);
enum drop request_judge(const struct ends *ends, const struct peer *peer, usize size, u64 now);
enum drop answer_judge(const struct peer *peer, usize size);
struct peer *peer_enter(const struct ends *ends, s32 pair, u64 now);
void peer_asked(struct peer *peer, usize size, u64 now);
void peer_answered(struct peer *peer, usize size, u64 now);
void peer_leave(struct peer *peer);
struct peer *peer_idle(u64 now); /* One that has been idle for too long, or NULL. */
u64 peer_idle_due(void);         /* When the next one is; ~0: none is. */

/*
 * datagram.c: the result is that of the call. One that is received may be longer than its room, as MSG_TRUNC has it;
 * -EINVAL: it has no address to answer from.
 */
long datagram_receive(s32 socket, void *bytes, usize room, struct ends *ends);
long datagram_answer(s32 socket, const void *bytes, usize size, const struct ends *ends);

/* The gate's part of an exchange: sessions and what is told. */
struct exchange_host {
	s32 (*start)(const struct ends *ends); /* The gate's end of the pair of a new session; -1: it has told why. */
	void (*started)(struct peer *peer);
	void (*ended)(struct peer *peer); /* Its pair is about to be closed. */
	void (*dropped)(enum drop drop, const struct ends *ends);
};

/* exchange.c: datagrams between peers and their sessions. */
void exchange_open(const struct exchange_host *of);
long exchange_request(u32 listener, s32 socket, u64 now);
int exchange_answer(struct peer *peer, s32 socket, int is_over, u64 now);
void exchange_end(struct peer *peer, s32 socket, u64 now); /* Its last words are sent before. */

#endif
