/* The events that wake the inner gate. */
#ifndef SERVE_H
#define SERVE_H

#include "image.h"

/* The number that epoll reports: the kind, the number of a session where it counts, and an index of 16 bits. */
enum source {
	SOURCE_LISTENER,
	SOURCE_CONTROL,
	SOURCE_LIFELINE,
	SOURCE_CHILD,
	SOURCE_NOTIFY,
	SOURCE_LOG,
	SOURCE_APART,  /* A session has descriptors of its own. */
	SOURCE_AUDIT,  /* The kernel has ended a process for a call. */
	SOURCE_NUMBER, /* The outer gate has answered for a number. */
	SOURCE_CLIENT, /* The client of a session has closed or reset its connection. */
	SOURCE_PEER,   /* The session of a peer has an answer, or has closed its end of the pair. */
};

static inline u64 poll_data(enum source source, u32 number, u32 index)
{
	return (u64)source << 48 | (u64)number << 16 | index;
}

static inline enum source poll_source(u64 data)
{
	return (enum source)(data >> 48);
}

static inline u32 poll_number(u64 data)
{
	return (u32)(data >> 16);
}

static inline u32 poll_index(u64 data)
{
	return (u32)(data & 0xffff);
}

/* poll.c */
s32 epoll_fd(void);
long poll_add(s32 fd, enum source source, u32 index);
long poll_reserve(s32 fd, enum source source, u32 index);
long poll_writable(s32 fd, enum source source, u32 index);
void poll_rest(s32 fd, enum source source, int rests);
long poll_client(s32 fd, int is_reserved, u32 index, u32 number);
void poll_pair(s32 fd, u32 index, u32 number);
void poll_remove(s32 fd);

/* listeners.c */
s32 listener_fd(u32 index);
void listeners_poll(int wanted);
void listeners_close(void);

/* drain.c: the end of a service, in its own time or at once. */
void drain(void);
void drain_keep(u64 now);
u64 drain_due(u64 now);
__attribute__((noreturn)) void stop(void);

/* serve.c: accepts until it is told to stop. */
__attribute__((noreturn)) void serve(const struct serve *numbers);

#endif
