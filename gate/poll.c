#include "serve.h"
#include "table.h"

#include <linux/eventpoll.h>

s32 epoll_fd(void)
{
	return (s32)gate.own.slots[service.numbers->epoll_slot];
}

static long control(int operation, s32 fd, u32 events, enum source source, u32 index)
{
	struct epoll_event event = {.events = events, .data = (u64)source << 32 | index};
	return syscall4(__NR_epoll_ctl, epoll_fd(), operation, fd, &event);
}

/* Zero, or -errno: what is polled counts for its user, and without root the sessions are the same user. */
long poll_add(s32 fd, enum source source, u32 index)
{
	return control(EPOLL_CTL_ADD, fd, EPOLLIN, source, index);
}

/* Makes room for a descriptor that poll_writable asks for; its end may be reported once before. */
long poll_reserve(s32 fd, enum source source, u32 index)
{
	return control(EPOLL_CTL_ADD, fd, EPOLLONESHOT, source, index);
}

/* Reports once that it can be written to. Takes no room; -ENOENT when the descriptor is removed already. */
long poll_writable(s32 fd, enum source source, u32 index)
{
	return control(EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLONESHOT, source, index);
}

/*
 * It stays in the set and reports nothing for a time. To take it out and to put it in again could fail: see poll_add.
 */
void poll_rest(s32 fd, enum source source, int rests)
{
	control(EPOLL_CTL_MOD, fd, rests ? 0 : EPOLLIN, source, 0);
}

void poll_remove(s32 fd)
{
	control(EPOLL_CTL_DEL, fd, 0, 0, 0);
}
