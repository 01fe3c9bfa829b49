/*
 * Starts processes as the gate starts sessions, on stacks of their own, by the instructions of gate/call.S. It has no C
 * library, as the gate has none. With the argument "copy" each process gets a copy of the memory, as from fork: that is
 * what an emulator of another machine can do; there the kernel is told by the same argument where to write the
 * process's number.
 */
#include "../../gate/kernel.h"

#include <linux/sched.h>
#include <linux/signal.h>

enum { PROCESSES = 1000, STACKS = 8, STACK_SIZE = 4096 };

static struct {
	u8 stack[STACK_SIZE];
} stacks[STACKS] __attribute__((aligned(16)));

struct work {
	u64 number;
	u64 seen;
	u32 used;
};
static struct work works[PROCESSES];
static int copies;

/* The address of this shows whether the caller had the stack aligned as the machine's convention has it. */
static int is_aligned(u64 number)
{
	volatile u64 place[2] __attribute__((aligned(16))) = {number, 0};
	return ((usize)place & 15) == 0 && place[0] == number;
}

static void run(void *argument)
{
	struct work *work = argument;
	work->seen = work->number;
	const int is_told = work->used == (copies ? (u32)syscall0(__NR_getpid) : 1);
	leave(is_told && is_aligned(work->number) ? (int)(work->number % 100) : 200);
}

static void say(const char *text)
{
	usize length = 0;
	while (text[length])
		length++;
	syscall3(__NR_write, 1, text, length);
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	say(what);
	leave(1);
}

__attribute__((noreturn, used)) void gate_main(const s64 *stack)
{
	copies = stack[0] == 2;
	const long flags = SIGCHLD | CLONE_VM | (copies ? CLONE_VFORK | CLONE_CHILD_SETTID : CLONE_CHILD_CLEARTID);
	for (u64 i = 0; i < PROCESSES; i++) {
		int status = -1;
		works[i].number = i;
		works[i].used = 1;
		/* The compiler keeps these in registers that a call has to leave alone. */
		u64 a = i * 3, b = i * 5, c = i * 7, d = i * 11;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
		long pid = start_process(flags, stacks[i % STACKS].stack + STACK_SIZE, run, &works[i], &works[i].used);
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
		require(!is_error(pid) && pid > 0, "no process\n");
		require(a == i * 3 && b == i * 5 && c == i * 7 && d == i * 11, "a register has changed\n");
		require(syscall4(__NR_wait4, pid, &status, 0, 0) == pid, "the process is no child\n");
		require(status == (int)(i % 100) << 8, "the process did not run to its end\n");
		require(copies || works[i].seen == i, "the memory is not shared\n");
		require(copies || works[i].used == 0, "its memory is not told to be free\n");
	}
	say("done\n");
	leave(0);
}
