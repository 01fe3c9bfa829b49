#include "event.h"
#include "session.h"

#include <linux/ioctl.h>
#include <linux/seccomp.h>

/*
 * A session that tries without end fills no log, and hides no other's first: what is above this in a second is only
 * counted.
 */
enum { REFUSALS_A_SECOND = 16 };

static void report_refusal(struct session *session, const struct seccomp_notif *request)
{
	static u64 window_ns;
	static u32 told;
	u64 now = monotonic_ns();
	if (now - window_ns >= SECOND_NS) {
		window_ns = now;
		told = 0;
	}
	int is_first = session && !session->exec_refused;
	if (!is_first && told++ >= REFUSALS_A_SECOND) {
		event_count_dropped();
		return;
	}
	if (session)
		session->exec_refused = 1;
	event_begin("exec-refused");
	if (session)
		event_number("session", session->number);
	event_number("pid", request->pid);
	event_number("call", request->data.nr);
	event_end();
}

/*
 * Until its exec the only code that has run in a session is this program's, so the first exec of each session's
 * first process is the one of the plan and goes on. Every other is refused, with an event.
 */
void notify_answer(void)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp response;
	s32 listener = (s32)gate.own.slots[service.numbers->notify_slot];
	memset(&request, 0, sizeof request);
	memset(&response, 0, sizeof response);
	if (is_error(syscall3(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, &request)))
		return;
	struct session *session = session_of((s32)request.pid);
	response.id = request.id;
	if (session && !session->executed && request.data.nr == __NR_execve) {
		session->executed = 1;
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else {
		response.error = -EPERM;
		report_refusal(session, &request);
	}
	syscall3(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
