/* A record of the kernel's audit about a process that a filter has ended. */
#ifndef RECORD_H
#define RECORD_H

#include "kernel.h"

/* The numbers of it. No text of a record is kept: a program chooses its name, and who can write files theirs. */
struct kill_record {
	s32 pid;     /* Of the process, in the pid namespace of the host. */
	u32 session; /* Of the audit. */
	s32 call;
	u64 ip;
};

/* A longer one is read as far as this, and refused. */
enum { RECORD_SIZE = 8192 };

/* record.c: false when the bytes are no message with such a record of this machine's own calls. */
int record_read(struct kill_record *record, const u8 *bytes, usize size);

#endif
