/*
 * The peers of datagram sockets in a hosted program, watched by the sanitizers: random datagrams, answers and ends of
 * few or many peers, and all that the gate looks up is compared with a plain search.
 *
 *   peers-harness OPERATIONS PEERS SEED      "served N, dropped N N N N N"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gate/entries.h"
#include "../../gate/peers.h"

enum { IDLE_NS = 5000, BURST = 3, FACTOR = 2, OWN_PORT = 5000, STRANGERS = 3 };

static u64 state, interval_ns, now = 1000000;

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

/* The knowledge of a search about each peer. */
static struct known {
	struct peer *peer; /* NULL: the place is free. */
	struct ends ends;
	u64 used_ns, asked, answered; /* Bytes with their headers. */
	double tokens;
	u64 filled_ns;
} known[IMAGE_MAX_SESSIONS];
static u32 live;
static u64 served, dropped[DROPS];

static struct address address(int is_v4, u32 number)
{
	struct address address = {.is_v4 = is_v4, .bytes = {0x20, 0x01}};
	if (is_v4)
		memset(memset(address.bytes, 0, 12) + 10, 0xff, 2);
	memcpy(address.bytes + 12, &number, 4);
	return address;
}

/* Peers differ in one of the parts of the key only, so that each part is asked for. */
static struct ends some_ends(u32 most)
{
	static const u16 ports[] = {OWN_PORT, 1023, 0, 19};
	u32 kind = below(5), which = below(most + STRANGERS);
	struct ends ends = {.peer = address(below(2), 1), .local = address(1, 1)};
	ends.peer.port = 1024;
	if (below(30) == 0)
		ends.peer.port = ports[below(4)];
	if (kind == 0)
		ends.peer = address(ends.peer.is_v4, which);
	if (kind == 1)
		ends.peer.port = (u16)(1024 + which);
	if (kind == 2)
		ends.local = address(1, which);
	if (kind == 3)
		ends.scope = which;
	if (kind == 4)
		ends.listener = which % IMAGE_MAX_LISTENERS;
	return ends;
}

static int equal(const struct ends *a, const struct ends *b)
{
	return memcmp(&a->peer.bytes, &b->peer.bytes, 16) == 0 && memcmp(&a->local.bytes, &b->local.bytes, 16) == 0 &&
	       a->peer.port == b->peer.port && a->scope == b->scope && a->listener == b->listener;
}

static struct known *search(const struct ends *ends, u32 most)
{
	for (u32 i = 0; i < most; i++)
		if (known[i].peer && equal(&known[i].ends, ends))
			return &known[i];
	return NULL;
}

static u64 headers(const struct ends *ends)
{
	return ends->peer.is_v4 ? 28 : 48;
}

static void fill(struct known *of)
{
	of->tokens += (double)(now - of->filled_ns) / (double)interval_ns;
	of->tokens = of->tokens > BURST ? BURST : of->tokens;
	of->filled_ns = now;
}

static enum drop expected(const struct known *of, const struct ends *ends, usize size, u32 most)
{
	u16 port = ends->peer.port;
	if (!of)
		return port < 1024 || port == OWN_PORT ? DROP_SOURCE_PORT : live == most ? DROP_SESSIONS : NOT_DROPPED;
	return !size ? DROP_EMPTY : of->tokens < 1 - 1e-9 ? DROP_RATE : NOT_DROPPED;
}

static void ask(u32 most)
{
	struct ends ends = some_ends(most);
	usize size = below(4) ? below(1400) : 0;
	struct known *of = search(&ends, most);
	struct peer *peer = peer_of(&ends);
	require(peer == (of ? of->peer : NULL), "a peer by its ends");
	if (of)
		fill(of);
	enum drop drop = request_judge(&ends, peer, size, now);
	require(drop == expected(of, &ends, size, most), "the judgement of a request");
	if (drop != NOT_DROPPED) {
		dropped[drop]++;
		return;
	}
	for (u32 i = 0; !of; i++)
		if (!known[i].peer)
			of = &known[i];
	if (!peer) {
		peer = peer_enter(&ends, 7, now);
		*of = (struct known){.peer = peer, .ends = ends, .tokens = BURST, .filled_ns = now};
		live++;
	}
	peer_asked(peer, size, now);
	of->tokens--;
	of->used_ns = now;
	of->asked += size + headers(&ends);
	served++;
}

static void answer(struct known *of)
{
	usize size = below(3000);
	u64 bytes = size + headers(&of->ends);
	enum drop drop = answer_judge(of->peer, size);
	require(drop == (of->answered + bytes > FACTOR * of->asked ? DROP_AMPLIFICATION : NOT_DROPPED), "a budget");
	if (drop != NOT_DROPPED) {
		dropped[drop]++;
		return;
	}
	peer_answered(of->peer, size, now);
	of->answered += bytes;
	of->used_ns = now;
}

static void end(struct known *of)
{
	peer_leave(of->peer);
	of->peer = NULL;
	live--;
}

static struct known *idle_for_longest(u32 most)
{
	struct known *first = NULL;
	for (u32 i = 0; i < most; i++)
		if (known[i].peer && (!first || known[i].used_ns < first->used_ns))
			first = &known[i];
	return first;
}

static void look_at_idle(u32 most)
{
	struct known *first = idle_for_longest(most);
	u64 due = first ? first->used_ns + IDLE_NS : ~0ull;
	require(peer_idle_due() == due, "when a peer is idle");
	require(peer_idle(now) == (first && due <= now ? first->peer : NULL), "the peer that is idle");
	if (first && due <= now)
		end(first);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	u32 most = (u32)atoi(argv[2]);
	interval_ns = 200 + 40 * most;
	const struct peer_limits numbers = {
		.peers = most, .burst = BURST, .interval_ns = interval_ns, .idle_ns = IDLE_NS, .amplification = FACTOR};
	state = strtoull(argv[3], NULL, 10);
	peers_open(&numbers);
	peers_refuse_port(OWN_PORT);
	for (long i = 0; i < atol(argv[1]); i++) {
		struct known *of = &known[below(most)];
		now += 1 + below(i / 5000 % 2 ? 20 : 5);
		if (below(100) < 70)
			ask(most);
		else if (of->peer && below(100) < 80)
			answer(of);
		else if (of->peer && below(100) < (i / 5000 % 2 ? 60u : 5u))
			end(of);
		if (i % 16 == 0 || most < 16)
			look_at_idle(most);
	}
	printf("served %llu, dropped", (unsigned long long)served);
	for (u32 i = 0; i <= DROP_AMPLIFICATION; i++)
		printf(" %llu", (unsigned long long)dropped[i]);
	printf("\n");
	return 0;
}
