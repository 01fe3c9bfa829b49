/*
 * The recorder: follows the processes of a gate as a tracer and tells the calls that the kernel refuses them. It reads
 * and lets go on; it has neither a right nor, by its filter, a call to change one of them.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include "../descriptors.h"

enum { REGISTERS = 6 };

/* It says there once that it has begun; then it has EVENTS_FD only. */
enum { ANSWER_FD = 4 };

enum task_role { TASK_OUTER, TASK_INNER, TASK_SESSION };

/* A thread that is traced. */
struct task {
	s32 pid; /* Zero: a free entry. */
	enum task_role role;
	u32 session;     /* Zero: not known. */
	u32 is_followed; /* Its program has begun: each call is looked at. */
	u32 has_begun;   /* It has stopped once. */
	u64 nr;
	u64 args[REGISTERS];
};

/* tasks.c */
struct task *task_of(s32 pid);
struct task *task_add(s32 pid); /* NULL: there is no room, and nobody follows it. */
void task_remove(s32 pid);

/* wanted.c: the answers that are told, as the launcher lists them; zero when its list is none. */
struct wanted {
	u8 errnos[32]; /* A bit for each. */
	s32 paths[2];  /* The registers that point at a path; -1: none does. */
	s32 address;   /* The one that points at a socket's address, whose size is in the next. */
	u32 is_brk;    /* It answers the end of the heap, in error the one that was. */
};
int wanted_read(const char *list);
const struct wanted *wanted_call(u64 nr);
int wanted_errno(const struct wanted *wanted, s64 errno);

/* memory.c: how much could be read. */
usize memory_read(s32 pid, u64 address, u8 *to, usize size);
usize memory_text(s32 pid, u64 address, u8 *to, usize size);

/* process.c: what /proc has of a process. */
struct names {
	s32 inner_pid; /* Its number in the namespace of its service. */
	s32 group;     /* The number of its first thread, and */
	s32 parent;    /* of its parent, and */
	s32 tracer;    /* of who traces it, all of them here; zero: nobody does. */
	u8 program[NAME_SIZE];
	usize program_size;
};
void names_read(s32 pid, struct names *names);

/* tell.c */
void tell_answer(const struct task *task, const struct wanted *wanted, s64 errno);
void tell_rest(int is_end);

/* follow.c: until the last of them has ended. */
long follow_attach(s32 pid);
void follow(void);

/* drop.c: gives up everything but to read and to let go on. Zero, or the error. */
struct nobody {
	s64 uid; /* -1: it stays the user that started it. */
	s64 gid;
};
long drop_privilege(const struct nobody *nobody);

#endif
