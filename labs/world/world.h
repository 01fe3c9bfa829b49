/*
 * A small host for one run of an exercise: namespaces of its own, with a root that is built from nothing. Its first
 * process ends everything.
 */
#ifndef WORLD_H
#define WORLD_H

#include <sys/types.h>

struct world {
	const char *node;     /* the executable of Node on the host */
	const char *dist;     /* the built program */
	const char *modules;  /* the packages that it loads */
	const char *programs; /* inetd and service */
	unsigned seconds;     /* the longest life */
};

/* The starter holds the other end: when it is closed, the world ends. */
enum { LIFELINE = 3 };

/* Prints the step and its errno in one line, and ends the process with 70. */
_Noreturn void fail(const char *step);

/* Moves this process into namespaces of its own, except that of processes, which its children have. */
void leave_host(void);

/* The address of the loopback, and the name of the host. */
void set_up_network(void);

/* Builds the root and enters it; the first process of the namespace of processes calls it. */
void enter_root(const struct world *world);

/* Starts the referee, and returns its status when it has ended. The world may end before. */
int watch_over(const struct world *world);

#endif
