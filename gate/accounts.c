#include "accept.h"
#include "entries.h"
#include "table.h"

/*
 * The prefixes of a peer, the widest first. A wide one may have a multiple of what a source may, so that somebody who
 * has many addresses pays with all of them. A user at the other end of a UNIX socket is a source without wider ones.
 */
enum { IPV4_WIDE, IPV4_MIDDLE, IPV4_SOURCE, IPV6_WIDE, IPV6_MIDDLE, IPV6_SOURCE, USER, PREFIXES };
static const struct {
	u32 bits; /* Of the eight bytes of address_source(). */
	u32 factor;
} prefixes[PREFIXES] = {
	[IPV4_WIDE] = {48, 64},  [IPV4_MIDDLE] = {56, 8}, [IPV4_SOURCE] = {64, 1}, [IPV6_WIDE] = {32, 16},
	[IPV6_MIDDLE] = {48, 4}, [IPV6_SOURCE] = {64, 1}, [USER] = {64, 1},
};

/*
 * An account may stand in any place of its set; nobody without the key knows which sources meet in one. A session has
 * three, so with all of them hardly a set is full.
 */
enum { SET = 8, LEAST = 4096, MOST = 8 * IMAGE_MAX_SESSIONS };

#define NO_ACCOUNT (~0u)

struct account {
	u64 source; /* Its bits of address_source(). */
	u64 used_ns;
	u64 paid_ns;    /* When its sessions have taken the time that they have at its rate. */
	u64 penalty_ns; /* When its penalty ends. */
	u32 live;
	u8 prefix;
	u8 is_used;
	u8 is_refused; /* Its penalty counts. */
	u8 bad;        /* The next narrower ones with a source that is refused; one for the source itself. */
};

/* Behind them one of each prefix is shared by those that find their set full of sources with sessions. */
static struct account accounts[MOST + PREFIXES];
static u32 sets;

void accounts_open(void)
{
	u32 count = LEAST;
	while (count < 8 * service.numbers->sessions)
		count *= 2;
	sets = count / SET;
	for (u32 prefix = 0; prefix < PREFIXES; prefix++)
		accounts[MOST + prefix].prefix = (u8)prefix;
}

static int is_shared(const struct account *account)
{
	return account >= accounts + MOST;
}

/* The first bits of an address as they stand in memory. */
static u64 source_of(const struct address *peer, u32 prefix)
{
	u64 bits = __builtin_bswap64(address_source(peer));
	return bits >> (64 - prefixes[prefix].bits);
}

/*
 * Of two that have no session the one to be given up: an unused one, else the harmless one that was used longest ago,
 * else the one whose penalty ends first.
 */
static int is_less(const struct account *one, const struct account *other, u64 now)
{
	if (!one->is_used || !other->is_used)
		return !one->is_used && other->is_used;
	int is_harmless = one->penalty_ns <= now, is_other = other->penalty_ns <= now;
	if (is_harmless != is_other)
		return is_harmless;
	return is_harmless ? one->used_ns < other->used_ns : one->penalty_ns < other->penalty_ns;
}

/* The account of a prefix of the peer, which is made where there is none. */
static struct account *account_of(const struct address *peer, u32 prefix, u64 now)
{
	u64 source = source_of(peer, prefix);
	struct account *set = &accounts[(hash_of(source ^ (u64)prefix << 61) & (sets - 1)) * SET], *least = NULL;
	for (struct account *account = set; account < set + SET; account++) {
		if (account->is_used && account->prefix == prefix && account->source == source)
			return account;
		if (!account->live && (!least || is_less(account, least, now)))
			least = account;
	}
	if (!least)
		return &accounts[MOST + prefix];
	*least = (struct account){.source = source, .prefix = (u8)prefix, .is_used = 1};
	return least;
}

static u64 interval_of(const struct account *account)
{
	return service.numbers->source_interval_ns / prefixes[account->prefix].factor;
}

static enum refusal judge(const struct account *account, int is_counted, u64 now)
{
	const struct serve *numbers = service.numbers;
	if (account->is_refused && account->penalty_ns > now)
		return REFUSED_PENALTY;
	if (is_counted && account->live >= numbers->per_source * prefixes[account->prefix].factor)
		return REFUSED_PER_SOURCE;
	u64 ahead_ns = numbers->source_interval_ns * numbers->source_burst;
	if (numbers->source_interval_ns && account->paid_ns + interval_of(account) > now + ahead_ns)
		return REFUSED_RATE;
	return NOT_REFUSED;
}

static u32 widest_of(const struct address *peer)
{
	return peer->is_unix ? USER : peer->is_v4 ? IPV4_WIDE : IPV6_WIDE;
}

static u32 levels_of(const struct address *peer)
{
	return peer->is_unix ? 1 : ACCOUNTS;
}

/* An account is made only when the wider ones admit the peer: many addresses of one prefix push out few others. */
enum refusal account_judge(const struct address *peer, u64 now)
{
	int is_counted = !service.numbers->loopback_exempt || !address_is_loopback(peer);
	enum refusal refusal = NOT_REFUSED;
	for (u32 level = 0; level < levels_of(peer) && refusal == NOT_REFUSED; level++)
		refusal = judge(account_of(peer, widest_of(peer) + level, now), is_counted, now);
	return refusal;
}

void account_enter(const struct address *peer, u64 now, u32 entered[ACCOUNTS])
{
	for (u32 level = 0; level < ACCOUNTS; level++) {
		entered[level] = NO_ACCOUNT;
		if (level >= levels_of(peer))
			continue;
		struct account *account = account_of(peer, widest_of(peer) + level, now);
		account->live++;
		account->used_ns = now;
		account->paid_ns = (account->paid_ns > now ? account->paid_ns : now) + interval_of(account);
		entered[level] = (u32)(account - accounts);
	}
}

void account_leave(const u32 entered[ACCOUNTS])
{
	for (u32 level = 0; level < ACCOUNTS; level++)
		if (entered[level] != NO_ACCOUNT)
			accounts[entered[level]].live--;
}

u32 account_live(const struct address *peer, u64 now)
{
	return account_of(peer, widest_of(peer) + levels_of(peer) - 1, now)->live;
}

static void extend(struct account *account, u64 added_ns, u64 now)
{
	u64 from_ns = account->penalty_ns > now ? account->penalty_ns : now;
	u64 most_ns = now + service.numbers->penalty_most_ns;
	if (account->penalty_ns <= now)
		account->is_refused = account->bad = 0;
	account->penalty_ns = from_ns + added_ns < most_ns ? from_ns + added_ns : most_ns;
}

/*
 * From the source on to its widest prefix. One that is refused already has given the wider ones their part, whatever
 * else it had open; and a wide one is refused for as many narrower ones as its factor says. So no source alone keeps
 * its neighbours out. Nobody knows who of those that share an account is to be punished.
 */
void account_punish(const u32 entered[ACCOUNTS], u64 penalty_ns, u64 now, tell_penalty *tell, const void *of)
{
	int has_turned_bad = 0;
	for (u32 level = ACCOUNTS; level-- > 0;) {
		if (entered[level] == NO_ACCOUNT || is_shared(&accounts[entered[level]]))
			continue;
		struct account *account = &accounts[entered[level]];
		u32 factor = prefixes[account->prefix].factor;
		extend(account, penalty_ns / factor, now);
		if (account->is_refused)
			return;
		int is_enough = account->penalty_ns - now >= service.numbers->penalty_least_ns;
		int was_bad = account->bad != 0;
		if (factor == 1)
			has_turned_bad = is_enough;
		if (has_turned_bad && account->bad < factor)
			account->bad++;
		has_turned_bad &= !was_bad;
		if (!is_enough || account->bad < factor)
			continue;
		account->is_refused = 1;
		tell(of, prefixes[account->prefix].bits, account->penalty_ns - now);
	}
}
