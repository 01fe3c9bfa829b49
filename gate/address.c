#include "text.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>

static const u8 mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static u16 network_u16(u16 value)
{
	return (u16)((value >> 8) | (value << 8));
}

int address_from(struct address *address, const void *sockaddr)
{
	const struct sockaddr_in *v4 = sockaddr;
	const struct sockaddr_in6 *v6 = sockaddr;
	memset(address, 0, sizeof *address);
	if (v4->sin_family == 2 /* AF_INET */) {
		memcpy(address->bytes, mapped_prefix, 12);
		memcpy(address->bytes + 12, &v4->sin_addr, 4);
		address->port = network_u16(v4->sin_port);
	} else if (v4->sin_family == 10 /* AF_INET6 */) {
		memcpy(address->bytes, &v6->sin6_addr, 16);
		address->scope = v6->sin6_scope_id;
		address->port = network_u16(v6->sin6_port);
	} else {
		return 0;
	}
	address->is_v4 = memcmp(address->bytes, mapped_prefix, 12) == 0;
	return 1;
}

void address_from_user(struct address *address, u32 uid, u32 gid)
{
	memset(address, 0, sizeof *address);
	address->is_unix = 1;
	address->uid = uid;
	address->gid = gid;
}

usize number_text(char *out, s64 value)
{
	char digits[20];
	usize count = 0, length = 0;
	u64 rest = value < 0 ? (u64)0 - (u64)value : (u64)value;
	do {
		digits[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		out[length++] = '-';
	while (count)
		out[length++] = digits[--count];
	out[length] = 0;
	return length;
}

static usize hex_text(char *out, u64 value)
{
	usize length = 0;
	for (int shift = 60; shift >= 0; shift -= 4)
		if (length || shift == 0 || (value >> shift) & 15)
			out[length++] = "0123456789abcdef"[(value >> shift) & 15];
	return length;
}

usize word_text(char *out, u64 value)
{
	out[0] = '0';
	out[1] = 'x';
	usize length = 2 + hex_text(out + 2, value);
	out[length] = 0;
	return length;
}

/* RFC 5952: the first of the longest runs of at least two zero groups becomes "::". */
static usize v6_text(char *out, const u8 *bytes)
{
	u16 group[8];
	int start = -1, size = 1;
	usize length = 0;
	for (int i = 0; i < 8; i++)
		group[i] = (u16)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	for (int i = 0; i < 8; i++) {
		int run = 0;
		while (i + run < 8 && group[i + run] == 0)
			run++;
		if (run > size) {
			start = i;
			size = run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			out[length++] = ':';
			out[length++] = ':';
			i += size - 1;
			continue;
		}
		if (length && out[length - 1] != ':')
			out[length++] = ':';
		length += hex_text(out + length, group[i]);
	}
	out[length] = 0;
	return length;
}

usize address_text(char *out, const struct address *address)
{
	usize length = 0;
	if (!address->is_v4)
		return v6_text(out, address->bytes);
	for (int i = 12; i < 16; i++) {
		if (i > 12)
			out[length++] = '.';
		length += number_text(out + length, address->bytes[i]);
	}
	return length;
}

/* One source is an IPv4 address, an IPv6 /64, which is what one customer commonly holds, or a user of the host. */
int address_same_source(const struct address *a, const struct address *b)
{
	return a->is_v4 == b->is_v4 && a->is_unix == b->is_unix && address_source(a) == address_source(b);
}

/* All links have one /64: its second half, which is zero, has the number of the interface. */
u64 address_source(const struct address *address)
{
	u64 bits;
	if (address->is_unix)
		return address->uid;
	memcpy(&bits, address->bytes + (address->is_v4 ? 8 : 0), sizeof bits);
	return bits ^ (u64)__builtin_bswap32(address->scope) << 32;
}

/* A user of the host counts as one: a proxy that stands before a service is one user, with all its clients. */
int address_is_loopback(const struct address *address)
{
	static const u8 one[16] = {[15] = 1};
	if (address->is_unix)
		return 1;
	return address->is_v4 ? address->bytes[12] == 127 : memcmp(address->bytes, one, 16) == 0;
}
