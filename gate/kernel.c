#include "kernel.h"

#include <linux/signal.h>
#include <linux/time.h>

long fork_process(void)
{
	return syscall5(__NR_clone, SIGCHLD, 0, 0, 0, 0);
}

void leave(int status)
{
	for (;;) {
		syscall1(__NR_exit_group, status);
		__builtin_trap();
	}
}

u64 monotonic_ns(void)
{
	struct __kernel_timespec now = {0, 0};
	syscall2(__NR_clock_gettime, CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

u64 realtime_ms(void)
{
	struct __kernel_timespec now = {0, 0};
	syscall2(__NR_clock_gettime, CLOCK_REALTIME, &now);
	return (u64)now.tv_sec * 1000u + (u64)now.tv_nsec / 1000000u;
}

void *memcpy(void *to, const void *from, usize size)
{
	u8 *t = to;
	const u8 *f = from;
	for (usize i = 0; i < size; i++)
		t[i] = f[i];
	return to;
}

void *memset(void *to, int value, usize size)
{
	u8 *t = to;
	for (usize i = 0; i < size; i++)
		t[i] = (u8)value;
	return to;
}

int memcmp(const void *a, const void *b, usize size)
{
	const u8 *x = a, *y = b;
	for (usize i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}
