/* Sessions that cost as much as they can; each goes on until somebody ends it. */
#include "probe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void ignore_everything(void)
{
	for (int signal_number = 1; signal_number < 65; signal_number++)
		signal(signal_number, SIG_IGN);
}

static void spin(long unused)
{
	(void)unused;
	ignore_everything();
	say("spinning");
	for (;;)
		__asm__ volatile("" ::: "memory");
}

static void fork_without_end(long unused)
{
	(void)unused;
	ignore_everything();
	say("forking");
	for (;;)
		fork();
}

static void exec_without_end(long unused)
{
	(void)unused;
	char *arguments[] = {program, NULL};
	ignore_everything();
	say("trying");
	for (;;)
		execve(program, arguments, arguments + 1);
}

static void eat_memory(long unused)
{
	(void)unused;
	size_t eaten = 0;
	for (void *piece; eaten < (size_t)1 << 33 && (piece = malloc(1 << 20)); eaten += 1 << 20)
		memset(piece, 1, 1 << 20);
	say("%zu MiB", eaten >> 20);
}

static void flood_log(long unused)
{
	(void)unused;
	char text[4096];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\n';
	ignore_everything();
	say("flooding");
	for (;;)
		if (write(2, text, sizeof text) < 0)
			usleep(1000);
}

/* A byte of a log is never as many bytes of JSON as where it is a line. */
static void flood_lines(long unused)
{
	(void)unused;
	char text[4096];
	memset(text, '\n', sizeof text);
	ignore_everything();
	say("flooding");
	for (;;)
		if (write(2, text, sizeof text) < 0)
			usleep(1000);
}

/* As many lines as a pipe holds, and the end. */
static void last_lines(long unused)
{
	(void)unused;
	static char text[60000];
	memset(text, '\n', sizeof text);
	memcpy(text, "last words\n", 11);
	say("%s", outcome(write(2, text, sizeof text) == (long)sizeof text ? 0 : -1));
}

/* A session that has little to say. */
static void speak_seldom(long unused)
{
	(void)unused;
	for (int i = 1; i <= 6; i++) {
		dprintf(2, "word %d\n", i);
		usleep(300000);
	}
	say("done");
}

static void open_descriptors(long unused)
{
	(void)unused;
	int count = 0;
	while (dup(0) >= 0 && count < 1 << 20)
		count++;
	say("%d", count);
}

/* A process of another user is out of reach of the signals of one that has no privilege. */
static void leave_reach(long user)
{
	uid_t other = (uid_t)user;
	ignore_everything();
	say("%s", outcome(setresuid(other, other, other)));
	for (;;)
		pause();
}

static void say_farewell(int unused)
{
	(void)unused;
	say("farewell");
	_exit(0);
}

/* Ends as an orderly program does. */
static void end_when_asked(long unused)
{
	(void)unused;
	signal(SIGTERM, say_farewell);
	say("waiting");
	for (;;)
		pause();
}

static void fork_from_now_on(int unused)
{
	(void)unused;
	ignore_everything();
	for (;;)
		fork();
}

/* Ends neither when it is asked nor alone. */
static void fork_when_asked(long unused)
{
	(void)unused;
	signal(SIGTERM, fork_from_now_on);
	say("waiting");
	for (;;)
		pause();
}

/* A process that outlives the session and keeps its connection open. */
static void leave_the_connection(long unused)
{
	(void)unused;
	if (fork() == 0) {
		setsid();
		sleep(30);
		_exit(0);
	}
	/* Until it has left the group. */
	usleep(200000);
}

/* The client's half is of no more use to it. */
static void close_the_connection(long unused)
{
	(void)unused;
	say("closing");
	close(0);
	close(1);
	sleep(30);
}

const struct probe burden_probes[] = {
	{"spin", spin},
	{"fork-without-end", fork_without_end},
	{"exec-without-end", exec_without_end},
	{"eat-memory", eat_memory},
	{"flood-log", flood_log},
	{"flood-lines", flood_lines},
	{"last-lines", last_lines},
	{"speak-seldom", speak_seldom},
	{"open-descriptors", open_descriptors},
	{"leave-reach", leave_reach},
	{"end-when-asked", end_when_asked},
	{"fork-when-asked", fork_when_asked},
	{"leave-the-connection", leave_the_connection},
	{"close-the-connection", close_the_connection},
	{0},
};
