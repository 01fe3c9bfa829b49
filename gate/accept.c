#include "gate.h"

#include <linux/fcntl.h>

enum { PAUSE_NS = 100000000, SOCKET_CLOEXEC = O_CLOEXEC };

/* Too many descriptors, no memory, a network that is down: wait, say so, go on. Never an exit, never a spin. */
void pause_accepting(u32 nr, long error)
{
	event_begin("paused");
	event_number("call", nr);
	event_number("errno", -error);
	event_end();
	service.paused_until_ns = monotonic_ns() + PAUSE_NS;
}

/* Whether the peer's source has as many sessions as it may. */
static int source_is_full(const struct address *peer)
{
	const struct serve *numbers = service.numbers;
	u32 count = 0;
	if (numbers->loopback_exempt && address_is_loopback(peer))
		return 0;
	for (u32 i = 0; i < service.used; i++)
		if (sessions[i].pid && address_same_source(&sessions[i].peer, peer))
			count++;
	return count >= numbers->per_source;
}

void turn_away(s32 socket, enum refusal reason, const struct address *peer)
{
	refuse(reason, peer);
	syscall1(__NR_close, socket);
}

/*
 * Whether the client has reset the connection, which may have waited for long. One that has only ended its part is still
 * there to be served, and looks the same as one that has closed.
 */
static int is_gone(s32 socket)
{
	u8 sockaddr[28];
	u32 size = sizeof sockaddr;
	return syscall3(__NR_getpeername, socket, sockaddr, &size) == -ENOTCONN;
}

static void admit(s32 socket, const struct address *peer)
{
	if (is_gone(socket)) {
		turn_away(socket, REFUSED_GONE, peer);
		return;
	}
	if (session_start(socket, peer))
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
	memset(&nobody, 0, sizeof nobody);
	session_start((s32)gate.own.slots[service.numbers->listener_slots[listener]], &nobody);
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
	if (!session_start(0, &peer))
		leave(EXIT_LAUNCH_FAILED);
}

void accept_connection(u32 listener)
{
	u8 sockaddr[28]; /* struct sockaddr_in6 */
	u32 size = sizeof sockaddr;
	struct address peer;
	if (service.live >= service.numbers->sessions || service.paused_until_ns)
		return;
	if (service.numbers->handoff == HANDOFF_LISTENER) {
		hand_over_listener(listener);
		return;
	}
	long socket = syscall4(__NR_accept4, gate.own.slots[service.numbers->listener_slots[listener]], sockaddr, &size,
			       SOCKET_CLOEXEC);
	if (socket == -EAGAIN || socket == -EINTR || socket == -ECONNABORTED)
		return;
	if (is_error(socket)) {
		pause_accepting(__NR_accept4, socket);
		return;
	}
	if (!address_from(&peer, sockaddr)) {
		syscall1(__NR_close, socket);
		return;
	}
	if (source_is_full(&peer)) {
		turn_away((s32)socket, REFUSED_PER_SOURCE, &peer);
		return;
	}
	admit((s32)socket, &peer);
}
