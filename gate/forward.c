#include "gate.h"

#include <linux/signal.h>
#include <linux/signalfd.h>
#include <linux/wait.h>

/* What the inner gate or its session could not say itself. */
static void report_last_words(void)
{
	if (gate.failures[IMAGE_MAX_SESSIONS].failed)
		report_failure(&gate.failures[IMAGE_MAX_SESSIONS]);
	else if (gate.failures[0].failed)
		report_failure(&gate.failures[0]);
}

/*
 * The terminal sends its signals to the whole process group, the service included, so these are not handed on; to be
 * stopped is the one thing that this process must do as well, because the shell that waits for it does not know the service.
 */
static void follow_terminal(u32 signal)
{
	if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
		syscall2(__NR_kill, syscall0(__NR_getpid), SIGSTOP);
}

static void hand_on(u32 signal)
{
	char byte = (char)signal;
	syscall3(__NR_write, LIFELINE_FD, &byte, 1);
}

/* The service has this process's place in the eyes of its caller: its signals, its stops, its exit status. */
void forward_signals(void)
{
	struct signalfd_siginfo info;
	release_inner();
	for (;;) {
		int status = inner_status(WNOHANG);
		if (status >= 0) {
			report_last_words();
			leave(status);
		}
		if (syscall3(__NR_read, SIGNALS_FD, &info, sizeof info) != (long)sizeof info)
			continue;
		/* Zero and below: sent by a process, see siginfo(5). */
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_code <= 0)
			hand_on(info.ssi_signo);
		else
			follow_terminal(info.ssi_signo);
	}
}
