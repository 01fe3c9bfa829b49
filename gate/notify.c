#include "gate.h"

#include <linux/ioctl.h>
#include <linux/seccomp.h>

/*
 * Until its exec the only code that has run in a session is this program's, so the first exec of each session's
 * first process is the one of the plan and goes on. Every other is refused, with an event.
 */
void notify_answer(void)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp response;
	s32 listener = (s32)gate.slots[service.numbers->notify_slot];
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
		event_begin("exec-refused");
		if (session)
			event_number("session", session->number);
		event_number("pid", request.pid);
		event_number("call", request.data.nr);
		event_end();
	}
	syscall3(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
