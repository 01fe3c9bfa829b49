#include "descriptors.h"
#include "event.h"
#include "outer.h"

#include <linux/poll.h>
#include <linux/signal.h>
#include <linux/signalfd.h>
#include <linux/time.h>
#include <linux/wait.h>

/* The first ones are heard all the time. */
enum { WATCH_SIGNALS, WATCH_NUMBERS, HEARD_ALWAYS, WATCH_EVENTS = HEARD_ALWAYS, WATCH_LOG, WATCHED };
enum { EXIT_NO_READER = 1, LIVES = -1 };

/* The time that a reader which has stopped is waited for when everything else has ended. */
static const struct __kernel_timespec LAST_WAIT = {1, 0};

/*
 * To wake up for each word of a busy service takes the processor from its sessions: what comes meanwhile is read at
 * once.
 */
static const struct __kernel_timespec REST = {0, 20000000};
static const struct __kernel_timespec AT_ONCE = {0, 0};

/* The status of the inner gate. */
static int ended = LIVES;
static int stopping;

static void give_order(char order)
{
	syscall3(__NR_write, ORDERS_FD, &order, 1);
}

/* The first SIGTERM drains, the second ends everything. */
static void hear_signal(void)
{
	struct signalfd_siginfo info;
	if (syscall3(__NR_read, SIGNALS_FD, &info, sizeof info) != (long)sizeof info)
		return;
	if (info.ssi_signo == SIGCHLD) {
		if (ended == LIVES)
			ended = inner_status(WNOHANG);
		return;
	}
	give_order(stopping ? 'k' : 'd');
	stopping = 1;
}

static long poll_for(struct pollfd *watched, u32 count, const struct __kernel_timespec *longest)
{
	struct __kernel_timespec timeout = *longest;
	return syscall5(__NR_ppoll, watched, count, &timeout, 0, 8);
}

static long wait_for(struct pollfd *watched, u32 count)
{
	if (ended != LIVES)
		return poll_for(watched, count, &LAST_WAIT);
	return syscall5(__NR_ppoll, watched, count, NULL, 0, 8);
}

/* When nothing more is there it rests before it waits. */
static long wait_rested(struct pollfd watched[WATCHED])
{
	long ready = poll_for(watched, WATCHED, &AT_ONCE);
	if (ready == 0)
		ready = poll_for(watched, HEARD_ALWAYS, &REST);
	return ready == 0 ? wait_for(watched, WATCHED) : ready;
}

/* A reader that has stopped to read must not make the gate deaf: signals are heard while it waits for room. */
static void print(const char *text, usize size)
{
	struct pollfd watched[2] = {{SIGNALS_FD, POLLIN, 0}, {OUTPUT_FD, POLLOUT, 0}};
	while (size) {
		long ready = wait_for(watched, 2);
		if (ready == 0)
			leave(ended);
		if (ready < 0)
			continue;
		if (watched[0].revents)
			hear_signal();
		if (watched[1].revents == 0)
			continue;
		long written = syscall3(__NR_write, OUTPUT_FD, text, size);
		if (written == -EAGAIN || written == -EINTR)
			continue;
		/* Nobody would hear of a session: everything ends. */
		if (written <= 0)
			leave(EXIT_NO_READER);
		text += written;
		size -= (usize)written;
	}
}

/* Whole lines of the inner gate, as they are: the log's come between. Zero when there is no more. */
static int relay_events(void)
{
	/* A line is at most half as long. */
	static char text[2 * FRAME_SIZE];
	static usize length;
	long size = syscall3(__NR_read, OUTER_EVENTS_FD, text + length, sizeof text - length);
	if (size == -EINTR)
		return 1;
	if (size <= 0)
		return 0;
	length += (usize)size;
	usize whole = length;
	while (whole && text[whole - 1] != '\n')
		whole--;
	print(text, whole);
	length -= whole;
	for (usize i = 0; i < length; i++)
		text[i] = text[whole + i];
	return 1;
}

/* Nobody writes any more: the pipes hold what they hold. */
__attribute__((noreturn)) static void finish(void)
{
	while (relay_events())
		;
	while (relay_log())
		;
	relay_rest();
	if (gate.failures[IMAGE_MAX_SESSIONS].failed)
		report_failure(&gate.failures[IMAGE_MAX_SESSIONS]);
	leave(ended);
}

/* In the place of a launcher: gives the order to go, prints what happens, and passes on the order to stop. */
void supervise(void)
{
	struct pollfd watched[WATCHED] = {{SIGNALS_FD, POLLIN, 0},
					  {gate.audits ? NUMBERS_FD : -1, POLLIN, 0},
					  {OUTER_EVENTS_FD, POLLIN, 0},
					  {OUTER_LOG_FD, POLLIN, 0}};
	event_to(print);
	release_inner();
	give_order('g');
	while (ended == LIVES) {
		if (wait_rested(watched) < 0)
			continue;
		if (watched[WATCH_SIGNALS].revents)
			hear_signal();
		if (watched[WATCH_EVENTS].revents && !relay_events())
			watched[WATCH_EVENTS].fd = -1;
		if (watched[WATCH_LOG].revents && !relay_log())
			watched[WATCH_LOG].fd = -1;
		if (watched[WATCH_NUMBERS].revents && !answer_number())
			watched[WATCH_NUMBERS].fd = -1;
	}
	finish();
}
