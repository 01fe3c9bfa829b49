#include "gate.h"

#include <linux/fcntl.h>

enum { BYTES_A_SECOND = 256 * 1024, FINAL_FRAMES = 32 };

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

/* A frame without text tells the reader that no more of this session's follows: its last line lacks its end. */
static void end_log(struct session *session)
{
	poll_remove(session->log);
	syscall1(__NR_close, session->log);
	session->log = -1;
	if (!session->log_unfinished)
		return;
	frame.session = session->number;
	frame.length = 0;
	if (is_error(syscall3(__NR_write, LOG_FD, &frame, 8)))
		event_count_dropped();
}

/* Returns the number of bytes, zero at the end, or -errno. */
static long relay_frame(struct session *session)
{
	long size = syscall3(__NR_read, session->log, frame.text, sizeof frame.text);
	if (size <= 0)
		return size;
	frame.session = session->number;
	frame.length = (u32)size;
	session->log_unfinished = frame.text[size - 1] != '\n';
	if (is_error(syscall3(__NR_write, LOG_FD, &frame, 8 + size)))
		event_count_dropped();
	return size;
}

/* Who writes more than the budget waits for the next second, at its own cost. */
void log_relay(u32 index)
{
	struct session *session = &sessions[index];
	if (session->pid == 0 || session->log < 0)
		return;
	long size = relay_frame(session);
	if (size == -EAGAIN || size == -EINTR)
		return;
	if (size <= 0) {
		end_log(session);
		return;
	}
	u64 now = monotonic_ns();
	if (now - session->log_window_ns >= 1000000000u) {
		session->log_window_ns = now;
		session->log_window_bytes = 0;
	}
	session->log_window_bytes += (u32)size;
	if (session->log_window_bytes >= BYTES_A_SECOND) {
		poll_remove(session->log);
		session->log_paused = 1;
	}
}

void log_resume(u64 now)
{
	for (u32 i = 0; i < service.used; i++) {
		struct session *session = &sessions[i];
		if (session->pid && session->log_paused && now - session->log_window_ns >= 1000000000u) {
			session->log_paused = (u32)is_error(poll_add(session->log, SOURCE_LOG, i));
			session->log_window_bytes = 0;
			session->log_window_ns = now;
		}
	}
}

/* The last words of a session that has ended: what its pipe still holds, which is bounded. */
void log_close(struct session *session)
{
	if (session->log < 0)
		return;
	for (int i = 0; i < FINAL_FRAMES && session->number; i++)
		if (relay_frame(session) <= 0)
			break;
	end_log(session);
}
