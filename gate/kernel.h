/* The kernel, without a C library: fixed-width types, system calls, and the few memory functions a compiler may call. */
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

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("call *%[entry]"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9), [entry] "m"(system_call_entry)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("blr %[entry]"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), [entry] "r"(system_call_entry)
			 : "x30", "memory");
	return x0;
#else
#error "the gate is written for x86-64 and AArch64"
#endif
}

#define syscall0(nr) syscall6(nr, 0, 0, 0, 0, 0, 0)
#define syscall1(nr, a) syscall6(nr, (long)(a), 0, 0, 0, 0, 0)
#define syscall2(nr, a, b) syscall6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define syscall3(nr, a, b, c) syscall6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define syscall4(nr, a, b, c, d) syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define syscall5(nr, a, b, c, d, e) syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* clone(2) with the flags of fork: the order of the later arguments differs between machines, so all are zero. */
long fork_process(void);

/*
 * call.S: clone(2) of a process that runs on a stack of its own, which is aligned to 16 and given by its end; `run` must
 * not return. With CLONE_CHILD_CLEARTID the kernel sets `used` to zero when the process has left this memory.
 */
long start_process(long flags, void *stack_end, void (*run)(void *), void *argument, u32 *used);

/* Ends the process, even under a filter that refuses exit_group. */
__attribute__((noreturn)) void leave(int status);

enum { SECOND_NS = 1000000000 };

/* CLOCK_MONOTONIC in nanoseconds. */
u64 monotonic_ns(void);

/* CLOCK_REALTIME in milliseconds. */
u64 realtime_ms(void);

void *memcpy(void *to, const void *from, usize size);
void *memset(void *to, int value, usize size);
int memcmp(const void *a, const void *b, usize size);

#endif
