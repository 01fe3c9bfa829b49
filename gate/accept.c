#include "accept.h"
#include "serve.h"
#include "session.h"

#include <asm/socket.h>
#include <linux/fcntl.h>

/* The family is of include/linux/socket.h, which the kernel does not export. */
enum { SOCKET_CLOEXEC = O_CLOEXEC, FAMILY_UNIX = 1 };

void turn_away(s32 socket, enum refusal reason, const struct address *peer)
{
	refuse(reason, peer);
	syscall1(__NR_close, socket);
}

/*
 * True when the client has reset the connection, which may have waited for long. A client that has only ended its part
 * is still there to be served, and looks the same as one that has closed.
 */
static int is_gone(s32 socket)
{
	u8 sockaddr[28];
	u32 size = sizeof sockaddr;
	return syscall3(__NR_getpeername, socket, sockaddr, &size) == -ENOTCONN;
}

/* One for which it is too early waits, and the listeners with it: a pause ends at the time that it is due. */
static int is_early(u64 now)
{
	u64 due_ns = admission_delayed_until(now);
	if (due_ns)
		service.paused_until_ns = due_ns;
	return due_ns != 0;
}

static void admit(s32 socket, const struct address *peer)
{
	u64 now = monotonic_ns();
	enum refusal refusal = account_judge(peer, now);
	if (refusal == NOT_REFUSED && is_gone(socket))
		refusal = REFUSED_GONE;
	if (refusal != NOT_REFUSED) {
		turn_away(socket, refusal, peer);
		return;
	}
	if (!is_early(now) && session_start(socket, peer, NULL))
		return;
	service.pending = socket;
	service.pending_peer = *peer;
}

void accept_pending(void)
{
	s32 socket = service.pending;
	service.pending = -1;
	admit(socket, &service.pending_peer);
}

/* The service accepts for itself: it gets the listener, which leaves the set until the service has ended. */
static void hand_over_listener(u32 listener)
{
	struct address nobody;
	if (start_is_delayed())
		return;
	memset(&nobody, 0, sizeof nobody);
	session_start(listener_fd(listener), &nobody, NULL);
}

/*
 * One session with the descriptors that the gate was started with. What it closes and when is its own affair, so the
 * gate lets go of them: who reads what it writes sees the end when the session ends it.
 */
void start_inherited(void)
{
	u8 sockaddr[28];
	u32 size = sizeof sockaddr;
	struct address peer;
	memset(&peer, 0, sizeof peer);
	if (syscall3(__NR_getpeername, 0, sockaddr, &size) == 0)
		address_from(&peer, sockaddr);
	if (!session_start(0, &peer, NULL))
		leave(EXIT_LAUNCH_FAILED);
}

/* The user that connected; what it has bound its end to is no name. Source: SO_PEERCRED in unix(7). */
static int user_of(s32 socket, struct address *peer)
{
	struct {
		s32 pid;
		u32 uid, gid;
	} user;
	u32 size = sizeof user;
	if (syscall5(__NR_getsockopt, socket, SOL_SOCKET, SO_PEERCRED, &user, &size) != 0)
		return 0;
	address_from_user(peer, user.uid, user.gid);
	return 1;
}

static int peer_of(s32 socket, const void *sockaddr, struct address *peer)
{
	u16 family;
	memcpy(&family, sockaddr, sizeof family);
	return family == FAMILY_UNIX ? user_of(socket, peer) : address_from(peer, sockaddr);
}

/* One connection of a listener. Zero when nobody waits there, or nobody more can be served now. */
int accept_connection(u32 listener)
{
	u8 sockaddr[28]; /* struct sockaddr_in6 */
	u32 size = sizeof sockaddr;
	struct address peer;
	if (service.live >= service.numbers->sessions || service.paused_until_ns)
		return 0;
	if (service.numbers->handoff == HANDOFF_LISTENER) {
		hand_over_listener(listener);
		return 0;
	}
	long socket = syscall4(__NR_accept4, listener_fd(listener), sockaddr, &size, SOCKET_CLOEXEC);
	if (socket == -EAGAIN)
		return 0;
	if (socket == -EINTR || socket == -ECONNABORTED)
		return 1;
	if (is_error(socket)) {
		pause_accepting(__NR_accept4, socket);
		return 0;
	}
	if (!peer_of((s32)socket, sockaddr, &peer))
		syscall1(__NR_close, socket);
	else if (peer_is_refused((s32)socket, &peer))
		turn_away((s32)socket, REFUSED_ACCESS_LIST, &peer);
	else
		admit((s32)socket, &peer);
	return 1;
}
