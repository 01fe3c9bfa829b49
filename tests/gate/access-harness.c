/*
 * The access list of the gate in a hosted program, watched by the sanitizers. Standard input has the numbers of turns
 * and of addresses for each family, then the table and the addresses as the image and the kernel have them: IPv4 first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gate/accept.h"
#include "../../gate/table.h"

struct gate gate;
struct service service;

int main(void)
{
	static const u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	u32 counts[4];
	while (fread(counts, sizeof counts, 1, stdin) == 1) {
		usize v4 = counts[0] * 4, v6 = counts[1] * 16;
		u8 *data = malloc(v4 + v6 + 1), bytes[16];
		struct serve numbers = {.access_asked = 1,
					.access_v4_count = counts[0],
					.access_v6 = (u32)v4,
					.access_v6_count = counts[1]};
		if (fread(data, 1, v4 + v6, stdin) != v4 + v6)
			return 1;
		gate.image.data = data;
		service.numbers = &numbers;
		for (u32 i = 0; i < counts[2] + counts[3]; i++) {
			struct address peer = {.is_v4 = i < counts[2]};
			if (fread(bytes, 1, peer.is_v4 ? 4 : 16, stdin) != (peer.is_v4 ? 4u : 16u))
				return 1;
			memcpy(peer.bytes, mapped, sizeof mapped);
			memcpy(peer.is_v4 ? peer.bytes + 12 : peer.bytes, bytes, peer.is_v4 ? 4 : 16);
			putchar(peer_is_refused(-1, &peer) ? 'r' : 'a');
		}
		putchar('\n');
		free(data);
	}
	return 0;
}
