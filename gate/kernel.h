/*
 * The kernel, without a C library: fixed-width types, system calls, and the few memory functions a compiler may call.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef unsigned long usize;

#define NULL ((void *)0)

/* A system call answers -errno for the last page of values; everything else is a result. */
static inline int is_error(long result)
{
	return result < 0 && result >= -4095;
}

/* call.S: where the instructions stand that make a call and come back. */
extern const void *system_call_entry;

/* call.S: a system call with six arguments, and one with three, the others of which are zero. */
long system_call(long nr, long a, long b, long c, long d, long e, long f);
long system_call_of_three(long nr, long a, long b, long c);

#define syscall0(nr) system_call_of_three(nr, 0, 0, 0)
#define syscall1(nr, a) system_call_of_three(nr, (long)(a), 0, 0)
#define syscall2(nr, a, b) system_call_of_three(nr, (long)(a), (long)(b), 0)
#define syscall3(nr, a, b, c) system_call_of_three(nr, (long)(a), (long)(b), (long)(c))
#define syscall4(nr, a, b, c, d) system_call(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define syscall5(nr, a, b, c, d, e) system_call(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define syscall6(nr, a, b, c, d, e, f) system_call(nr, a, b, c, d, e, f)

/* clone(2) with the flags of fork: the order of the later arguments differs between machines, so all are zero. */
long fork_process(void);

/*
 * call.S: clone(2) of a process that runs on a stack of its own, which is aligned to 16 and given by its end; `run`
 * must not return. With CLONE_CHILD_CLEARTID the kernel sets `used` to zero when the process has left this memory.
 */
long start_process(long flags, void *stack_end, void (*run)(void *), void *argument, u32 *used);

/* Ends the process, even under a filter that refuses exit_group. */
__attribute__((noreturn)) void leave(int status);

enum { MS_NS = 1000000, SECOND_NS = 1000000000 };

/* CLOCK_MONOTONIC in nanoseconds. */
u64 monotonic_ns(void);

/* CLOCK_REALTIME in milliseconds. */
u64 realtime_ms(void);

void *memcpy(void *to, const void *from, usize size);
void *memset(void *to, int value, usize size);
int memcmp(const void *a, const void *b, usize size);

#endif
