/* A gate: its image, and the process that executes it. */
#ifndef GATE_H
#define GATE_H

#include "image.h"
#include "text.h"

/* The exit statuses of env(1), timeout(1) and their kin. */
enum { EXIT_LAUNCH_FAILED = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

/* A step that failed in a session, in memory shared with the gate: the session's filter may refuse to write. */
struct failure {
	u32 failed;
	u32 step;
	s64 result;
	u64 found; /* By a check that does not hold. */
	u32 check; /* The number of that check in the step, from 1 on; zero: it is the result. */
	u32 reserved;
};

/* Variables with a value of their own: two addresses, two ports and their aliases, or a user, a path and a number. */
enum { COMPUTED_SIZE = 160, COMPUTED = 12 };

/* The state that each process has for itself while it executes a plan. */
struct process {
	enum role role;
	u32 next;                /* The step to execute. */
	struct failure *failure; /* The place for the step that fails; NULL: the process reports it itself. */
	u32 number;              /* ROLE_SESSION: its number. */
	u32 is_mute;             /* It cannot tell its steps any more. */
	s64 slots[IMAGE_MAX_SLOTS];
	struct address peer;
	struct address local;
	s32 socket;      /* ROLE_SESSION: as long as it has not been handed over. */
	u32 connections; /* ROLE_SESSION: of the user at the other end of a UNIX socket, this one included. */
	char *environment[IMAGE_MAX_ENVIRONMENT + 1];
	char computed[COMPUTED][COMPUTED_SIZE];
};

/* The state that all processes of the gate share, or have the same. */
struct gate {
	struct image image;
	struct process own;              /* Of the outer and the inner gate themselves. */
	const char *const *started_with; /* The variables of its starter, as execve(2) has them. */
	s32 child;                       /* ROLE_OUTER after the split: the inner gate. */
	enum split_mode mode;
	int audits;               /* The kernel's audit tells denied calls. */
	u32 audit_session;        /* The number in each record of this gate and its sessions. */
	s32 lifeline;             /* ROLE_INNER: end of file when the outer gate is gone. */
	s32 debug_fd;             /* Each step is told there; zero: none is. */
	struct failure *failures; /* Of all sessions and, at the end, of the inner gate: shared memory. */
};
extern struct gate gate;

/* gate.c: NULL, or what is wrong. */
const char *gate_map_failures(void);

/*
 * queue.c: how many descriptors the peers of a UNIX socket have sent that nobody has received; or -errno, -EPROTOTYPE
 * of one that sends to names.
 */
long queued_descriptors(s32 fd);

/* The number in a record of a process without a session of the audit; the gate has none of its own. */
#define NO_AUDIT_SESSION (~0u)

/* mark.c: begins a session of the audit. */
void mark_session(void);

/* environment.c: builds envp for the steps that follow. */
void environment_build(struct process *self, const struct step *step);

/*
 * step.c: executes the steps of the process's role from its next on. Returns one that takes more than a process, or
 * NULL at the plan's end.
 */
const struct step *execute_plan(struct process *self);
__attribute__((noreturn)) void step_failed(const struct process *self, u32 index, long result);

#endif
