#include "gate.h"

#include <asm/socket.h>
#include <linux/fcntl.h>
#include <linux/in.h>

/* Of include/linux/socket.h and include/linux/net.h, which the kernel does not export. */
enum { DOMAIN_UNIX = 1, DOMAIN_INET = 2, DOMAIN_INET6 = 10, DOMAIN_VSOCK = 40, TYPE_STREAM = 1, TYPE_SEQPACKET = 5 };
enum { FACTS_SIZE = 512 };

struct socket_kind {
	s32 domain, type, protocol;
};

/* Reads the kind of a standard descriptor. Returns 0 or -errno; -ENOTSOCK and -EBADF: no socket. */
static long read_kind(s32 fd, struct socket_kind *kind)
{
	const struct {
		s32 option, *value;
	} asked[] = {{SO_DOMAIN, &kind->domain}, {SO_TYPE, &kind->type}, {SO_PROTOCOL, &kind->protocol}};
	for (usize i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		u32 size = sizeof *asked[i].value;
		long result = syscall5(__NR_getsockopt, fd, SOL_SOCKET, asked[i].option, asked[i].value, &size);
		if (is_error(result))
			return result;
	}
	return 0;
}

/*
 * These send to their peer only, whatever name a message has. Others send to every name, which stands in memory that
 * no filter sees. A stream of another family or protocol can be one of them: SCTP and TIPC connect to the name.
 */
static int ignores_names(const struct socket_kind *kind)
{
	switch (kind->domain) {
	case DOMAIN_UNIX:
		return kind->type == TYPE_STREAM || kind->type == TYPE_SEQPACKET;
	case DOMAIN_INET:
	case DOMAIN_INET6:
		return kind->type == TYPE_STREAM && (kind->protocol == IPPROTO_TCP || kind->protocol == IPPROTO_MPTCP);
	case DOMAIN_VSOCK:
		return kind->type == TYPE_STREAM;
	default:
		return 0;
	}
}

/* Reads the facts of a standard descriptor from /proc, as a string. Returns 0 or -errno. */
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
	struct socket_kind kind = {0};
	long result = read_kind(fd, &kind);
	if (result == -EBADF || result == -ENOTSOCK)
		return 0;
	if (!is_error(result) && !ignores_names(&kind))
		return -EPROTOTYPE;
	if (!is_error(result) && kind.domain != DOMAIN_UNIX)
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
