#include "descriptors.h"
#include "session.h"

#include <linux/signal.h>
#include <linux/wait.h>

/* The service may have handled what should stop it, so its stops are told when they have happened. */
void tell_stops(void)
{
	struct word stopped;
	siginfo_t info;
	memset(&stopped, 0, sizeof stopped);
	memset(&info, 0, sizeof info);
	while (syscall5(__NR_waitid, P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL, 0) == 0 && info.si_pid) {
		if (session_of(info.si_pid))
			syscall3(__NR_write, STOPS_FD, &stopped, sizeof stopped);
		info.si_pid = 0;
	}
}
