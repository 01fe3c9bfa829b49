/* The numbers of the descriptors of each process of the gate, and what goes through its log. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "kernel.h"

/* The descriptors that a gate is started with. src/gate-protocol/descriptors.ts has the same numbers. */
enum { EVENTS_FD = 3, CONTROL_FD = 4, LOG_FD = 5, IMAGE_FD = 6 };

/*
 * The descriptors of an outer gate that nobody supervises: the plan keeps the caller's standard output and error and
 * opens the signals; split() makes the pipes, whose other ends are the inner gate's EVENTS_FD, CONTROL_FD and LOG_FD.
 */
enum {
	OUTER_EVENTS_FD = 3,
	LIFELINE_FD = 4, /* Its end is the end of the outer gate; also of a supervised one. */
	OUTER_LOG_FD = 5,
	ORDERS_FD = 6,
	OUTPUT_FD = 7,
	ERROR_FD = 8,
	SIGNALS_FD = 9,
};

/*
 * For a gate to which the audit tells denied calls: the records, and a socket to the outer gate, which answers for
 * numbers of the host. The inner gate has the outer one's end as well, because that has the owner.
 * src/plan/gate-descriptors.ts has the same numbers.
 */
enum { AUDIT_FD = 10, NUMBERS_FD = 11, OWNER_FD = 12 };

/* For a gate that asks the kernel about connections; src/plan/gate-descriptors.ts has the same number. */
enum { TIMES_FD = 13 };

/*
 * A wrapped program has no log: in its place the inner gate writes a word for each stop and each denied call, and the
 * outer one reads it.
 */
enum { STOPS_FD = 5, OUTER_STOPS_FD = 5 };

/* As long as the kernel's name of a process, with its end. */
enum { NAME_SIZE = 16 };

struct word {
	enum { WORD_STOPPED, WORD_DENIED, WORD_DENIED_BY_KERNEL } kind;
	s32 call;
	u64 args[6];           /* WORD_DENIED. */
	u8 program[NAME_SIZE]; /* Zeros where it is not known. */
};

/*
 * A frame is at most PIPE_BUF, which a pipe takes whole or not at all. src/gate-protocol/log-frames.ts and relay.c read
 * them.
 */
enum { FRAME_SIZE = 4096 };
struct log_frame {
	u32 session;
	u32 length;
	u8 text[FRAME_SIZE - 8];
};

/* descriptors.c: in an inner gate that is to serve. */
void descriptors_open(void);
s32 descriptor_above(s32 descriptor);

/* A line of a session's log that is longer is given out in pieces; src/gate-protocol/log-frames.ts has the same. */
enum { LOG_PIECE = 4096 };

#endif
