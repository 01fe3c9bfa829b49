/*
 * Ways to read one file. A filter that names a single call leaves all others: the kernel has a call for the same thing
 * from each of its times, and one more table of calls for each of its ABIs.
 */
#define _GNU_SOURCE
#include "ring.h"
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int by_openat(const char *path)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static int by_openat2(const char *path)
{
	struct open_how how = {.flags = O_RDONLY};
	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

/* The kernel opens the file by itself, out of a ring: the call is io_uring_enter, and not open. */
static int by_uring(const char *path)
{
	return by_ring(&(struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path});
}

#ifdef __x86_64__
static int by_open(const char *path)
{
	return (int)syscall(SYS_open, path, O_RDONLY);
}

/* The table of 32-bit programs: 5 is open there, and something else in the own table. Its pointers have 32 bits. */
static int by_int80(const char *path)
{
	static char low[LINE_SIZE];
	if ((uintptr_t)low > UINT32_MAX) {
		errno = EFAULT;
		return -1;
	}
	strncpy(low, path, sizeof low - 1);
	long result = 5;
	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(low), "c"(O_RDONLY), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return (int)result;
}

/* The own table with one more bit, for programs with 32-bit pointers. */
static int by_x32(const char *path)
{
	return (int)syscall(0x40000000 | SYS_open, path, O_RDONLY);
}
#else
/* This machine has neither the old call nor the other tables. */
static int by_open(const char *path)
{
	(void)path;
	errno = ENOSYS;
	return -1;
}
#define by_int80 by_open
#define by_x32 by_open
#endif

static const struct {
	const char *name;
	int (*open)(const char *path);
} ways[] = {
	{"open", by_open},   {"openat", by_openat}, {"openat2", by_openat2},
	{"uring", by_uring}, {"int80", by_int80},   {"x32", by_x32},
};

/* !read PATH [WAY] */
static void read_file(const struct request *request)
{
	const char *way = request->count > 2 ? word(request, 2) : "openat";
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, way) == 0) {
			answer_file("read", ways[i].open(word(request, 1)));
			return;
		}
	answer("read", "unknown way");
}

/* The words of a request behind the first ones, as arguments of a program. */
static void arguments(const struct request *request, char *words[MOST_WORDS + 1])
{
	for (size_t i = 1; i < request->count; i++)
		words[i - 1] = request->words[i];
}

/* !exec PROGRAM ARGUMENT... : another program reads. */
static void exec_program(const struct request *request)
{
	char *words[MOST_WORDS + 1] = {0};
	arguments(request, words);
	if (words[0] != NULL)
		execv(words[0], words);
	answer_errno("exec");
}

/* !execveat PROGRAM ARGUMENT... : the same by a younger call. */
static void exec_at(const struct request *request)
{
	char *words[MOST_WORDS + 1] = {0};
	arguments(request, words);
	if (words[0] != NULL)
		syscall(SYS_execveat, AT_FDCWD, words[0], words, NULL, 0);
	answer_errno("execveat");
}

const struct command read_commands[] = {
	{"!read", read_file}, {"!exec", exec_program}, {"!execveat", exec_at}, {NULL, NULL}};
