#include "peers.h"
#include "entries.h"

/* The headers in front of a datagram: those of IPv4 or IPv6, and of UDP. */
enum { IPV4_HEADERS = 28, IPV6_HEADERS = 48, PORTS = 65536, FIRST_UNPRIVILEGED = 1024 };

static const struct peer_limits *limits;
static struct entries entries;
static struct peer peers[IMAGE_MAX_SESSIONS];
static u32 live;
static u8 refused_ports[PORTS / 8];

/* The order of last use: who is idle for longest is the first. */
static struct {
	struct peer *first;
	struct peer *last;
} uses;

void peers_open(const struct peer_limits *numbers)
{
	limits = numbers;
	entries_open(&entries, numbers->peers);
}

/* Another service answers from such a port: two that answer each other would do it without end. */
void peers_refuse_port(u16 port)
{
	refused_ports[port / 8] |= (u8)(1 << port % 8);
}

static int is_refused(u16 port)
{
	return port < FIRST_UNPRIVILEGED || (refused_ports[port / 8] & 1 << port % 8);
}

/* Of a fixed number of words, each of which is mixed with the hash of those before it. */
static u64 hash_of_ends(const struct ends *ends)
{
	u64 words[5], hash = 0;
	memcpy(words, ends->peer.bytes, 16);
	memcpy(words + 2, ends->local.bytes, 16);
	words[4] = (u64)ends->scope << 32 | ends->listener << 16 | ends->peer.port;
	for (u32 i = 0; i < 5; i++)
		hash = hash_of(hash ^ words[i]);
	return hash;
}

static int are_same(const struct ends *a, const struct ends *b)
{
	return a->peer.port == b->peer.port && a->scope == b->scope && a->listener == b->listener &&
	       memcmp(a->peer.bytes, b->peer.bytes, 16) == 0 && memcmp(a->local.bytes, b->local.bytes, 16) == 0;
}

struct peer *peer_of(const struct ends *ends)
{
	u32 entry = entry_first(&entries, hash_of_ends(ends));
	while (entry != NONE && !are_same(&peers[entry].ends, ends))
		entry = entry_next(&entries, entry);
	return entry == NONE ? NULL : &peers[entry];
}

static u64 bytes_of(const struct ends *ends, usize size)
{
	return size + (ends->peer.is_v4 ? IPV4_HEADERS : IPV6_HEADERS);
}

/*
 * An empty message is an end to who reads it. One that begins a session is its start and is not delivered, as daytime
 * wants it; `peer` is NULL then.
 */
enum drop request_judge(const struct ends *ends, const struct peer *peer, usize size, u64 now)
{
	if (!peer)
		return is_refused(ends->peer.port) ? DROP_SOURCE_PORT
		       : live >= limits->peers     ? DROP_SESSIONS
						   : NOT_DROPPED;
	if (!size)
		return DROP_EMPTY;
	if (peer->paid_ns + limits->interval_ns > now + limits->interval_ns * limits->burst)
		return DROP_RATE;
	return NOT_DROPPED;
}

/* For its whole life: who forges an address can ask twice as well as once. */
enum drop answer_judge(const struct peer *peer, usize size)
{
	return bytes_of(&peer->ends, size) > peer->allowed ? DROP_AMPLIFICATION : NOT_DROPPED;
}

static void leave_order(struct peer *peer)
{
	*(peer->before ? &peer->before->behind : &uses.first) = peer->behind;
	*(peer->behind ? &peer->behind->before : &uses.last) = peer->before;
}

static void enter_order(struct peer *peer, u64 now)
{
	peer->used_ns = now;
	peer->before = uses.last;
	peer->behind = NULL;
	*(uses.last ? &uses.last->behind : &uses.first) = peer;
	uses.last = peer;
}

struct peer *peer_enter(const struct ends *ends, s32 pair, u64 now)
{
	u32 entry = entry_take(&entries);
	struct peer *peer = &peers[entry];
	*peer = (struct peer){.ends = *ends, .pair = pair};
	entry_add(&entries, hash_of_ends(ends), entry);
	enter_order(peer, now);
	live++;
	return peer;
}

void peer_asked(struct peer *peer, usize size, u64 now)
{
	u64 more;
	peer->paid_ns = (peer->paid_ns > now ? peer->paid_ns : now) + limits->interval_ns;
	if (__builtin_mul_overflow(bytes_of(&peer->ends, size), (u64)limits->amplification, &more) ||
	    __builtin_add_overflow(peer->allowed, more, &peer->allowed))
		peer->allowed = ~0ull;
	leave_order(peer);
	enter_order(peer, now);
}

void peer_answered(struct peer *peer, usize size, u64 now)
{
	peer->allowed -= bytes_of(&peer->ends, size);
	leave_order(peer);
	enter_order(peer, now);
}

void peer_leave(struct peer *peer)
{
	u32 entry = (u32)(peer - peers);
	leave_order(peer);
	entry_remove(&entries, hash_of_ends(&peer->ends), entry);
	entry_free(&entries, entry);
	live--;
}

u64 peer_idle_due(void)
{
	return limits->idle_ns && uses.first ? uses.first->used_ns + limits->idle_ns : ~0ull;
}

struct peer *peer_idle(u64 now)
{
	return peer_idle_due() <= now ? uses.first : NULL;
}
