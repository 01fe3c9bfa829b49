/* Terminals of a session, and those of others: of the host, and of the session beside it. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tiocl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char name[64];

/* A terminal in which each character counts at once; the side of its user, or -1. */
static int make(int *maker)
{
	struct termios modes;
	struct winsize size = {.ws_row = 33, .ws_col = 77};
	*maker = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*maker < 0 || grantpt(*maker) < 0 || unlockpt(*maker) < 0 || ptsname_r(*maker, name, sizeof name) != 0)
		return -1;
	int user = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (user < 0 || tcgetattr(user, &modes) < 0)
		return -1;
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	if (tcsetattr(user, TCSADRAIN, &modes) < 0 || ioctl(*maker, TIOCSWINSZ, &size) < 0)
		return -1;
	return user;
}

/* The job of a shell on a terminal: it says that it is there, and waits to be interrupted. */
static void job(int user)
{
	if (setsid() < 0 || ioctl(user, TIOCSCTTY, 0) < 0 || tcsetpgrp(user, getpid()) < 0)
		_exit(errno);
	struct winsize size;
	int own = open("/dev/tty", O_RDWR);
	if (own < 0 || ioctl(own, TIOCGWINSZ, &size) < 0 || size.ws_row != 33 || size.ws_col != 77)
		_exit(errno);
	if (write(own, "!", 1) != 1)
		_exit(errno);
	for (;;)
		pause();
}

/* Makes a terminal, starts a job on it, and types Ctrl-C. */
static void terminal_make(long unused)
{
	(void)unused;
	char ready;
	int maker, status = 0, user = make(&maker);
	if (user < 0) {
		say("%s", outcome(-1));
		return;
	}
	pid_t child = fork();
	if (child == 0)
		job(user);
	close(user);
	if (child < 0 || read(maker, &ready, 1) != 1 || write(maker, "\003", 1) != 1)
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	say("%s, ended by signal %d", name, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* Makes a terminal and says its number; says after the next line how many characters were typed into it. */
static void terminal_hold(long unused)
{
	(void)unused;
	char line[8];
	unsigned number = 0;
	int maker, typed = -1, user = make(&maker);
	say("%s", user < 0 || ioctl(maker, TIOCGPTN, &number) < 0 ? outcome(-1) : name);
	read_line(line, sizeof line);
	ioctl(user, FIONREAD, &typed);
	say("%d typed", typed);
}

static int open_number(long number)
{
	snprintf(name, sizeof name, "/dev/pts/%ld", number);
	return open(name, O_RDWR | O_NOCTTY);
}

static void terminal_open(long number)
{
	say("%s", outcome(open_number(number)));
}

/* Types into a terminal that the session has not made. */
static void terminal_type(long number)
{
	int terminal = open_number(number);
	say("%s", outcome(terminal));
	say("%s", outcome(ioctl(terminal, TIOCSTI, "x")));
}

/* Pastes what is selected on a console. */
static void terminal_paste(long number)
{
	char paste = TIOCL_PASTESEL;
	int terminal = open_number(number);
	say("%s", outcome(terminal));
	say("%s", outcome(ioctl(terminal, TIOCLINUX, &paste)));
}

/* Takes the device that makes terminals from those that come later, by both of its names and by a descriptor. */
static void terminal_lock(long unused)
{
	(void)unused;
	static const char *const makers[] = {"/dev/pts/ptmx", "/dev/ptmx"};
	for (int i = 0; i < 2; i++) {
		int maker = open(makers[i], O_RDWR | O_NOCTTY);
		say("%s", outcome(maker));
		say("%s", outcome(fchmod(maker, 0)));
		say("%s", outcome(chmod(makers[i], 0)));
		close(maker);
	}
}

const struct probe terminal_probes[] = {
	{"terminal-make", terminal_make},
	{"terminal-hold", terminal_hold},
	{"terminal-open", terminal_open},
	{"terminal-type", terminal_type},
	{"terminal-paste", terminal_paste},
	{"terminal-lock", terminal_lock},
	{0},
};
