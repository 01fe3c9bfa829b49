#include "descriptors.h"
#include "table.h"

#include <linux/fcntl.h>
#include <linux/resource.h>

/* Sessions share the gate's descriptors until they have their own; so many at once, as long as there is room. */
enum { MOST_SHARING = 8, HANDED_OVER = 2 };

/* A connection that is being accepted or waits for a process, and the pipe of a log that is made. */
enum { IN_BETWEEN = 3 };

/* A plan stores other numbers too. */
static int is_descriptor(s64 number)
{
	long copy = syscall3(__NR_fcntl, number, F_DUPFD_CLOEXEC, 0);
	if (is_error(copy))
		return 0;
	syscall1(__NR_close, copy);
	return 1;
}

/* Those that the plan opened, and the pipe to the outer gate. */
static s32 last_of_plan(void)
{
	s64 last = gate.audits && gate.lifeline < OWNER_FD ? OWNER_FD : gate.lifeline;
	if (has_quiet_limits() && last < TIMES_FD)
		last = TIMES_FD;
	for (u32 i = 0; i < gate.image.header->slot_count; i++)
		if (gate.own.slots[i] > last && is_descriptor(gate.own.slots[i]))
			last = gate.own.slots[i];
	return (s32)last;
}

/* Descriptors of connections lie above all that stay, so that a session knows another's by its number. */
static void fill_gaps(s32 last)
{
	long number;
	do
		number = syscall3(__NR_fcntl, gate.lifeline, F_DUPFD_CLOEXEC, 0);
	while (!is_error(number) && number < last);
	if (number > last)
		syscall1(__NR_close, number);
}

void descriptors_open(void)
{
	struct rlimit64 limit = {0, 0};
	s32 last = last_of_plan();
	fill_gaps(last);
	syscall4(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
	u32 kept = service.numbers->handoff == HANDOFF_PEER ? 2 : 1;
	u64 taken = (u64)last + 1 + IN_BETWEEN + (u64)kept * service.numbers->sessions;
	u64 most = limit.rlim_cur > taken ? (limit.rlim_cur - taken) / HANDED_OVER : 0;
	service.most_sharing = most > MOST_SHARING ? MOST_SHARING : (u32)most;
	service.last_descriptor = last;
	service.first_above = last + 1 + IN_BETWEEN + HANDED_OVER * (s32)service.most_sharing;
}

/*
 * For one that the gate keeps as long as a session: another that shares the gate's descriptors needs the lowest only.
 * Where there is no room above it stays where it is.
 */
s32 descriptor_above(s32 descriptor)
{
	long above = syscall3(__NR_fcntl, descriptor, F_DUPFD_CLOEXEC, service.first_above);
	if (is_error(above))
		return descriptor;
	syscall1(__NR_close, descriptor);
	return (s32)above;
}
