#include "descriptors.h"
#include "record.h"
#include "serve.h"
#include "session.h"

#include <linux/fcntl.h>
#include <linux/netlink.h>

/* MSG_DONTWAIT: the kernel has no header of its own for it. */
enum { DO_NOT_WAIT = 0x40 };

/* The record whose process the outer gate is asked for; the next one waits in the socket. */
static struct kill_record asked;

/* Only the kernel sends from port 0. */
static long receive(u8 bytes[RECORD_SIZE])
{
	struct sockaddr_nl from;
	u32 from_size = sizeof from;
	memset(&from, 0, sizeof from);
	long size =
		syscall6(__NR_recvfrom, AUDIT_FD, (long)bytes, RECORD_SIZE, DO_NOT_WAIT, (long)&from, (long)&from_size);
	if (is_error(size))
		return size;
	return from_size == sizeof from && from.nl_pid == 0 ? size : 0;
}

static int has_session(void)
{
	return gate.audit_session != NO_AUDIT_SESSION;
}

static int may_be_own(const struct kill_record *record)
{
	return !has_session() || record->session == gate.audit_session;
}

void audit_hear(void)
{
	static u8 bytes[RECORD_SIZE];
	long size = receive(bytes);
	if (size == -ENOBUFS)
		denials_lost();
	if (size <= 0 || !record_read(&asked, bytes, (usize)size) || !may_be_own(&asked))
		return;
	poll_rest(AUDIT_FD, SOURCE_AUDIT, 1);
	if (syscall3(__NR_write, NUMBERS_FD, &asked.pid, sizeof asked.pid) != (long)sizeof asked.pid)
		leave(EXIT_LAUNCH_FAILED);
}

/*
 * The number that the owner of the file has here. Those of other namespaces have none, and 1 is the gate's own. A
 * process whose parent has taken its end has none any more: by the session of the audit it is one of the service.
 */
void audit_place(void)
{
	u8 is_there = 0;
	long size = syscall3(__NR_read, NUMBERS_FD, &is_there, sizeof is_there);
	if (size == -EINTR)
		return;
	if (size != (long)sizeof is_there)
		leave(EXIT_LAUNCH_FAILED);
	poll_rest(AUDIT_FD, SOURCE_AUDIT, 0);
	long pid = is_there ? syscall2(__NR_fcntl, OWNER_FD, F_GETOWN) : 0;
	if (pid > 1)
		denial_recorded((s32)pid, asked.call, asked.ip);
	else if (has_session())
		denial_recorded(0, asked.call, asked.ip);
}
