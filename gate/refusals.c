#include "accept.h"
#include "event.h"

/*
 * A client that connects without end fills no log: a second has at most one line for each entry when it begins and
 * one when it ends.
 */
enum { SOURCES = 32 };

static const char *const reasons[REFUSALS] = {
	[REFUSED_PER_SOURCE] = "per-source", [REFUSED_RATE] = "rate",
	[REFUSED_PENALTY] = "penalty",       [REFUSED_GONE] = "gone",
	[REFUSED_DRAINING] = "draining",     [REFUSED_ACCESS_LIST] = "access-list",
	[REFUSED_TOTAL_RATE] = "total-rate", [REFUSED_SOURCE_PORT] = "source-port",
	[REFUSED_SESSIONS] = "sessions",     [REFUSED_EMPTY] = "empty",
	[REFUSED_DATAGRAMS] = "datagrams",   [REFUSED_AMPLIFICATION] = "amplification",
	[REFUSED_QUEUE_FULL] = "queue-full", [REFUSED_ENDED] = "ended",
	[REFUSED_UNSENT] = "unsent",
};

/* The refusals of the present second. Sources that have no entry are counted together. */
static struct {
	u64 ends_ns; /* Of the second; zero: nothing was refused. */
	struct refused {
		struct address peer; /* The last one of its source. */
		enum refusal reason;
		int is_told; /* The first one was told at once. */
		u64 count;   /* Not told yet. */
	} sources[SOURCES];
	u64 others[REFUSALS];
} refusals;

/* A count is given up only when somebody reads it. */
static void tell(enum refusal reason, const struct address *peer, u64 *count)
{
	event_begin("refused");
	event_text("reason", reasons[reason]);
	if (peer)
		event_peer(peer);
	event_number("count", (s64)*count);
	if (event_sent())
		*count = 0;
}

/* The entry of the source, else a free one; NULL when all belong to others. */
static struct refused *entry_of(enum refusal reason, const struct address *peer)
{
	struct refused *unused = NULL;
	for (u32 i = 0; i < SOURCES; i++) {
		struct refused *entry = &refusals.sources[i];
		if (!entry->is_told)
			unused = unused ? unused : entry;
		else if (entry->reason == reason && address_same_source(&entry->peer, peer))
			return entry;
	}
	return unused;
}

void refuse(enum refusal reason, const struct address *peer)
{
	struct refused *entry = entry_of(reason, peer);
	if (!refusals.ends_ns)
		refusals.ends_ns = monotonic_ns() + SECOND_NS;
	if (!entry) {
		refusals.others[reason]++;
		return;
	}
	entry->peer = *peer;
	entry->reason = reason;
	entry->count++;
	if (!entry->is_told)
		tell(reason, &entry->peer, &entry->count);
	entry->is_told = 1;
}

u64 refusals_due(void)
{
	return refusals.ends_ns;
}

/* The end of a second. A source that was refused in it keeps its entry: its next one is no first one. */
void refusals_tell(void)
{
	u64 now = monotonic_ns();
	refusals.ends_ns = 0;
	for (u32 i = 0; i < SOURCES; i++) {
		struct refused *entry = &refusals.sources[i];
		entry->is_told = entry->count != 0;
		if (!entry->count)
			continue;
		tell(entry->reason, &entry->peer, &entry->count);
		refusals.ends_ns = now + SECOND_NS;
	}
	for (u32 reason = 0; reason < REFUSALS; reason++) {
		if (!refusals.others[reason])
			continue;
		tell((enum refusal)reason, NULL, &refusals.others[reason]);
		refusals.ends_ns = now + SECOND_NS;
	}
}
