/* Takes a file that the session has written for code. Requests name way and directory: "written map writable". */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static char directory[PATH_MAX], file[PATH_MAX + 16], *again[] = {file, "again", NULL}, *nothing[] = {NULL};

/* Writes a copy of this program to a file that is open. */
static int fill(int to)
{
	struct stat information;
	int from = open(program, O_RDONLY | O_CLOEXEC);
	if (to < 0 || from < 0 || fstat(from, &information) < 0 || fchmod(to, 0700) < 0)
		return -1;
	long copied = sendfile(to, from, NULL, (size_t)information.st_size);
	close(from);
	return copied < 0 ? -1 : 0;
}

/* A file with this program in it, open for reading; one that is open for writing is not executed. */
static int written(void)
{
	unlink(file);
	int to = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fill(to) < 0)
		return -1;
	close(to);
	return open(file, O_RDONLY | O_CLOEXEC);
}

static long mapped(int fd, int sharing)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, sharing, fd, 0) == MAP_FAILED ? -1 : 0;
}

/* The pages of a mapping that may only be read, turned into code. */
static long protected(int fd)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long executed_at(int fd, const char *path, int flags)
{
	return syscall(SYS_execveat, fd, path, again, nothing, flags);
}

/* Over a link of the kernel's, which leads to the file itself. */
static long executed_by_link(int fd)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return execve(path, again, nothing);
}

static long executed_from_root(void)
{
	char path[2 * PATH_MAX];
	snprintf(path, sizeof path, "/proc/self/root%s", file);
	return execve(path, again, nothing);
}

/* A file without a name: it is executed by its descriptor, once nobody writes to it. */
static long executed_without_name(void)
{
	char path[64];
	int to = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
	if (fill(to) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", to);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	close(to);
	return fd < 0 ? -1 : executed_at(fd, "", AT_EMPTY_PATH);
}

/* From where it was written to a directory where it may be executed: the one beside it. */
static long moved(int (*move)(const char *, const char *))
{
	char to[PATH_MAX];
	snprintf(to, sizeof to, "%s-runs/moved", program);
	unlink(to);
	if (move(file, to) < 0)
		return -1;
	again[0] = to;
	return execve(to, again, nothing);
}

/* A device that root has made there. */
static long device_opened(void)
{
	char path[2 * PATH_MAX];
	snprintf(path, sizeof path, "%s/device", directory);
	return open(path, O_RDONLY);
}

/* For another service, which may read it and start it. */
static long left_behind(void)
{
	int fd = written();
	return fd < 0 ? -1 : fchmod(fd, 0755);
}

/* A file that another service has left. */
static long mapped_as_found(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : mapped(fd, MAP_PRIVATE);
}

static void tell_mount(void)
{
	struct statvfs found;
	if (statvfs(directory, &found) < 0)
		say("%s", outcome(-1));
	else
		say("%s %s %s", found.f_flag & ST_NOEXEC ? "noexec" : "exec",
		    found.f_flag & ST_NOSUID ? "nosuid" : "suid", found.f_flag & ST_NODEV ? "nodev" : "dev");
}

static long attempt(const char *way)
{
	if (strcmp(way, "leave") == 0)
		return left_behind();
	if (strcmp(way, "found-map") == 0)
		return mapped_as_found();
	if (strcmp(way, "found-execute") == 0)
		return execve(file, again, nothing);
	if (strcmp(way, "device") == 0)
		return device_opened();
	if (strcmp(way, "temporary") == 0)
		return executed_without_name();
	int fd = written();
	if (fd < 0)
		return -1;
	if (strcmp(way, "map") == 0)
		return mapped(fd, MAP_PRIVATE);
	if (strcmp(way, "share") == 0)
		return mapped(fd, MAP_SHARED);
	if (strcmp(way, "protect") == 0)
		return protected(fd);
	if (strcmp(way, "execute") == 0)
		return execve(file, again, nothing);
	if (strcmp(way, "descriptor") == 0)
		return executed_at(fd, "", AT_EMPTY_PATH);
	if (strcmp(way, "directory") == 0)
		return executed_at(open(directory, O_PATH | O_CLOEXEC), strrchr(file, '/') + 1, 0);
	if (strcmp(way, "link") == 0)
		return executed_by_link(fd);
	if (strcmp(way, "root") == 0)
		return executed_from_root();
	if (strcmp(way, "rename") == 0)
		return moved(rename);
	if (strcmp(way, "hard-link") == 0)
		return moved(link);
	errno = ENOSYS;
	return -1;
}

static void run_written(long unused)
{
	(void)unused;
	char way[32] = "", place[64] = "";
	sscanf(request_words, "%31s %63s", way, place);
	snprintf(directory, sizeof directory, "%s-%s", program, place);
	snprintf(file, sizeof file, "%s/written", directory);
	if (strcmp(way, "mount") == 0)
		tell_mount();
	else
		say("%s", outcome(attempt(way)));
	if (strcmp(way, "leave") != 0)
		unlink(file);
}

const struct probe written_probes[] = {
	{"written", run_written},
	{0},
};
