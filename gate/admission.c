#include "accept.h"
#include "table.h"

/* True when the peer's source has as many sessions as it may. */
int source_is_full(const struct address *peer)
{
	const struct serve *numbers = service.numbers;
	if (numbers->loopback_exempt && address_is_loopback(peer))
		return 0;
	return account_live(peer) >= numbers->per_source;
}
