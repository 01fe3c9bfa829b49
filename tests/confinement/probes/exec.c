/* Starting a second program. */
#include "probe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *again[] = {NULL, "again", NULL};
static char *nothing[] = {NULL};

static char **arguments(void)
{
	again[0] = program;
	return again;
}

static void by_path(long unused)
{
	(void)unused;
	say("%s", outcome(execve(program, arguments(), nothing)));
}

static void by_path_in_child(long unused)
{
	(void)unused;
	int status = in_child(by_path, 0);
	if (WIFSIGNALED(status))
		say("the child was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
}

static void *by_path_of_thread(void *unused)
{
	by_path(0);
	return unused;
}

/* A thread executes the program, not the process's first one. */
static void by_path_in_thread(long unused)
{
	(void)unused;
	pthread_t thread;
	int error = pthread_create(&thread, NULL, by_path_of_thread, NULL);
	if (error)
		say("no thread: %s", strerrorname_np(error));
	else
		pthread_join(thread, NULL);
}

/* AT_EMPTY_PATH permits an empty path, it does not demand one: with an absolute path the descriptor does not matter. */
static void at_absolute_path(long unused)
{
	(void)unused;
	say("%s", outcome(syscall(SYS_execveat, 1023, program, arguments(), nothing, AT_EMPTY_PATH)));
}

static void at_descriptor(long unused)
{
	(void)unused;
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	say("%s", outcome(syscall(SYS_execveat, fd, "", arguments(), nothing, AT_EMPTY_PATH)));
}

static void from_memory(long unused)
{
	(void)unused;
	struct stat information;
	int from = open(program, O_RDONLY), to = memfd_create("copy", 0);
	if (to < 0 || fstat(from, &information) < 0 || sendfile(to, from, NULL, (size_t)information.st_size) < 0)
		say("no copy: %s", outcome(-1));
	else
		say("%s", outcome(syscall(SYS_execveat, to, "", arguments(), nothing, AT_EMPTY_PATH)));
}

/* The address that the first exec named: after it, nothing is there. */
static void at_the_first_address(long unused)
{
	(void)unused;
	say("%s", outcome(syscall(SYS_execve, (uintptr_t)16, arguments(), nothing)));
}

static void from_page_zero(long unused)
{
	(void)unused;
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (page == MAP_FAILED) {
		say("not mapped: %s", outcome(-1));
		return;
	}
	/* The compiler would turn a write through a null pointer into a trap. */
	volatile char *path = page + 16;
	for (size_t i = 0; (path[i] = program[i]); i++)
		continue;
	say("%s", outcome(syscall(SYS_execve, (uintptr_t)16, arguments(), nothing)));
}

/* The argument is not used: the file's name follows from the program's. */
static void set_user_id(long unused)
{
	(void)unused;
	char path[512];
	snprintf(path, sizeof path, "%s-setuid", program);
	say("%s", outcome(execve(path, arguments(), nothing)));
}

/* A copy of this program with a capability of its own in the file. */
static void file_capability(long unused)
{
	(void)unused;
	char path[512], *able[] = {path, "able", NULL};
	snprintf(path, sizeof path, "%s-capable", program);
	say("%s", outcome(execve(path, able, nothing)));
}

/* Reports the capabilities that root gets back by an exec. */
static void as_root(long unused)
{
	(void)unused;
	char *able[] = {program, "able", NULL};
	say("%s", outcome(execve(program, able, nothing)));
}

int tell_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];
	if (syscall(SYS_capget, &header, sets) < 0)
		return 1;
	dprintf(1, "uid %u is able to %x\n", geteuid(), sets[0].effective);
	return 0;
}

const struct probe exec_probes[] = {
	{"exec-path", by_path},
	{"exec-path-in-child", by_path_in_child},
	{"exec-path-in-thread", by_path_in_thread},
	{"exec-file-capability", file_capability},
	{"exec-as-root", as_root},
	{"exec-at-absolute-path", at_absolute_path},
	{"exec-at-descriptor", at_descriptor},
	{"exec-from-memory", from_memory},
	{"exec-first-address", at_the_first_address},
	{"exec-from-page-zero", from_page_zero},
	{"exec-set-user-id", set_user_id},
	{0},
};
