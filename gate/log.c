#include "log.h"
#include "descriptors.h"
#include "event.h"
#include "serve.h"

#include <linux/fcntl.h>

/* Of a piece only so much is read, because what its cost leaves out is lost. */
enum { FINAL_FRAMES = 32, PIECE_SIZE = 1024 };

static struct log_frame frame;

/*
 * A pipe for each session: one that fills, shuts or reconfigures it does so to itself. Returns the session's end, or
 * -errno.
 */
int log_open(struct session *session, int is_above)
{
	s32 pipe[2];
	long result = syscall2(__NR_pipe2, pipe, O_CLOEXEC);
	if (is_error(result))
		return (int)result;
	if (is_above)
		pipe[0] = descriptor_above(pipe[0]);
	result = syscall3(__NR_fcntl, pipe[0], F_SETFL, O_NONBLOCK);
	if (!is_error(result))
		result = poll_add(pipe[0], SOURCE_LOG, session_index(session));
	if (is_error(result)) {
		syscall1(__NR_close, pipe[0]);
		syscall1(__NR_close, pipe[1]);
		return (int)result;
	}
	session->log = pipe[0];
	return pipe[1];
}

static void send_frame(const struct session *session, usize length)
{
	frame.session = session->number;
	frame.length = (u32)length;
	if (is_error(syscall3(__NR_write, LOG_FD, &frame, 8 + length)))
		event_count_dropped();
}

/* A frame without text tells the reader that no more of this session's line follows. */
static void end_line(struct session *session)
{
	if (session->log_unfinished)
		send_frame(session, 0);
	session->log_unfinished = 0;
}

static void end_log(struct session *session)
{
	if (log_is_polled(session))
		poll_remove(session->log);
	turn_leave(session);
	syscall1(__NR_close, session->log);
	session->log = -1;
	end_line(session);
}

/*
 * Reads, and sends as much as the share allows; the rest is counted. Returns the number of bytes, zero at the end, or
 * -errno.
 */
static long relay_frame(struct session *session, enum share share, u64 now)
{
	usize most = share == SHARE_PIECE ? PIECE_SIZE : sizeof frame.text;
	long size = syscall3(__NR_read, session->log, frame.text, most);
	if (size <= 0)
		return size;
	usize length = share == SHARE_NOTHING ? 0 : log_fitting(share, frame.text, (usize)size);
	if (length) {
		log_spend(session, share, now, log_cost(frame.text, length));
		session->log_unfinished = frame.text[length - 1] != '\n';
		send_frame(session, length);
	}
	if (length < (usize)size) {
		event_count_dropped();
		end_line(session);
	}
	return size;
}

/* A log that is ahead of its rate waits for it, else for its turn, in which it has a piece now and then. */
static void wait_for_share(struct session *session, u64 now)
{
	u64 piece_ns = session->log_piece_ns < now ? now : session->log_piece_ns;
	if (log_is_ahead(session, now))
		turn_wait(session, HEAP_HELD, session->log_paid_ns);
	else
		turn_wait(session, HEAP_QUEUED, piece_ns);
}

/* A log that comes while others wait for their turn has a piece at most. */
static enum share share_of(const struct session *session, u64 now)
{
	enum share share = log_share(session, now, 0);
	if (share != SHARE_FRAME || !turn_first() || turn_first() == session)
		return share;
	return log_has_piece(session, now) ? SHARE_PIECE : SHARE_NOTHING;
}

/* It is polled again, in a second if that cannot be now. */
static void poll_again(struct session *session, u64 now)
{
	turn_leave(session);
	if (is_error(poll_add(session->log, SOURCE_LOG, session_index(session))))
		turn_wait(session, HEAP_HELD, now + SECOND_NS);
}

/* Something has come. Returns whether that was the end. */
int log_relay(u32 index)
{
	struct session *session = &sessions[index];
	if (session->pid == 0 || session->log < 0 || !log_is_polled(session))
		return 0;
	u64 now = monotonic_ns();
	enum share share = share_of(session, now);
	if (share == SHARE_NOTHING) {
		poll_remove(session->log);
		wait_for_share(session, now);
		return 0;
	}
	long size = relay_frame(session, share, now);
	if (size > 0 || size == -EAGAIN || size == -EINTR)
		return 0;
	end_log(session);
	return 1;
}

/* One that has waited for a piece or its turn has it. */
static void resume(struct session *session, enum share share, u64 now)
{
	long size = relay_frame(session, share, now);
	if (size > 0 && share == SHARE_PIECE)
		wait_for_share(session, now);
	else
		poll_again(session, now);
}

/*
 * Serves the logs that have come due. One of those that wait for their turn is served only when the service's share
 * allows, and then the next.
 */
void log_resume(u64 now)
{
	struct session *session;
	while ((session = heap_passed(HEAP_HELD, now)) != NULL)
		poll_again(session, now);
	while (log_has_pieces(now) && (session = heap_passed(HEAP_QUEUED, now)) != NULL)
		resume(session, SHARE_PIECE, now);
	while ((session = turn_first()) != NULL) {
		if (log_is_ahead(session, now))
			wait_for_share(session, now);
		else if (log_share(session, now, 0) == SHARE_FRAME)
			resume(session, SHARE_FRAME, now);
		else
			return;
	}
}

/* When a log that waits is to be looked at; zero: none waits. */
u64 log_due(void)
{
	u64 held = heap_due(HEAP_HELD), queued = heap_due(HEAP_QUEUED);
	if (queued && queued < service.pieces_paid_ns)
		queued = service.pieces_paid_ns;
	if (queued && queued > service.log_paid_ns)
		queued = service.log_paid_ns;
	return held && (queued == 0 || held < queued) ? held : queued;
}

/* The last words of a session that has ended: what its pipe still holds and its share allows; the rest is counted. */
void log_close(struct session *session)
{
	if (session->log < 0)
		return;
	u64 now = monotonic_ns();
	for (int i = 0; i < FINAL_FRAMES; i++)
		if (relay_frame(session, log_share(session, now, 1), now) <= 0)
			break;
	end_log(session);
}
