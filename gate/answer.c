#include "session.h"

#include <linux/ioctl.h>
#include <linux/seccomp.h>

s32 notify_listener(void)
{
	return (s32)gate.own.slots[service.numbers->notify_slot];
}

static void answer(const struct seccomp_notif *request, s32 error, u32 flags)
{
	struct seccomp_notif_resp response;
	memset(&response, 0, sizeof response);
	response.id = request->id;
	response.error = error;
	response.flags = flags;
	syscall3(__NR_ioctl, notify_listener(), SECCOMP_IOCTL_NOTIF_SEND, &response);
}

void notify_refuse(const struct seccomp_notif *request)
{
	answer(request, -EPERM, 0);
}

/* Of an exec only: a call that the policy denies never happens. */
void notify_continue(const struct seccomp_notif *request)
{
	answer(request, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}
