#include "accept.h"
#include "table.h"

#include <asm/socket.h>

/* The number of turns of a table that are not above an address, by halves. */
static u32 turns_until(u32 table, u32 count, u32 width, const u8 *address)
{
	const u8 *turns = gate.image.data + table;
	u32 first = 0;
	while (count) {
		u32 half = count / 2;
		if (memcmp(turns + (u64)(first + half) * width, address, width) > 0) {
			count = half;
		} else {
			first += half + 1;
			count -= half + 1;
		}
	}
	return first;
}

/* As many as a process can have: NGROUPS_MAX of include/uapi/linux/limits.h. */
enum { MOST_GROUPS = 65536 };
static u32 groups[MOST_GROUPS];

/* The groups that the user had when it connected, beside its own; -errno where they are not known. */
static long read_groups(s32 socket)
{
	u32 size = sizeof groups;
	long result = syscall5(__NR_getsockopt, socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
	return is_error(result) ? result : (long)(size / sizeof groups[0]);
}

static int is_in_group(const struct address *peer, u32 group, long count)
{
	for (long i = 0; i < count; i++)
		if (groups[i] == group)
			return 1;
	return peer->gid == group;
}

/* An entry of the user decides, else those of its groups: one that is denied is enough, and one must be allowed. */
static int user_is_refused(s32 socket, const struct address *peer)
{
	const struct serve *numbers = service.numbers;
	const struct peer_user *entries = (const void *)(gate.image.data + numbers->peers);
	u32 entry = 0, count = numbers->peer_users + numbers->peer_groups;
	int is_allowed = 0;
	for (; entry < numbers->peer_users; entry++)
		if (entries[entry].id == peer->uid)
			return !entries[entry].is_allowed;
	long known = numbers->peer_groups ? read_groups(socket) : 0;
	if (is_error(known))
		return 1;
	for (; entry < count; entry++) {
		if (!is_in_group(peer, entries[entry].id, known))
			continue;
		if (!entries[entry].is_allowed)
			return 1;
		is_allowed = 1;
	}
	return !is_allowed;
}

/*
 * True when the list that the gate keeps refuses the peer. Below the first turn everybody is refused, and each turn
 * changes the answer.
 */
int peer_is_refused(s32 socket, const struct address *peer)
{
	const struct serve *numbers = service.numbers;
	if (peer->is_unix)
		return numbers->peers_asked && user_is_refused(socket, peer);
	if (!numbers->access_asked)
		return 0;
	u32 turns = peer->is_v4 ? turns_until(numbers->access_v4, numbers->access_v4_count, 4, peer->bytes + 12)
				: turns_until(numbers->access_v6, numbers->access_v6_count, 16, peer->bytes);
	return turns % 2 == 0;
}
