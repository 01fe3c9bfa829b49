#include "accept.h"
#include "table.h"

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

/*
 * True when the list that the gate keeps refuses the peer. Below the first turn everybody is refused, and each turn
 * changes the answer.
 */
int peer_is_refused(const struct address *peer)
{
	const struct serve *numbers = service.numbers;
	if (!numbers->access_asked)
		return 0;
	u32 turns = peer->is_v4 ? turns_until(numbers->access_v4, numbers->access_v4_count, 4, peer->bytes + 12)
				: turns_until(numbers->access_v6, numbers->access_v6_count, 16, peer->bytes);
	return turns % 2 == 0;
}
