/*
 * Attacks on the accounts of sources in simulated time, watched by the sanitizers. Each attack runs so many seconds,
 * with a stranger in each of them, whose prefixes nobody else has.
 *
 *   accounts-harness search OPERATIONS SEED      random sessions of few sources, compared with a plain count
 *   accounts-harness ATTACK SECONDS              "admitted N of M, strangers N of M, penalty kept|lost"
 *   accounts-harness neighbours SESSIONS         sessions that crash together: who of the others is served
 *
 * flood6: 2000 connections a second from random addresses of one IPv6 /32, half of which crash
 * churn4: 100 a second, each from another IPv4 /16, half of which crash
 * wide4:  2000 a second from all addresses of one IPv4 /16
 * full:   sessions that never end from random IPv4 addresses, more than there are accounts
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gate/accept.h"
#include "../../gate/entries.h"
#include "../../gate/table.h"

struct service service;

enum { FEW = 30, MOST_LIVE = 200 };

static u64 state = 88172645463325252u, now;

static u32 random_word(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state >> 16);
}

static struct address v4(u32 bits)
{
	struct address peer = {.is_v4 = 1, .bytes = {[10] = 0xff, [11] = 0xff}};
	for (u32 i = 0; i < 4; i++)
		peer.bytes[12 + i] = (u8)(bits >> (24 - 8 * i));
	return peer;
}

static struct address v6(u32 prefix, u32 middle, u32 last)
{
	struct address peer = {.is_v4 = 0};
	for (u32 i = 0; i < 4; i++) {
		peer.bytes[i] = (u8)(prefix >> (24 - 8 * i));
		peer.bytes[4 + i] = (u8)(middle >> (24 - 8 * i));
		peer.bytes[12 + i] = (u8)(last >> (24 - 8 * i));
	}
	return peer;
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static void forget(const void *of, u32 bits, u64 penalty_ns)
{
	(void)of;
	require(bits >= 32 && bits <= 64 && penalty_ns >= service.numbers->penalty_least_ns, "a penalty that counts");
}

/* One connection, whose session ends at once. */
static int visit(struct address peer, u64 penalty_ns)
{
	u32 entered[ACCOUNTS];
	if (account_judge(&peer, now) != NOT_REFUSED)
		return 0;
	account_enter(&peer, now, entered);
	if (penalty_ns)
		account_punish(entered, penalty_ns, now, forget, NULL);
	account_leave(entered);
	return 1;
}

static struct address attacker(const char *attack, u32 number)
{
	if (strcmp(attack, "flood6") == 0)
		return v6(0x20010db8, random_word(), random_word());
	if (strcmp(attack, "wide4") == 0)
		return v4(0x0a090000 | (random_word() & 0xffff));
	return v4(0x0b000000 + number * 65537);
}

static void attack(const char *name, u32 seconds)
{
	const u64 crash_ns = 90ull * SECOND_NS;
	u32 a_second = strcmp(name, "churn4") == 0 ? 100 : 2000;
	u32 admitted = 0, strangers = 0, refused = 0;
	struct address third = v4(0xc6336401);
	visit(third, 600ull * SECOND_NS);
	for (u32 second = 0; second < seconds; second++) {
		for (u32 i = 0; i < a_second; i++, now += SECOND_NS / a_second)
			admitted += (u32)visit(attacker(name, second * a_second + i),
					       strcmp(name, "wide4") && i % 2 == 0 ? crash_ns : 0);
		strangers += (u32)visit(v4(0xd0000000 + second * 65537), 0);
		refused += account_judge(&third, now) == REFUSED_PENALTY ? 1 : 0;
	}
	printf("admitted %u of %u, strangers %u of %u, penalty %s\n", admitted, seconds * a_second, strangers, seconds,
	       refused == seconds ? "kept" : "lost");
}

/* They share what is left, and are as many as one source of the widest prefix may have. */
static void fill(u32 seconds)
{
	u32 admitted = 0, tried = seconds * 1000, entered[ACCOUNTS];
	for (u32 i = 0; i < tried; i++) {
		struct address peer = v4(random_word());
		if (account_judge(&peer, now) != NOT_REFUSED)
			continue;
		account_enter(&peer, now, entered);
		admitted++;
	}
	printf("admitted %u of %u\n", admitted, tried);
}

/* All begin before the first one crashes. Their sources are so many addresses apart. */
static void crash_together(u32 sessions, int is_v4, u32 sources, u32 apart)
{
	static u32 entered[MOST_LIVE * 8][ACCOUNTS];
	for (u32 i = 0; i < sessions; i++) {
		u32 place = i % sources * apart;
		struct address peer = is_v4 ? v4(0x0a010100 + place) : v6(0x20010db8, 0x01000000 + place, i);
		account_enter(&peer, now, entered[i]);
	}
	for (u32 i = 0; i < sessions; i++)
		account_punish(entered[i], 300ull * SECOND_NS, now, forget, NULL);
	for (u32 i = 0; i < sessions; i++)
		account_leave(entered[i]);
}

/* The others of the narrowest, the next and the widest prefix of the first source, and one beyond. */
static void tell_neighbours(const char *whose, int is_v4)
{
	static const u32 v4_others[] = {0x0a0101fa, 0x0a01fa01, 0x0aff0101};
	static const u32 v6_others[][2] = {{0x20010db8, 0x0100fffa}, {0x20010db8, 0xfffa0001}, {0x20010db9, 1}};
	/* Until their rate allows more again. */
	now += 100ull * SECOND_NS;
	printf("%s", whose);
	for (u32 i = 0; i < 3; i++) {
		struct address peer = is_v4 ? v4(v4_others[i]) : v6(v6_others[i][0], v6_others[i][1], 1);
		printf(" %s", account_judge(&peer, now) == NOT_REFUSED ? "served" : "refused");
	}
	printf("\n");
	now += 3600ull * SECOND_NS;
}

static void crash_beside_neighbours(u32 sessions)
{
	const struct {
		const char *whose;
		u32 v4_sources, v4_apart, v6_sources, v6_apart;
	} cases[] = {{"a source", 1, 0, 1, 0},
		     {"too few sources", 7, 1, 3, 1},
		     {"a network", 200, 1, 200, 1},
		     {"networks", 64, 256, 16, 65536}};
	for (u32 i = 0; i < 8; i++) {
		int is_v4 = i % 2;
		crash_together(sessions, is_v4, is_v4 ? cases[i / 2].v4_sources : cases[i / 2].v6_sources,
			       is_v4 ? cases[i / 2].v4_apart : cases[i / 2].v6_apart);
		tell_neighbours(cases[i / 2].whose, is_v4);
	}
}

static u32 common(const struct address *a, const struct address *b, u32 level)
{
	static const u32 v4_bytes[] = {14, 15, 16}, v6_bytes[] = {4, 6, 8};
	u32 bytes = a->is_v4 ? v4_bytes[level] : v6_bytes[level];
	return a->is_v4 == b->is_v4 && memcmp(a->bytes, b->bytes, bytes) == 0;
}

/* Few sources live at once, so none shares an account: the answer is that of a count of those that live. */
static void search(long operations)
{
	static struct {
		struct address peer;
		u32 entered[ACCOUNTS];
	} live[MOST_LIVE];
	static const u32 v4_factors[] = {64, 8, 1}, v6_factors[] = {16, 4, 1};
	u32 count = 0, refused = 0;
	for (long i = 0; i < operations; i++, now += SECOND_NS / 100) {
		u32 bits = random_word() % FEW;
		struct address peer = bits & 1 ? v4(0x0a000000 | (bits & 6) << 7 | (bits & 24) << 14)
					       : v6(0xfd000000 | (bits & 2), (bits & 12) << 16, bits);
		int is_full = 0;
		for (u32 level = 0; level < ACCOUNTS; level++) {
			u32 factor = peer.is_v4 ? v4_factors[level] : v6_factors[level], of = 0;
			for (u32 j = 0; j < count; j++)
				of += common(&live[j].peer, &peer, level);
			is_full |= of >= service.numbers->per_source * factor;
		}
		require((account_judge(&peer, now) == REFUSED_PER_SOURCE) == is_full, "as many as a count finds");
		refused += (u32)is_full;
		if (!is_full && count < MOST_LIVE && random_word() % 8) {
			live[count].peer = peer;
			account_enter(&peer, now, live[count++].entered);
		} else if (count) {
			u32 one = random_word() % count;
			account_leave(live[one].entered);
			live[one] = live[--count];
		}
	}
	printf("refused %u of %ld\n", refused, operations);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int is_search = strcmp(argv[1], "search") == 0;
	const struct serve numbers = {
		.sessions = 64,
		.per_source = is_search ? 3 : 16,
		.source_interval_ns = is_search ? 0 : SECOND_NS / 10,
		.source_burst = 20,
		.total_burst = 1,
		.penalty_least_ns = 15ull * SECOND_NS,
		.penalty_most_ns = 600ull * SECOND_NS,
	};
	const u8 key[16] = {1, 2, 3};
	service.numbers = &numbers;
	hash_key(key);
	accounts_open();
	now = 1000ull * SECOND_NS;
	if (is_search) {
		state += strtoull(argc > 3 ? argv[3] : "0", NULL, 10);
		search(atol(argv[2]));
	} else if (strcmp(argv[1], "full") == 0) {
		fill((u32)atoi(argv[2]));
	} else if (strcmp(argv[1], "neighbours") == 0) {
		crash_beside_neighbours((u32)atoi(argv[2]));
	} else {
		attack(argv[1], (u32)atoi(argv[2]));
	}
	return 0;
}
