#include "peers.h"

#include <asm/ioctls.h>

/* These are of include/linux/socket.h, which the kernel does not export. */
enum { NO_WAIT = 0x40, NO_SIGNAL = 0x4000 };

/* A pair holds fewer messages; a session that goes on writing keeps nobody waiting. */
enum { LARGEST_DATAGRAM = 65536, MOST_LAST_WORDS = 512 };
static u8 datagram[LARGEST_DATAGRAM];

static const struct exchange_host *host;

void exchange_open(const struct exchange_host *of)
{
	host = of;
}

static void end(struct peer *peer)
{
	host->ended(peer);
	syscall1(__NR_close, peer->pair);
	peer_leave(peer);
}

/* An empty message and an end look the same, but behind an end nothing waits. */
static int is_end(const struct peer *peer)
{
	s32 waiting = 0;
	return syscall3(__NR_ioctl, peer->pair, FIONREAD, &waiting) != 0 || waiting == 0;
}

static void answer(struct peer *peer, s32 socket, usize size, u64 now)
{
	enum drop drop = size ? answer_judge(peer, size) : DROP_EMPTY;
	if (drop == NOT_DROPPED) {
		long sent = datagram_answer(socket, datagram, size, &peer->ends);
		if (!is_error(sent)) {
			peer_answered(peer, size, now);
			return;
		}
		drop = sent == -EAGAIN ? DROP_QUEUE_FULL : DROP_UNSENT;
	}
	host->dropped(drop, &peer->ends);
}

/*
 * One answer of a session, the last ones of one that has ended too. A session that has shut its end down says nothing
 * more, and is at its end. Zero when there is no answer now.
 */
int exchange_answer(struct peer *peer, s32 socket, int is_over, u64 now)
{
	long size = syscall6(__NR_recvfrom, peer->pair, (long)datagram, LARGEST_DATAGRAM, NO_WAIT, 0, 0);
	if (size == -EAGAIN || size == -EINTR)
		return 0;
	/* A session that leaves requests unread resets the pair, once, in front of its last words. */
	if (size == -ECONNRESET)
		return 1;
	if (is_error(size) || (size == 0 && is_over && is_end(peer))) {
		end(peer);
		return 0;
	}
	answer(peer, socket, (usize)size, now);
	return 1;
}

void exchange_end(struct peer *peer, s32 socket, u64 now)
{
	struct ends ends = peer->ends;
	for (u32 i = 0; i < MOST_LAST_WORDS && exchange_answer(peer, socket, 1, now); i++)
		;
	if (peer_of(&ends) == peer)
		end(peer);
}

/* The gate never waits: what finds the queue of its session full is dropped. Zero: the session hears nothing more. */
static int deliver(struct peer *peer, usize size, u64 now)
{
	long sent = syscall6(__NR_sendto, peer->pair, (long)datagram, (long)size, NO_WAIT | NO_SIGNAL, 0, 0);
	if (sent == -EAGAIN) {
		host->dropped(DROP_QUEUE_FULL, &peer->ends);
		return 1;
	}
	if (is_error(sent))
		return 0;
	peer_asked(peer, size, now);
	return 1;
}

static void begin(const struct ends *ends, usize size, u64 now)
{
	enum drop drop = request_judge(ends, NULL, size, now);
	if (drop != NOT_DROPPED) {
		host->dropped(drop, ends);
		return;
	}
	s32 pair = host->start(ends);
	if (pair < 0)
		return;
	struct peer *peer = peer_enter(ends, pair, now);
	host->started(peer);
	if (!size)
		peer_asked(peer, size, now);
	else if (!deliver(peer, size, now))
		host->dropped(DROP_QUEUE_FULL, ends);
}

/*
 * One datagram of a listener. Zero when none waits there, or -errno of a socket that cannot be read. One that has no
 * address to answer from is none for anybody.
 */
long exchange_request(u32 listener, s32 socket, u64 now)
{
	struct ends ends;
	long size = datagram_receive(socket, datagram, LARGEST_DATAGRAM, &ends);
	if (size == -EAGAIN)
		return 0;
	if (is_error(size))
		return size == -EINTR || size == -EINVAL ? 1 : size;
	ends.listener = listener;
	struct peer *peer = peer_of(&ends);
	if (!peer) {
		begin(&ends, (usize)size, now);
		return 1;
	}
	enum drop drop = request_judge(&ends, peer, (usize)size, now);
	if (drop != NOT_DROPPED)
		host->dropped(drop, &ends);
	else if (!deliver(peer, (usize)size, now))
		host->dropped(DROP_ENDED, &ends);
	return 1;
}
