/* Page 0, which holds what exec may be given, and memory that is writable and executable. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;

static void map_page_zero(long unused)
{
	(void)unused;
	say("%s", outcome(syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, anonymous | MAP_FIXED, -1, 0)));
}

static void move_to_page_zero(long unused)
{
	(void)unused;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, anonymous, -1, 0);
	say("%s", outcome(syscall(SYS_mremap, page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 0)));
}

static void attach_at_page_zero(long unused)
{
	(void)unused;
	int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (segment < 0) {
		say("no segment: %s", outcome(-1));
		return;
	}
	long result = syscall(SYS_shmat, segment, 1, SHM_RND | SHM_REMAP);
	const char *text = outcome(result);
	shmctl(segment, IPC_RMID, NULL);
	say("%s", text);
}

/* System call, return: where the gate has them, and a filter knows its calls by the place. */
#if defined(__x86_64__)
static const unsigned char instructions[] = {0x0f, 0x05, 0xc3};
#else
static const unsigned char instructions[] = {0x01, 0x00, 0x00, 0xd4, 0xc0, 0x03, 0x5f, 0xd6};
#endif

static long set_group_from(uintptr_t place)
{
#if defined(__x86_64__)
	long result;
	__asm__ volatile("sub $128, %%rsp; call *%[place]; add $128, %%rsp"
			 : "=a"(result)
			 : "a"(SYS_setpgid), "D"(0), "S"(0), [place] "r"(place)
			 : "rcx", "r11", "memory");
	return result;
#else
	register long x8 __asm__("x8") = SYS_setpgid;
	register long x0 __asm__("x0") = 0;
	register long x1 __asm__("x1") = 0;
	__asm__ volatile("blr %[place]" : "+r"(x0) : "r"(x8), "r"(x1), [place] "r"(place) : "x30", "memory");
	return x0;
#endif
}

static void call_from_page_zero(long address)
{
	const size_t at = (size_t)address % 4096;
	const long start = address - (long)at;
	volatile unsigned char *page =
		(void *)syscall(SYS_mmap, start, 4096, PROT_READ | PROT_WRITE, anonymous | MAP_FIXED, -1, 0);
	if (page == MAP_FAILED) {
		say("not mapped: %s", outcome(-1));
		return;
	}
	for (size_t i = 0; i < sizeof instructions; i++)
		page[at + i] = instructions[i];
	if (syscall(SYS_mprotect, start, 4096, PROT_READ | PROT_EXEC) != 0)
		say("not executable: %s", outcome(-1));
	else {
		long result = set_group_from((uintptr_t)address);
		errno = result < 0 ? (int)-result : 0;
		say("%s", outcome(result));
	}
}

/* The old content is gone. */
static void jump_to_page_zero(long address)
{
	say("%s", outcome(set_group_from((uintptr_t)address)));
}

/* A stack that begins at the lowest page which may be mapped would grow into page 0. */
static void grow_into_page_zero(long address)
{
	volatile char *page = (void *)syscall(SYS_mmap, address, 4096, PROT_READ | PROT_WRITE,
					      anonymous | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	if (page == MAP_FAILED) {
		say("not mapped: %s", outcome(-1));
		return;
	}
	page[0] = 1;
	page[-1] = 1;
	say("done");
}

static void map_writable_and_executable(long unused)
{
	(void)unused;
	say("%s", outcome((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, anonymous, -1, 0) == -1 ? -1 : 0));
}

static void make_executable(long unused)
{
	(void)unused;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, anonymous, -1, 0);
	say("%s", outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC)));
}

static void make_executable_with_key(long unused)
{
	(void)unused;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, anonymous, -1, 0);
	say("%s", outcome(syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1)));
}

static void read_implies_exec(long unused)
{
	(void)unused;
	say("%s", outcome(personality(READ_IMPLIES_EXEC)));
}

/* A file of the process's memory, by which the kernel writes where the process may not. */
static void write_by_file(long unused)
{
	(void)unused;
	static const char code[] = "unchanged";
	int fd = open("/proc/self/mem", O_RDWR);
	long written = fd < 0 ? -1 : pwrite(fd, "w", 1, (off_t)(uintptr_t)code);
	say("%s", written == 1 && *(volatile const char *)code != 'w' ? "no change" : outcome(written));
}

/* One file at two addresses: writable at one, executable at the other. */
static void map_twice(int fd)
{
	if (fd < 0 || ftruncate(fd, 4096) < 0) {
		say("no file: %s", outcome(-1));
		return;
	}
	void *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *executable = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	say("%s", outcome(writable == MAP_FAILED || executable == MAP_FAILED ? -1 : 0));
}

static void map_memory_twice(long unused)
{
	(void)unused;
	map_twice(memfd_create("code", 0));
}

static void map_granted_twice(long unused)
{
	(void)unused;
	char path[512];
	snprintf(path, sizeof path, "%s-writable/code", program);
	int fd = open(path, O_RDWR | O_CREAT, 0700);
	map_twice(fd);
	unlink(path);
}

/* Memory that is shared without a file, executable, and without a right to write. */
static volatile unsigned char *share_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED ? NULL : page;
}

/* The same pages once more, where they may be written to: an old size of 0 asks for that, see mremap(2). */
static void double_shared(long unused)
{
	(void)unused;
	volatile unsigned char *code = share_executable();
	void *twin = code ? mremap((void *)code, 0, 4096, MREMAP_MAYMOVE) : MAP_FAILED;
	if (twin == MAP_FAILED || mprotect(twin, 4096, PROT_READ | PROT_WRITE) < 0) {
		say("%s", outcome(-1));
		return;
	}
	*(unsigned char *)twin = 0xc3;
	say("%s", *code == 0xc3 ? "done" : "not changed");
}

/* A child changes the rights of its own mapping of them. */
static void share_with_child(long unused)
{
	(void)unused;
	volatile unsigned char *code = share_executable();
	pid_t child = code ? fork() : -1;
	if (child < 0) {
		say("%s", outcome(-1));
		return;
	}
	if (child == 0) {
		if (mprotect((void *)code, 4096, PROT_READ | PROT_WRITE) == 0)
			*code = 0xc3;
		_exit(0);
	}
	waitpid(child, NULL, 0);
	say("%s", *code == 0xc3 ? "done" : "not changed");
}

const struct probe memory_probes[] = {
	{"page-zero-mmap", map_page_zero},
	{"page-zero-mremap", move_to_page_zero},
	{"page-zero-shmat", attach_at_page_zero},
	{"page-zero-call", call_from_page_zero},
	{"page-zero-jump", jump_to_page_zero},
	{"page-zero-growsdown", grow_into_page_zero},
	{"memory-writable-executable", map_writable_and_executable},
	{"memory-made-executable", make_executable},
	{"memory-made-executable-with-key", make_executable_with_key},
	{"memory-read-implies-exec", read_implies_exec},
	{"memory-by-file", write_by_file},
	{"memory-mapped-twice", map_memory_twice},
	{"memory-granted-twice", map_granted_twice},
	{"memory-doubled", double_shared},
	{"memory-shared-with-child", share_with_child},
	{0},
};
