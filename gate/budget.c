#include "gate.h"

/* Bytes a second as they are written, which short lines make many times as many as a session sends. */
enum { SESSION_RATE = 256 * 1024, SERVICE_RATE = 1024 * 1024 };

/* What stands around the text of an event, with the longest name of a service and number of a session. */
enum { EVENT_SIZE = 160 };

/*
 * How far a log may be ahead of its rate. Of the service it is half of what the pipe to the reader holds, so that the words
 * of a quiet session find room in it. The last words of a session cannot wait.
 */
enum { SESSION_AHEAD_NS = SECOND_NS, SERVICE_AHEAD_NS = SECOND_NS / 32 };

/* Each session has a piece a second, all sessions together the rate of the service once more: 512 of them. */
enum { PIECE_COST = 2048, PIECE_EVERY_NS = SECOND_NS / (SERVICE_RATE / PIECE_COST) };

/* As many bytes as these can become: each line, each part of a long one and what ends no line is an event. */
u64 log_cost(const u8 *text, usize size)
{
	u64 events = size / LOG_PIECE + (text[size - 1] != '\n');
	for (usize i = 0; i < size; i++)
		events += text[i] == '\n';
	return events * EVENT_SIZE + event_bytes_size(text, size);
}

/* The whole text, or as much of a piece as its cost allows. */
usize log_fitting(enum share share, const u8 *text, usize size)
{
	while (share == SHARE_PIECE && log_cost(text, size) > PIECE_COST)
		size /= 2;
	return size;
}

enum share log_share(const struct session *session, u64 now, int is_last)
{
	u64 own = now + SESSION_AHEAD_NS + (is_last ? SECOND_NS : 0), all = now + (is_last ? SECOND_NS : SERVICE_AHEAD_NS);
	if (session->log_paid_ns >= own)
		return SHARE_NOTHING;
	if (service.log_paid_ns < all)
		return SHARE_FRAME;
	return session->log_piece_ns <= now ? SHARE_PIECE : SHARE_NOTHING;
}

/* With SHARE_NOTHING: when there may be something again. */
u64 log_share_ns(const struct session *session, u64 now)
{
	if (session->log_paid_ns >= now + SESSION_AHEAD_NS)
		return session->log_paid_ns;
	return service.log_paid_ns < session->log_piece_ns ? service.log_paid_ns : session->log_piece_ns;
}

static void spend(u64 *paid_ns, u64 now, u64 cost, u64 rate)
{
	if (*paid_ns < now)
		*paid_ns = now;
	*paid_ns += cost * SECOND_NS / rate;
}

void log_spend(struct session *session, enum share share, u64 now, u64 cost)
{
	u64 every = (u64)service.live * PIECE_EVERY_NS;
	spend(&session->log_paid_ns, now, cost, SESSION_RATE);
	if (share == SHARE_FRAME)
		spend(&service.log_paid_ns, now, cost, SERVICE_RATE);
	else
		session->log_piece_ns = now + (every < SECOND_NS ? SECOND_NS : every);
}
