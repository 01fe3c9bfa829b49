/* Each step and what came of it, for somebody who looks for a fault: told only where it was asked for. */
#ifndef DEBUG_H
#define DEBUG_H

#include "gate.h"

/* debug.c */
void debug_open(void);
void debug_split(void);
void debug_before(struct process *self, u32 index, const struct step *step);
void debug_result(const struct process *self, u32 index, const struct step *step, long result);

#endif
