/* Numbers, addresses and times as text. */
#ifndef TEXT_H
#define TEXT_H

#include "kernel.h"

/*
 * An IPv4 or IPv6 socket address, IPv4 mapped into IPv6 as ::ffff:a.b.c.d; or the user at the other end of a UNIX
 * socket.
 */
struct address {
	u8 bytes[16];
	u32 scope; /* The interface of an address that each link has; else zero. */
	u16 port;
	int is_v4;
	int is_unix;
	u32 uid;
	u32 gid;
};

/* address.c */
int address_from(struct address *address, const void *sockaddr);
void address_from_user(struct address *address, u32 uid, u32 gid);
usize address_text(char *out, const struct address *address);
usize number_text(char *out, s64 value);
usize word_text(char *out, u64 value); /* 0x1f */
int address_same_source(const struct address *a, const struct address *b);
int address_is_loopback(const struct address *address);

/* A source and the two wider prefixes that it is in. */
enum { ACCOUNTS = 3 };

/* The bits of an address that are its source, the same for two of one source. */
u64 address_source(const struct address *address);

/* time.c: milliseconds since 1970 as 2026-11-23T13:35:10.656Z. */
enum { TIME_TEXT_SIZE = 25 };
void time_text(char *out, u64 ms);

#endif
