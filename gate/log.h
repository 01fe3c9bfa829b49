/* The standard error of sessions: a pipe for each, relayed in frames within a budget. */
#ifndef LOG_H
#define LOG_H

#include "table.h"

/* budget.c: how much of a log is relayed, for each session and all of them. */
enum share { SHARE_NOTHING, SHARE_PIECE, SHARE_FRAME };
enum share log_share(const struct session *session, u64 now, int is_last);
int log_is_ahead(const struct session *session, u64 now);
int log_has_pieces(u64 now);
int log_has_piece(const struct session *session, u64 now);
usize log_fitting(enum share share, const u8 *text, usize size);
u64 log_cost(const u8 *text, usize size);
void log_spend(struct session *session, enum share share, u64 now, u64 cost);

/* turn.c: logs that wait, each for a time in its heap, and those of HEAP_QUEUED for their turn as well. */
void turn_wait(struct session *session, enum heap heap, u64 due_ns);
void turn_leave(struct session *session);
struct session *turn_first(void); /* The one whose turn is next. */

/* Its log does not wait. */
static inline int log_is_polled(const struct session *session)
{
	return !session->waits[HEAP_HELD].place && !session->waits[HEAP_QUEUED].place;
}

/* log.c: to LOG_FD. */
int log_open(struct session *session, int is_above);
int log_relay(u32 index);
void log_close(struct session *session);
void log_resume(u64 now);
u64 log_due(void);

#endif
