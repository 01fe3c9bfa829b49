/* The events that wake the inner gate. */
#ifndef SERVE_H
#define SERVE_H

#include "image.h"

/* The number that epoll reports has the kind in its upper half and an index in its lower. */
enum source {
	SOURCE_LISTENER,
	SOURCE_CONTROL,
	SOURCE_LIFELINE,
	SOURCE_CHILD,
	SOURCE_NOTIFY,
	SOURCE_LOG,
	SOURCE_APART, /* A session has descriptors of its own. */
};

/* poll.c */
s32 epoll_fd(void);
long poll_add(s32 fd, enum source source, u32 index);
long poll_reserve(s32 fd, enum source source, u32 index);
long poll_writable(s32 fd, enum source source, u32 index);
void poll_rest(s32 fd, enum source source, int rests);
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
