/* A directory and a file that belong to the session's own user, and that its policy does not name. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

static char file[256], other[256], directory[256], granted[256];

static int open_file(int flags)
{
	return open(file, flags, 0600);
}

/* A thing that was undone could be done; the answer is the first one's. */
static long undo(long result, long (*undoing)(void))
{
	if (result >= 0)
		undoing();
	return result;
}

static long remove_other(void)
{
	return unlink(other);
}

static long remove_directory(void)
{
	return rmdir(other);
}

static long remove_granted(void)
{
	return unlink(granted);
}

static long make_file(void)
{
	return close(open_file(O_WRONLY | O_CREAT));
}

static long make_directory(void)
{
	return mkdir(directory, 0700);
}

static long rename_back(void)
{
	return rename(other, file);
}

static long bring_back(void)
{
	return rename(granted, file);
}

static long open_again(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", open_file(O_RDONLY));
	return open(path, O_WRONLY);
}

static long listen_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, other, strlen(other) + 1);
	return bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof address);
}

/* Landlock is asked about what is in files and directories, not about what is said of them. */
static long attempt(const char *name)
{
	struct timeval times[2] = {{0}};
	if (strcmp(name, "write") == 0)
		return open_file(O_WRONLY);
	if (strcmp(name, "append") == 0)
		return open_file(O_WRONLY | O_APPEND);
	if (strcmp(name, "cut") == 0)
		return open_file(O_RDONLY | O_TRUNC);
	if (strcmp(name, "truncate") == 0)
		return truncate(file, 0);
	if (strcmp(name, "open-again") == 0)
		return open_again();
	if (strcmp(name, "create") == 0)
		return undo(open(other, O_WRONLY | O_CREAT | O_EXCL, 0600), remove_other);
	if (strcmp(name, "temporary") == 0)
		return open(directory, O_TMPFILE | O_WRONLY, 0600);
	if (strcmp(name, "mkdir") == 0)
		return undo(mkdir(other, 0700), remove_directory);
	if (strcmp(name, "fifo") == 0)
		return undo(mkfifo(other, 0600), remove_other);
	if (strcmp(name, "socket") == 0)
		return undo(listen_there(), remove_other);
	if (strcmp(name, "symlink") == 0)
		return undo(symlink("file", other), remove_other);
	if (strcmp(name, "link") == 0)
		return undo(link(file, other), remove_other);
	if (strcmp(name, "unlink") == 0)
		return undo(unlink(file), make_file);
	if (strcmp(name, "rmdir") == 0)
		return undo(rmdir(directory), make_directory);
	if (strcmp(name, "rename") == 0)
		return undo(rename(file, other), rename_back);
	if (strcmp(name, "link-out") == 0)
		return undo(link(file, granted), remove_granted);
	if (strcmp(name, "rename-out") == 0)
		return undo(rename(file, granted), bring_back);
	if (strcmp(name, "rename-in") == 0)
		return creat(granted, 0600) < 0 ? -1 : undo(rename(granted, other), remove_other);
	if (strcmp(name, "mode") == 0)
		return chmod(file, 0600);
	if (strcmp(name, "owner") == 0)
		return chown(file, getuid(), getgid());
	if (strcmp(name, "times") == 0)
		return utimes(file, times);
	if (strcmp(name, "attribute") == 0)
		return setxattr(file, "user.probe", "x", 1, 0);
	errno = ENOSYS;
	return -1;
}

static void change_own(long unused)
{
	(void)unused;
	snprintf(file, sizeof file, "%s-own/file", program);
	snprintf(other, sizeof other, "%s-own/other", program);
	snprintf(directory, sizeof directory, "%s-own/directory", program);
	snprintf(granted, sizeof granted, "%s-writable/moved", program);
	say("%s", outcome(attempt(request_words)));
}

const struct probe own_probes[] = {
	{"own", change_own},
	{0},
};
