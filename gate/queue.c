#include "gate.h"

#include <asm/socket.h>
#include <linux/fcntl.h>

enum { UNIX_DOMAIN = 1 /* AF_UNIX */, FACTS_SIZE = 512 };

/* What /proc says of a standard descriptor, as a string; or -errno. */
static long read_facts(s32 fd, char facts[FACTS_SIZE])
{
	char path[] = "/proc/self/fdinfo/0";
	path[sizeof path - 2] = (char)('0' + fd);
	long file = syscall4(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (is_error(file))
		return file;
	long size = syscall3(__NR_read, file, facts, FACTS_SIZE - 1);
	syscall1(__NR_close, file);
	if (is_error(size))
		return size;
	facts[size] = 0;
	return 0;
}

static int begins_with(const char *text, const char *wanted)
{
	while (*wanted && *text == *wanted) {
		text++;
		wanted++;
	}
	return *wanted == 0;
}

/* The kernel counts them in a line of its own. Source: unix_show_fdinfo() in net/unix/af_unix.c. */
long queued_descriptors(s32 fd)
{
	static const char name[] = "\nscm_fds:";
	char facts[FACTS_SIZE];
	s32 domain = 0;
	u32 size = sizeof domain;
	long result = syscall5(__NR_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	if (result == -EBADF || result == -ENOTSOCK || (result == 0 && domain != UNIX_DOMAIN))
		return 0;
	if (!is_error(result))
		result = read_facts(fd, facts);
	if (is_error(result))
		return result;
	for (const char *at = facts; *at; at++) {
		if (!begins_with(at, name))
			continue;
		long count = 0;
		for (at += sizeof name - 1; *at && *at != '\n'; at++)
			if (*at >= '0' && *at <= '9')
				count = count * 10 + (*at - '0');
		return count;
	}
	return -ENODATA;
}
