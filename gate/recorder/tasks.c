#include "recorder.h"

/* More processes and threads than these are not followed; they go on as they are. A power of two. */
enum { MOST_TASKS = 8192 };

static struct task tasks[MOST_TASKS];
static u32 taken;

static u32 place_of(s32 pid)
{
	return ((u32)pid * 2654435769u) & (MOST_TASKS - 1);
}

struct task *task_of(s32 pid)
{
	for (u32 at = place_of(pid); tasks[at].pid; at = (at + 1) & (MOST_TASKS - 1))
		if (tasks[at].pid == pid)
			return &tasks[at];
	return NULL;
}

struct task *task_add(s32 pid)
{
	struct task *known = task_of(pid);
	u32 at = place_of(pid);
	if (known)
		return known;
	if (taken >= MOST_TASKS / 2)
		return NULL;
	while (tasks[at].pid)
		at = (at + 1) & (MOST_TASKS - 1);
	memset(&tasks[at], 0, sizeof tasks[at]);
	tasks[at].pid = pid;
	taken++;
	return &tasks[at];
}

/* Those behind it move up, so that a free entry ends every search. */
void task_remove(s32 pid)
{
	struct task *task = task_of(pid);
	if (!task)
		return;
	u32 hole = (u32)(task - tasks);
	taken--;
	for (u32 at = (hole + 1) & (MOST_TASKS - 1); tasks[at].pid; at = (at + 1) & (MOST_TASKS - 1)) {
		u32 wanted = place_of(tasks[at].pid);
		if (((at - wanted) & (MOST_TASKS - 1)) < ((at - hole) & (MOST_TASKS - 1)))
			continue;
		tasks[hole] = tasks[at];
		hole = at;
	}
	tasks[hole].pid = 0;
}
