/* What the /proc of the host has beside processes, and ways from it into a process of the host. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How many names a directory has, or the errno. */
static void say_directory(const char *name, const char *path)
{
	int count = 0;
	DIR *directory = opendir(path);
	if (directory == NULL) {
		say("%s %s", name, outcome(-1));
		return;
	}
	for (struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	say("%s %s", name, count == 0 ? "empty" : "done");
}

/* Everything in /proc that is no number, and the answer to opening it. */
static void proc_entries(long unused)
{
	(void)unused;
	DIR *directory = opendir("/proc");
	for (struct dirent *entry; directory != NULL && (entry = readdir(directory));) {
		char path[300];
		struct stat facts;
		snprintf(path, sizeof path, "/proc/%s", entry->d_name);
		if (entry->d_name[0] == '.' || atoi(entry->d_name) > 0 || lstat(path, &facts) < 0)
			continue;
		if (S_ISLNK(facts.st_mode))
			say("%s link", entry->d_name);
		else if (S_ISDIR(facts.st_mode))
			say_directory(entry->d_name, path);
		else
			say("%s %s", entry->d_name, outcome(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
	}
}

/* What everybody may read of a process, and what its number leads to. */
static void proc_read(long pid)
{
	static const char *const names[] = {"stat", "status", "cmdline", "net/tcp", "mounts"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[64], text[4096] = "";
		snprintf(path, sizeof path, "/proc/%ld/%s", pid, names[i]);
		int file = open(path, O_RDONLY | O_CLOEXEC);
		const char *opened = outcome(file);
		ssize_t size = file < 0 ? 0 : read(file, text, sizeof text - 1);
		say("%s %s", names[i], size > 0 ? "done" : file < 0 ? opened : "nothing");
	}
}

/* The files and directories of a process that lead into it. Some are judged when they are read. */
static void proc_reach(long pid)
{
	static const char *const names[] = {"environ", "mem",  "maps",   "auxv", "pagemap", "fd/0",       "fdinfo/0",
					    "cwd",     "root", "ns/mnt", "io",   "syscall", "personality"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[64], byte;
		snprintf(path, sizeof path, "/proc/%ld/%s", pid, names[i]);
		int file = open(path, O_RDONLY | O_CLOEXEC);
		long size = file < 0 ? -1 : read(file, &byte, 1);
		/* A directory is open, a namespace too, and at address 0 is no memory. */
		int is_open = file >= 0 && (size >= 0 || errno == EISDIR || errno == EINVAL || errno == EIO);
		say("%s %s", names[i], outcome(is_open ? 0 : -1));
	}
}

static void say_written(const char *path)
{
	say("%s %s", strrchr(path, '/') + 1, outcome(open(path, O_WRONLY | O_CLOEXEC)));
}

/* Files of /proc by which the owner of a process changes it, and two by which root sets the kernel. */
static void proc_write(long pid)
{
	static const char *const names[] = {"oom_score_adj", "coredump_filter", "clear_refs", "timerslack_ns"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%ld/%s", pid, names[i]);
		say_written(path);
	}
	say_written("/proc/self/comm");
	say_written("/proc/sys/kernel/core_pattern");
	say_written("/proc/irq/default_smp_affinity");
}

/* A directory of /proc is a descriptor of its process for this one call. */
static void proc_signal(long pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%ld", pid);
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *opened = outcome(directory);
	say("directory %s, signal %s", opened, outcome(syscall(SYS_pidfd_send_signal, directory, SIGCONT, NULL, 0)));
}

/* The sockets with a path that /proc/net lists: those of the network of this process, where the gate has none. */
static void proc_net(long unused)
{
	(void)unused;
	static char text[65536];
	int file = open("/proc/net/unix", O_RDONLY | O_CLOEXEC), paths = 0;
	/* One read brings a few lines of a long list. */
	for (ssize_t size; file >= 0 && (size = read(file, text, sizeof text)) > 0;)
		for (ssize_t i = 0; i < size; i++)
			paths += text[i] == '/';
	say("%s", file < 0 ? outcome(-1) : paths == 0 ? "none" : "some");
}

/* The number of this process as the kernel tells it, and as /proc does. */
static void proc_self(long unused)
{
	(void)unused;
	char link[16] = "";
	if (readlink("/proc/self", link, sizeof link - 1) < 0)
		say("no number: %s", outcome(-1));
	else
		say("%s", atoi(link) == getpid() ? "one number" : "two numbers");
}

const struct probe host_process_probes[] = {
	{"proc-entries", proc_entries}, {"proc-read", proc_read},
	{"proc-reach", proc_reach},     {"proc-write", proc_write},
	{"proc-signal", proc_signal},   {"proc-self", proc_self},
	{"proc-net", proc_net},         {0},
};
