#include "entries.h"

/* For so many entries at most; as many chains, so that one has about one. */
void entries_open(struct entries *entries, u32 most)
{
	u32 chains = 1;
	while (chains < most)
		chains *= 2;
	entries->mask = chains - 1;
}

/* There is a free one: nobody takes more than the table is open for. */
u32 entry_take(struct entries *entries)
{
	if (!entries->free)
		return entries->used++;
	u32 entry = entries->free - 1u;
	entries->free = entries->next[entry];
	return entry;
}

void entry_free(struct entries *entries, u32 entry)
{
	entries->next[entry] = entries->free;
	entries->free = (u16)(entry + 1);
}

static u16 *chain_of(struct entries *entries, u64 hash)
{
	return &entries->first[hash & entries->mask];
}

/* The first of those that may have this hash, and the one behind it. */
u32 entry_first(const struct entries *entries, u64 hash)
{
	return (entries->first[hash & entries->mask] - 1u) & NONE;
}

u32 entry_next(const struct entries *entries, u32 entry)
{
	return (entries->next[entry] - 1u) & NONE;
}

void entry_add(struct entries *entries, u64 hash, u32 entry)
{
	u16 *chain = chain_of(entries, hash);
	entries->next[entry] = *chain;
	*chain = (u16)(entry + 1);
}

void entry_remove(struct entries *entries, u64 hash, u32 entry)
{
	u16 *link = chain_of(entries, hash);
	while (*link && *link != entry + 1)
		link = &entries->next[*link - 1];
	if (*link)
		*link = entries->next[entry];
}
