#include "accept.h"
#include "table.h"

/* When the connections that were taken have had the time that they have at the service's rate. */
static u64 paid_ns;

/* Those above the rate wait in the kernel's queue. */
u64 admission_delayed_until(u64 now)
{
	const struct serve *numbers = service.numbers;
	u64 ahead_ns = numbers->total_interval_ns * (numbers->total_burst - 1);
	return numbers->total_interval_ns && paid_ns > now + ahead_ns ? paid_ns - ahead_ns : 0;
}

void admission_enter(u64 now)
{
	paid_ns = (paid_ns > now ? paid_ns : now) + service.numbers->total_interval_ns;
}
