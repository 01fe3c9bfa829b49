#include "serve.h"
#include "table.h"

#include <linux/eventpoll.h>

s32 epoll_fd(void)
{
	return (s32)gate.own.slots[service.numbers->epoll_slot];
}

static long control(int operation, s32 fd, u32 events, enum source source, u32 number, u32 index)
{
	struct epoll_event event = {.events = events, .data = poll_data(source, number, index)};
	return syscall4(__NR_epoll_ctl, epoll_fd(), operation, fd, &event);
}

/*
 * Zero, or -errno: what is polled counts for its user, and without root the sessions are the same user. Of a listener
 * it is also reported that it was shut down.
 */
long poll_add(s32 fd, enum source source, u32 index)
{
	u32 events = source == SOURCE_LISTENER ? EPOLLIN | EPOLLRDHUP : EPOLLIN;
	return control(EPOLL_CTL_ADD, fd, events, source, 0, index);
}

/* Makes room for a descriptor that poll_writable asks for; its end may be reported once before. */
long poll_reserve(s32 fd, enum source source, u32 index)
{
	return control(EPOLL_CTL_ADD, fd, EPOLLONESHOT, source, 0, index);
}

/* Reports once that it can be written to. Takes no room; -ENOENT when the descriptor is removed already. */
long poll_writable(s32 fd, enum source source, u32 index)
{
	return control(EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLONESHOT, source, 0, index);
}

/*
 * Reports once when the client of a session has closed or reset its connection. What is polled stays so as long as
 * somebody has the connection open (epoll(7), question 6): when the gate has closed its own descriptor it goes on, and
 * it ends with the session's last one. A descriptor that was reserved takes no room.
 */
long poll_client(s32 fd, int is_reserved, u32 index, u32 number)
{
	int operation = is_reserved ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	return control(operation, fd, EPOLLRDHUP | EPOLLONESHOT, SOURCE_CLIENT, number, index);
}

/* The gate's end of a pair, which was reserved: that there is an answer, and the end. */
void poll_pair(s32 fd, u32 index, u32 number)
{
	control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP, SOURCE_PEER, number, index);
}

/*
 * It stays in the set and reports nothing for a time. To take it out and to put it in again could fail: see poll_add.
 */
void poll_rest(s32 fd, enum source source, int rests)
{
	control(EPOLL_CTL_MOD, fd, rests ? 0 : EPOLLIN, source, 0, 0);
}

void poll_remove(s32 fd)
{
	control(EPOLL_CTL_DEL, fd, 0, 0, 0, 0);
}
