#include "log.h"
#include "descriptors.h"
#include "event.h"

/* Bytes a second as they are written, which short lines make many times as many as a session sends. */
enum { SESSION_RATE = 256 * 1024, SERVICE_RATE = 1024 * 1024 };

/* The size of an event without its text, with the longest name of a service and number of a session. */
enum { EVENT_SIZE = 160 };

/*
 * The time that a log may be ahead of its rate. Of the service it is 16 KiB, and 8 KiB for its pieces, so that the
 * pipe to the reader, which holds 64, has room for the words of a quiet session.
 */
enum { SESSION_AHEAD_NS = SECOND_NS, SERVICE_AHEAD_NS = SECOND_NS / 64, PIECES_AHEAD_NS = SECOND_NS / 128 };

/* Each session has a piece a second, all of them together the rate of the service once more. */
enum { PIECE_COST = 2048, PIECE_EVERY_NS = SECOND_NS };

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

/* True when the share of all pieces allows one. */
int log_has_pieces(u64 now)
{
	return service.pieces_paid_ns < now + PIECES_AHEAD_NS;
}

int log_has_piece(const struct session *session, u64 now)
{
	return session->log_piece_ns <= now && log_has_pieces(now);
}

/* The last words of a session cannot wait. */
enum share log_share(const struct session *session, u64 now, int is_last)
{
	u64 own = now + SESSION_AHEAD_NS + (is_last ? SECOND_NS : 0);
	u64 all = now + (is_last ? SECOND_NS : SERVICE_AHEAD_NS);
	if (session->log_paid_ns >= own)
		return SHARE_NOTHING;
	if (service.log_paid_ns < all)
		return SHARE_FRAME;
	if (is_last && session->log_piece_ns <= now)
		return SHARE_PIECE;
	return log_has_piece(session, now) ? SHARE_PIECE : SHARE_NOTHING;
}

/* True when it has nothing because of its own rate. */
int log_is_ahead(const struct session *session, u64 now)
{
	return session->log_paid_ns >= now + SESSION_AHEAD_NS;
}

static void spend(u64 *paid_ns, u64 now, u64 cost, u64 rate)
{
	if (*paid_ns < now)
		*paid_ns = now;
	*paid_ns += cost * SECOND_NS / rate;
}

void log_spend(struct session *session, enum share share, u64 now, u64 cost)
{
	spend(&session->log_paid_ns, now, cost, SESSION_RATE);
	if (share == SHARE_FRAME) {
		spend(&service.log_paid_ns, now, cost, SERVICE_RATE);
		return;
	}
	session->log_piece_ns = now + PIECE_EVERY_NS;
	/* Last words that could not wait are at nobody else's cost. */
	if (log_has_pieces(now))
		spend(&service.pieces_paid_ns, now, cost, SERVICE_RATE);
}
