#include "gate.h"

#include <linux/fcntl.h>

/* Of a piece only so much is read, because what its cost leaves out is lost. */
enum { FINAL_FRAMES = 32, PIECE_SIZE = 1024 };

static struct log_frame frame;

/* A pipe for each session: one that fills, shuts or reconfigures it does so to itself. Returns the session's end, or -errno. */
int log_open(struct session *session)
{
	s32 pipe[2];
	long result = syscall2(__NR_pipe2, pipe, O_CLOEXEC);
	if (is_error(result))
		return (int)result;
	result = syscall3(__NR_fcntl, pipe[0], F_SETFL, O_NONBLOCK);
	if (!is_error(result))
		result = poll_add(pipe[0], SOURCE_LOG, (u32)(session - sessions));
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
	poll_remove(session->log);
	syscall1(__NR_close, session->log);
	session->log = -1;
	end_line(session);
}

/* Reads, and sends as much as the share allows; the rest is counted. Returns the number of bytes, zero at the end, or -errno. */
static long relay_frame(struct session *session, enum share share, u64 now)
{
	long size =
		syscall3(__NR_read, session->log, frame.text, share == SHARE_PIECE ? PIECE_SIZE : sizeof frame.text);
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

/* A log that is ahead of its rate, or of the service's, waits, at the cost of its session. */
static void wait_for_share(struct session *session, u64 now)
{
	poll_remove(session->log);
	session->log_until_ns = log_share_ns(session, now);
}

void log_relay(u32 index)
{
	struct session *session = &sessions[index];
	if (session->pid == 0 || session->log < 0)
		return;
	u64 now = monotonic_ns();
	enum share share = log_share(session, now, 0);
	if (share == SHARE_NOTHING) {
		wait_for_share(session, now);
		return;
	}
	long size = relay_frame(session, share, now);
	if (size == -EAGAIN || size == -EINTR)
		return;
	if (size <= 0)
		end_log(session);
	else
		service.log_turn = index + 1;
}

/* Those that wait take turns: the first is the one behind the last that was served. */
void log_resume(u64 now)
{
	for (u32 n = 0; n < service.used; n++) {
		u32 index = (service.log_turn + n) % service.used;
		struct session *session = &sessions[index];
		if (session->pid == 0 || !session->log_until_ns || now < session->log_until_ns)
			continue;
		session->log_until_ns = is_error(poll_add(session->log, SOURCE_LOG, index)) ? now + SECOND_NS : 0;
	}
}

/* The last words of a session that has ended: what its pipe still holds and its share allows; the rest is counted. */
void log_close(struct session *session)
{
	if (session->log < 0)
		return;
	u64 now = monotonic_ns();
	for (int i = 0; i < FINAL_FRAMES && session->number; i++)
		if (relay_frame(session, log_share(session, now, 1), now) <= 0)
			break;
	end_log(session);
}
