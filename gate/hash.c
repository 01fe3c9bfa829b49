#include "entries.h"

static u64 secret[2];

void hash_key(const u8 key[16])
{
	memcpy(secret, key, sizeof secret);
}

static u64 rotated(u64 value, u32 bits)
{
	return value << bits | value >> (64 - bits);
}

static void mix(u64 v[4])
{
	v[0] += v[1];
	v[1] = rotated(v[1], 13) ^ v[0];
	v[0] = rotated(v[0], 32);
	v[2] += v[3];
	v[3] = rotated(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotated(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotated(v[1], 17) ^ v[2];
	v[2] = rotated(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein) of eight bytes. */
u64 hash_of(u64 value)
{
	const u64 length = 8ull << 56;
	u64 v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du, secret[0] ^ 0x6c7967656e657261u,
		    secret[1] ^ 0x7465646279746573u};
	v[3] ^= value;
	mix(v);
	v[0] ^= value;
	v[3] ^= length;
	mix(v);
	v[0] ^= length;
	v[2] ^= 0xff;
	for (int round = 0; round < 3; round++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
