/* The outer gate: makes the inner one, waits for it, and speaks to people where nobody supervises it. */
#ifndef OUTER_H
#define OUTER_H

#include "gate.h"

/* report.c: what people read on standard error when nobody supervises the gate. */
void report_refused(const char *reason);
void report_failure(const struct failure *failure);
void report_plan(void);

/*
 * report.c: before the first step of a plan; then the parts of a longer report. Foreign words are printed as far as
 * they are plain characters.
 */
void report_early(void);
void report_begin(void);
void report_words(const char *text);
void report_foreign(const char *text, usize length);
void report_step(u32 index);
const char *errno_text(long number); /* NULL without a name, and where a launcher has them. */
void report_signal(int status);
struct word;
void report_denial(const struct word *word);

/* passed.c: finds the sockets that the starter passes, or ends the launch. Returns 0 or -errno. */
long take_passed(u32 index, const struct step *step);

/* lifeline.c: what joins the outer and the inner gate. */
void release_inner(void);
void wait_for_outer(void);
int inner_status(int options); /* Of wait4; -1 while it lives. */

/* split.c */
void split(enum split_mode mode, int audits);

/* numbers.c: who has a number on the host. */
int answer_number(void);
void answer_numbers(void);

/*
 * relay.c: the standard error of sessions, as events; zero when there is no more. Then the lines that lack their end.
 */
int relay_log(void);
void relay_rest(void);

/* The outer gate after its last step; none returns. */
__attribute__((noreturn)) void wait_for_inner(void);  /* lifeline.c */
__attribute__((noreturn)) void supervise(void);       /* supervise.c */
__attribute__((noreturn)) void forward_signals(void); /* forward.c */

#endif
