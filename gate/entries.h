/*
 * Entries of a table by number: free ones in a list, the others in chains by hash. Of the memory as much is touched
 * as is used.
 */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "image.h"

/* No entry. */
enum { NONE = 0xffff };

/* A number stands one higher than it is; zero is NONE. */
struct entries {
	u32 mask; /* The number of chains, a power of two, less one. */
	u32 used; /* Entries that were ever taken. */
	u16 free;
	u16 first[IMAGE_MAX_SESSIONS];
	u16 next[IMAGE_MAX_SESSIONS];
};

/* hash.c: of a value that strangers may choose; without the key nobody knows which values meet. */
void hash_key(const u8 key[16]);
u64 hash_of(u64 value);

/* entries.c */
void entries_open(struct entries *entries, u32 most);
u32 entry_take(struct entries *entries);
void entry_free(struct entries *entries, u32 entry);
u32 entry_first(const struct entries *entries, u64 hash);
u32 entry_next(const struct entries *entries, u32 entry);
void entry_add(struct entries *entries, u64 hash, u32 entry);
void entry_remove(struct entries *entries, u64 hash, u32 entry);

#endif
