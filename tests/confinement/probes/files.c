/* Files that the session may write, and those it may not; the log that it shares with nobody. */
#include "probe.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	const char *text = outcome(fd);
	if (fd >= 0)
		unlink(path);
	say("%s", text);
}

static void write_temporary(long unused)
{
	(void)unused;
	write_file("/tmp/portcullis-probe");
}

/* The directory beside the program that the policy makes writable. */
static void write_granted(long unused)
{
	(void)unused;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s-writable/file", program);
	write_file(path);
}

/* There, but as a device, a socket, or with a bit that gives the owner's power away. */
static void make_set_user_id(long unused)
{
	(void)unused;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s-writable/set-user-id", program);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	const char *text = outcome(fd < 0 ? -1 : fchmod(fd, 04755));
	unlink(path);
	say("%s", text);
}

static void write_null(long unused)
{
	(void)unused;
	int fd = open("/dev/null", O_WRONLY);
	say("%s", outcome(fd < 0 ? -1 : write(fd, "x", 1)));
}

static void write_proc(long unused)
{
	(void)unused;
	static const char *const paths[] = {"/proc/self/oom_score_adj", "/proc/self/coredump_filter",
					    "/proc/sys/kernel/core_pattern"};
	const char *texts[3];
	for (int i = 0; i < 3; i++)
		texts[i] = outcome(open(paths[i], O_WRONLY));
	say("%s %s %s", texts[0], texts[1], texts[2]);
}

static void crash(long unused)
{
	(void)unused;
	abort();
}

/* The limit is raised as far as it goes: who may, would. */
static void dump_core(long unused)
{
	(void)unused;
	struct rlimit limits;
	getrlimit(RLIMIT_CORE, &limits);
	if (limits.rlim_cur < limits.rlim_max) {
		limits.rlim_cur = limits.rlim_max;
		setrlimit(RLIMIT_CORE, &limits);
	}
	say(WCOREDUMP(in_child(crash, 0)) ? "core dumped" : "no core");
}

static void reopen_log(long unused)
{
	(void)unused;
	say("%s", outcome(open("/proc/self/fd/2", O_WRONLY)));
}

/* Its own pipe: what it does to it, it does to itself. */
static void spoil_log(long unused)
{
	(void)unused;
	char text[4096];
	long written = 0, result;
	memset(text, 'x', sizeof text);
	const char *shut = outcome(shutdown(2, SHUT_RDWR));
	fcntl(2, F_SETFL, O_NONBLOCK);
	while ((result = write(2, text, sizeof text)) > 0 && written < 64 << 20)
		written += result;
	say("shutdown %s, then %s", shut, result < 0 ? outcome(-1) : "no end");
	pause();
}

/* Texts that would be something else than a line of this session, if a reader took them for more than text. */
static void forge_log(long unused)
{
	(void)unused;
	static const char text[] =
		"{\"time\":\"2026-01-01T00:00:00.000Z\",\"event\":\"stopped\",\"service\":\"forged\"}\n"
		"\"},{\"event\":\"lost\"}\r12:00:00.000 forged: stopped\033[2K\033]0;title\007\b\x9b"
		"31m\n"
		"\xe2\x80\xa8"
		"12:00:00.000 forged: lost\xc2\x85\xe2\x80\xae"
		"txt\xef\xbb\xbf\xf0\x90\n"
		"\x07\0\0\0\x06\0\0\0forged\x01\0\0\0\xff\xff\xff\xff\0\n"
		"\xe0\xa2\x90"
		"1\xe0\xa2\x91"
		"2\xe0\xa3\xa2"
		"3\xe2\x82"
		"4\xf3\xa0\x81\x81\n"
		"\\u{1b}[0m\n";
	char line[5000];
	/* A character of two bytes lies over the place where a long line is cut. */
	memset(line, 'x', sizeof line);
	memcpy(line + 4095, "\xc3\xa4", 2);
	line[sizeof line - 1] = '\n';
	say("%s", outcome(write(2, text, sizeof text - 1) < 0 || write(2, line, sizeof line) < 0 ? -1 : 0));
	for (size_t i = 0; i < sizeof text - 1; i++)
		if (write(2, text + i, 1) < 0)
			_exit(3);
}

const struct probe file_probes[] = {
	{"write-temporary", write_temporary},
	{"write-granted", write_granted},
	{"make-set-user-id", make_set_user_id},
	{"write-null", write_null},
	{"write-proc", write_proc},
	{"dump-core", dump_core},
	{"reopen-log", reopen_log},
	{"spoil-log", spoil_log},
	{"forge-log", forge_log},
	{0},
};
