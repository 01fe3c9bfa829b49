#include "accept.h"
#include "entries.h"

/* The number of sessions of a source. Its next connection finds it; with its last session it is given up. */
struct account {
	struct address source;
	u32 live;
};

static struct account accounts[IMAGE_MAX_SESSIONS];
static struct entries entries;

void accounts_open(u32 sessions)
{
	entries_open(&entries, sessions);
}

static u32 account_of(const struct address *peer)
{
	u32 entry = entry_first(&entries, hash_of(address_source(peer)));
	while (entry != NONE && !address_same_source(&accounts[entry].source, peer))
		entry = entry_next(&entries, entry);
	return entry;
}

u32 account_live(const struct address *peer)
{
	u32 entry = account_of(peer);
	return entry == NONE ? 0 : accounts[entry].live;
}

u32 account_enter(const struct address *peer)
{
	u32 entry = account_of(peer);
	if (entry == NONE) {
		entry = entry_take(&entries);
		accounts[entry].source = *peer;
		accounts[entry].live = 0;
		entry_add(&entries, hash_of(address_source(peer)), entry);
	}
	accounts[entry].live++;
	return entry;
}

void account_leave(u32 entry)
{
	if (--accounts[entry].live)
		return;
	entry_remove(&entries, hash_of(address_source(&accounts[entry].source)), entry);
	entry_free(&entries, entry);
}
