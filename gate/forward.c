#include "descriptors.h"
#include "outer.h"

#include <linux/poll.h>
#include <linux/signal.h>
#include <linux/signalfd.h>
#include <linux/wait.h>

enum { WATCH_SIGNALS, WATCH_STOPS, WATCH_NUMBERS, WATCHED };

/* Reports the failure that the inner gate or its session could not report itself. */
static void report_last_words(void)
{
	if (gate.failures[IMAGE_MAX_SESSIONS].failed)
		report_failure(&gate.failures[IMAGE_MAX_SESSIONS]);
	else if (gate.failures[0].failed)
		report_failure(&gate.failures[0]);
}

/*
 * The shell that waits for this process does not know the service: it hears of a stop when this process stops. Zero
 * when there is no more to hear now.
 */
static long hear_inner(int has_ended)
{
	struct word word;
	long size = syscall3(__NR_read, OUTER_STOPS_FD, &word, sizeof word);
	if (size != (long)sizeof word)
		return 0;
	if (word.kind != WORD_STOPPED)
		report_denial(&word);
	else if (!has_ended)
		syscall2(__NR_kill, syscall0(__NR_getpid), SIGSTOP);
	return size;
}

/*
 * The terminal sends its signals to the whole process group, the service included; what a process sent, see
 * siginfo(5), is handed on.
 */
static void hear_signal(void)
{
	struct signalfd_siginfo info;
	if (syscall3(__NR_read, SIGNALS_FD, &info, sizeof info) != (long)sizeof info)
		return;
	char signal = (char)info.ssi_signo;
	if (info.ssi_signo != SIGCHLD && info.ssi_code <= 0)
		syscall3(__NR_write, LIFELINE_FD, &signal, 1);
}

/* The service has this process's place in the eyes of its caller: its signals, its stops, its exit status. */
void forward_signals(void)
{
	struct pollfd watched[WATCHED] = {
		{SIGNALS_FD, POLLIN, 0}, {OUTER_STOPS_FD, POLLIN, 0}, {gate.audits ? NUMBERS_FD : -1, POLLIN, 0}};
	release_inner();
	for (;;) {
		int status = inner_status(WNOHANG);
		if (status >= 0) {
			while (hear_inner(1))
				;
			report_last_words();
			report_signal(status);
			leave(status);
		}
		if (syscall5(__NR_ppoll, watched, WATCHED, NULL, 0, 8) < 0)
			continue;
		if (watched[WATCH_SIGNALS].revents)
			hear_signal();
		if (watched[WATCH_STOPS].revents && !hear_inner(0))
			watched[WATCH_STOPS].fd = -1;
		if (watched[WATCH_NUMBERS].revents && !answer_number())
			watched[WATCH_NUMBERS].fd = -1;
	}
}
