/* io_uring: the kernel takes what to do out of memory, and a filter sees neither the call nor its arguments. */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>

/* Has the kernel do one thing. Returns its result; -1 with errno when it fails, or when there are no rings here. */
int by_ring(const struct io_uring_sqe *thing);

#endif
